import AssayStatistics
import Testing

@testable import AssayMetrics

@Suite("The discrete Gaussian sampler")
struct DiscreteGaussianTests {
  /// The probabilities of `-reach...reach` from the definition, `exp(−x²/2σ²)` over its sum.
  private func law(_ variance: Double, reach: Int) -> [Double] {
    let weights = (-reach...reach).map { PortableMath.exp(-Double($0 * $0) / (2 * variance)) }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }

  @Test(
    "draws follow the exact law, by chi-square",
    arguments: [(0.3, 1), (0.7, 1), (1.0, 1), (1.1, 2), (0.5, 7), (4.3, 3)])
  func chiSquare(multiplier: Double, rows: Int) throws {
    let sampler = try #require(DiscreteGaussian(noiseMultiplier: multiplier, sensitivity: rows))
    let reach = 4 * Int((multiplier * Double(rows)).rounded(.up)) + 2
    let law = law(sampler.variance, reach: reach + 40)
    var draws = NoiseDraws(seed: 20_260_101)
    var counts = [Int](repeating: 0, count: 2 * reach + 3)
    let total = 60_000
    var sum = 0.0
    var squares = 0.0
    for _ in 0..<total {
      let x = sampler.sample(using: &draws)
      sum += Double(x)
      squares += Double(x) * Double(x)
      counts[max(-reach - 1, min(reach + 1, x)) + reach + 1] += 1
    }
    // Cells of fewer than 5 expected draws are pooled into one.
    var expected = [Double](repeating: 0, count: counts.count)
    for (index, p) in law.enumerated() {
      let x = index - reach - 40
      expected[max(-reach - 1, min(reach + 1, x)) + reach + 1] += p * Double(total)
    }
    var (statistic, cells, pooled) = (0.0, 0, (seen: 0.0, expected: 0.0))
    for (count, mean) in zip(counts, expected) {
      if mean < 5 {
        pooled.seen += Double(count)
        pooled.expected += mean
        continue
      }
      statistic += (Double(count) - mean) * (Double(count) - mean) / mean
      cells += 1
    }
    if pooled.expected >= 5 {
      statistic +=
        (pooled.seen - pooled.expected) * (pooled.seen - pooled.expected) / pooled.expected
      cells += 1
    }
    // The 1 − 1e-5 quantile of chi-square by Wilson and Hilferty; the seed is fixed.
    let k = Double(cells - 1)
    let root = 1 - 2 / (9 * k) + 4.265 * (2 / (9 * k)).squareRoot()
    #expect(statistic < k * root * root * root, "\(statistic) with \(cells) cells")
    // Mean 0; the variance is that of the law, and σ² is never below it.
    let mean = sum / Double(total)
    let variance = squares / Double(total)
    var exact = 0.0
    var fourth = 0.0
    for (index, p) in law.enumerated() {
      let x = Double(index - reach - 40)
      exact += p * x * x
      fourth += p * x * x * x * x
    }
    #expect(abs(mean) < 5 * (exact / Double(total)).squareRoot())
    #expect(abs(variance - exact) < 5 * ((fourth - exact * exact) / Double(total)).squareRoot())
    // 1e-12: sums of some hundred terms.
    #expect(exact <= sampler.variance * (1 + 1e-12))
  }

  @Test("σ² is the least multiple of 2⁻²⁰ that is not below the one accounted")
  func variance() throws {
    #expect(DiscreteGaussian(noiseMultiplier: 1, sensitivity: 1)?.varianceUnits == 1 << 20)
    #expect(DiscreteGaussian(noiseMultiplier: 0.5, sensitivity: 3)?.varianceUnits == 9 << 18)
    #expect(DiscreteGaussian(noiseMultiplier: 10, sensitivity: 1000)?.variance == 1e8)
    // The double 1.1 is 1.100000000000000088817841970012523; its square times 2²⁰ is 1268776.96 (by hand).
    #expect(DiscreteGaussian(noiseMultiplier: 1.1, sensitivity: 1)?.varianceUnits == 1_268_777)
    // 0.01² · 2²⁰ = 104.8576.
    #expect(DiscreteGaussian(noiseMultiplier: 0.01, sensitivity: 1)?.varianceUnits == 105)
    for (multiplier, rows) in [
      (0.0, 1), (0.009, 1), (-1, 1), (.nan, 1), (.infinity, 1), (1, 0), (1, 1001), (100, 101),
    ] {
      #expect(DiscreteGaussian(noiseMultiplier: multiplier, sensitivity: rows) == nil)
    }
  }

  @Test("exp(−γ) and the whole law, by going through every path of decisions")
  func paths() throws {
    for (numerator, denominator) in [(1, 3), (1, 1), (5, 2), (0, 1)] as [(UInt128, UInt128)] {
      let found = Paths.outcomes(leastProbability: 1e-9) { draws in
        draws.followed(numerator, over: denominator)
      }
      let exact = PortableMath.exp(-Double(numerator) / Double(denominator))
      #expect(found.unresolved < 1e-6)
      #expect(abs((found.outcomes[true] ?? 0) - exact) <= found.unresolved + 1e-12)
    }
    // Every outcome's probability, to 1e-8: paths of less than 1e-12 are not followed.
    for multiplier in [1.0, 0.5, 2.3] {
      let sampler = try #require(DiscreteGaussian(noiseMultiplier: multiplier, sensitivity: 1))
      // Of one round: what is kept, as shares of all that is kept.
      let found = Paths.outcomes(leastProbability: 1e-12) { draws in
        sampler.attempt(using: &draws)
      }
      let law = law(sampler.variance, reach: 30)
      let kept = found.outcomes.reduce(0) { $1.key == nil ? $0 : $0 + $1.value }
      #expect(found.unresolved < 1e-9, "\(found.unresolved)")
      for x in -12...12 {
        let p = (found.outcomes[x] ?? 0) / kept
        #expect(abs(p - law[x + 30]) < 1e-8, "\(x): \(p) of \(law[x + 30])")
      }
    }
  }

  @Test("whole numbers below a limit are even, whatever the limit")
  func uniform() {
    var draws = NoiseDraws(seed: 3)
    for limit in [1, 2, 3, 7, 1000] as [UInt128] {
      var counts = [Int](repeating: 0, count: Int(limit))
      for _ in 0..<(2000 * min(20, Int(limit))) { counts[Int(draws.uniform(below: limit))] += 1 }
      let mean = Double(2000 * min(20, Int(limit))) / Double(limit)
      #expect(counts.allSatisfy { abs(Double($0) - mean) < 6 * mean.squareRoot() })
    }
    let wide = (0..<200).map { _ in draws.uniform(below: 3 << 100) }
    #expect(wide.allSatisfy { $0 < 3 << 100 })
    #expect(wide.contains { $0 > 1 << 100 })
    var system = NoiseDraws()
    let first = (0..<8).map { _ in system.uniform(below: 1 << 60) }
    let second = (0..<8).map { _ in system.uniform(below: 1 << 60) }
    #expect(first != second)
  }
}

/// Follows every path of decisions of a sampler whose probability is not too small.
struct Paths: ExactDraws {
  private var choices: [Int]
  private var place = 0
  private var probability = 1.0
  /// The odds of the first decision beyond the choices.
  private var next: [Double]?
  private var tail: CounterGenerator

  private mutating func decide(_ odds: [Double]) -> Int {
    defer { place += 1 }
    if place < choices.count {
      probability *= odds[choices[place]]
      return choices[place]
    }
    // Beyond what is laid down: remember the odds, and come to an end at random.
    if next == nil { next = odds }
    var u = tail.uniform(at: UInt64(place))
    for (index, p) in odds.enumerated() {
      u -= p
      if u < 0 { return index }
    }
    return odds.count - 1
  }

  mutating func uniform(below limit: UInt128) -> UInt128 {
    if limit == 1 { return 0 }
    return UInt128(decide(Array(repeating: 1 / Double(limit), count: Int(limit))))
  }

  mutating func bernoulli(_ numerator: UInt128, of denominator: UInt128) -> Bool {
    if numerator == 0 { return false }
    if numerator == denominator { return true }
    let p = Double(numerator) / Double(denominator)
    return decide([1 - p, p]) == 1
  }

  /// Taken as one decision, whose odds are followed on their own.
  mutating func bernoulliExp(_ numerator: UInt128, over denominator: UInt128) -> Bool {
    if numerator == 0 { return true }
    let p = PortableMath.exp(-Double(numerator) / Double(denominator))
    return decide([1 - p, p]) == 1
  }

  /// The same by the paths of plain odds.
  mutating func followed(_ numerator: UInt128, over denominator: UInt128) -> Bool {
    var plain = PlainPaths(paths: self)
    defer { self = plain.paths }
    return plain.bernoulliExp(numerator, over: denominator)
  }

  static func outcomes<Outcome: Hashable>(
    leastProbability: Double, _ sample: (inout Paths) -> Outcome
  ) -> (outcomes: [Outcome: Double], unresolved: Double) {
    var outcomes: [Outcome: Double] = [:]
    var unresolved = 0.0
    var open: [[Int]] = [[]]
    while let choices = open.popLast() {
      var draws = Paths(choices: choices, tail: CounterGenerator(seed: UInt64(choices.count)))
      let outcome = sample(&draws)
      guard let odds = draws.next else {
        outcomes[outcome, default: 0] += draws.probability
        continue
      }
      if draws.probability < leastProbability {
        unresolved += draws.probability
        continue
      }
      for index in odds.indices { open.append(choices + [index]) }
    }
    return (outcomes, unresolved)
  }
}

/// Paths whose exponential odds are made from plain ones.
struct PlainPaths: ExactDraws {
  var paths: Paths

  mutating func uniform(below limit: UInt128) -> UInt128 { paths.uniform(below: limit) }
  mutating func bernoulli(_ numerator: UInt128, of denominator: UInt128) -> Bool {
    paths.bernoulli(numerator, of: denominator)
  }
}
