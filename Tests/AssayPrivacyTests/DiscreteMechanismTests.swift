import AssayRuns
import AssayStatistics
import Testing

@testable import AssayPrivacy

/// Discrete noise, randomised response and opaque releases, against sums over all outcomes.
@Suite("discrete mechanisms")
struct DiscreteMechanismTests {
  /// Probabilities of x = −reach … reach, from the definition of each law.
  static func law(_ mechanism: PrivacyEvent.Mechanism, _ scale: Double, _ reach: Int) -> [Double] {
    let weights = (-reach...reach).map { x -> Double in
      let y = Double(x)
      switch mechanism {
      case .discreteGaussian: return PortableMath.exp(-y * y / (2 * scale * scale))
      case .discreteLaplace: return PortableMath.exp(-abs(y) / scale)
      default:
        // The difference of two Poisson variables of mean scale²/2, term by term.
        let mean = scale * scale / 2
        var term = PortableMath.exp(-2 * mean)
        for k in stride(from: 1, through: abs(x), by: 1) { term *= mean / Double(k) }
        var sum = 0.0
        for k in 1..<400 {
          sum += term
          term *= mean / Double(k) * mean / Double(k + abs(x))
        }
        return sum
      }
    }
    let total = weights.reduce(0, +)
    return weights.map { $0 / total }
  }

  /// δ(ε) of T independent outcomes, by listing all pairs of sums of losses for T = 1 or 2.
  static func delta(_ p: [Double], _ q: [Double], _ epsilon: Double, twice: Bool) -> Double {
    var sum = 0.0
    if !twice {
      for i in p.indices { sum += max(0, p[i] - PortableMath.exp(epsilon) * q[i]) }
      return sum
    }
    for i in p.indices {
      for j in p.indices {
        sum += max(0, p[i] * p[j] - PortableMath.exp(epsilon) * q[i] * q[j])
      }
    }
    return sum
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var mechanism: PrivacyEvent.Mechanism
    var noise: Double
    var move: Int
    var rate: Double
    var relation: NeighbouringRelation
    var twice: Bool
    var testDescription: String {
      "\(mechanism.rawValue) \(noise) move \(move) rate \(rate) \(relation.rawValue) \(twice ? 2 : 1)"
    }
  }

  static let cases: [Case] = [
    PrivacyEvent.Mechanism.discreteGaussian, .discreteLaplace, .skellam,
  ].flatMap { mechanism in
    [
      Case(
        mechanism: mechanism, noise: 1.5, move: 1, rate: 1, relation: .addOrRemoveOne, twice: false),
      Case(mechanism: mechanism, noise: 1.5, move: 1, rate: 1, relation: .zeroOut, twice: true),
      Case(mechanism: mechanism, noise: 2, move: 3, rate: 1, relation: .replaceOne, twice: true),
      Case(
        mechanism: mechanism, noise: 1, move: 2, rate: 0.2, relation: .addOrRemoveOne, twice: false),
      Case(
        mechanism: mechanism, noise: 1, move: 1, rate: 0.3, relation: .addOrRemoveOne, twice: true),
      Case(
        mechanism: mechanism, noise: 1.2, move: 1, rate: 0.3, relation: .replaceOne, twice: true),
    ]
  }

  /// The pairs of laws that the definitions of sampling and neighbours give; both directions.
  static func pairs(_ one: Case) -> [(p: [Double], q: [Double])] {
    let reach = one.mechanism == .discreteLaplace ? 160 : 70
    let base = law(one.mechanism, one.noise * Double(one.move), reach)
    func moved(_ by: Int) -> [Double] {
      base.indices.map { i in base.indices.contains(i - by) ? base[i - by] : 0 }
    }
    func mixed(_ by: Int) -> [Double] {
      zip(base, moved(by)).map { (1 - one.rate) * $0 + one.rate * $1 }
    }
    let first = mixed(one.move)
    let second = one.relation == .replaceOne ? mixed(-one.move) : base
    return [(first, second), (second, first)]
  }

  @Test("the bracket encloses ε of the sum over all outcomes", arguments: cases)
  func encloses(_ one: Case) throws {
    let found = try guarantee(
      history: [
        PrivacyEvent(
          mechanism: one.mechanism, noiseMultiplier: one.noise, samplingRate: one.rate,
          steps: one.twice ? 2 : 1, sensitivity: one.move)
      ], delta: 1e-4, neighbouring: one.relation, accountant: .pld, tolerance: 1e-3)
    let pairs = Self.pairs(one)
    func delta(_ epsilon: Double) -> Double {
      pairs.map { Self.delta($0.p, $0.q, epsilon, twice: one.twice) }.max() ?? 0
    }
    #expect(delta(found.epsilon) <= 1e-4 * (1 + 1e-7))
    let lower = try #require(found.epsilonLower)
    #expect(lower == 0 || delta(lower) >= 1e-4 * (1 - 1e-7))
    #expect(found.epsilon - lower <= 1e-2 * max(found.epsilon, 0.1))
    let best = try guarantee(
      history: [
        PrivacyEvent(
          mechanism: one.mechanism, noiseMultiplier: one.noise, samplingRate: one.rate,
          steps: one.twice ? 2 : 1, sensitivity: one.move)
      ], delta: 1e-4, neighbouring: one.relation, tolerance: 1e-3)
    #expect(best.epsilon >= lower && best.epsilon <= found.epsilon)
  }

  @Test("moments are at least those of the sum over all outcomes, and tight where they are exact")
  func moments() {
    for mechanism in [PrivacyEvent.Mechanism.discreteGaussian, .discreteLaplace, .skellam] {
      for move in [1, 3] {
        let scale = 3.0
        let noise: Release.Noise =
          mechanism == .discreteGaussian
          ? .discreteGaussian : mechanism == .discreteLaplace ? .discreteLaplace : .skellam
        let release = Release(noise: noise, pair: .whole, scale: scale, move: move, rate: 1)
        let base = Self.law(mechanism, scale, 200)
        for order in [1.5, 2, 4, 7.3] {
          var sum = 0.0
          for i in base.indices.dropFirst(move) where base[i] > 1e-280 && base[i - move] > 1e-280 {
            sum += PortableMath.exp(
              order * PortableMath.log(base[i - move]) + (1 - order) * PortableMath.log(base[i]))
          }
          let truth = PortableMath.log(sum)
          let bound = DiscreteMoments.whole(release, order: order)
          #expect(bound >= truth - 1e-9)
          if mechanism == .discreteLaplace { #expect(bound <= truth + 1e-9) }
          // The discrete Gaussian's bound is that of the continuous one: equal but for its lattice.
          if mechanism == .discreteGaussian { #expect(bound <= truth * 1.001 + 1e-9) }
        }
      }
    }
  }

  /// Expected value: `log((1 − p + p/k)/(p/k))`, Warner's odds.
  @Test("one randomised answer costs the logarithm of its odds, several at most their sum")
  func answers() throws {
    let event = PrivacyEvent(mechanism: .randomizedResponse, buckets: 4, probability: 0.4)
    let odds = PortableMath.log(0.7 / 0.1)
    let one = try guarantee(history: [event], delta: 1e-9, neighbouring: .replaceOne)
    #expect(one.epsilon >= odds - 1e-8 && one.epsilon <= odds + 2e-6)
    var many = event
    many.steps = 30
    let all = try guarantee(history: [many], delta: 1e-9, neighbouring: .replaceOne)
    #expect(all.epsilon < 30 * odds)
    #expect(
      try guarantee(
        history: [many], delta: 1e-9, neighbouring: .replaceOne, accountant: .basic
      ).epsilon >= 30 * odds)
  }

  /// Kairouz, Oh, Viswanath 2015, Theorem 3.3: k releases of ε are ((k − 2i)ε, δᵢ) with
  /// `δᵢ = Σ_{l<i} C(k,l)(e^{(k−l)ε} − e^{(k−2i+l)ε})/(1 + e^ε)^k`.
  @Test("opaque releases compose as the optimal composition theorem says")
  func opaque() throws {
    let k = 10
    let epsilon = 0.3
    let event = PrivacyEvent(mechanism: .opaque, steps: k, epsilon: epsilon)
    for i in 1...4 {
      var delta = 0.0
      var choose = 1.0
      for l in 0..<i {
        let first = PortableMath.exp(Double(k - l) * epsilon)
        delta += choose * (first - PortableMath.exp(Double(k - 2 * i + l) * epsilon))
        choose = choose * Double(k - l) / Double(l + 1)
      }
      for _ in 0..<k { delta /= 1 + PortableMath.exp(epsilon) }
      let found = try guarantee(history: [event], delta: delta)
      let expected = Double(k - 2 * i) * epsilon
      #expect(found.epsilon >= expected - 1e-9 && found.epsilon <= expected + 1e-5)
      #expect(found.epsilonLower == nil)
    }
  }

  @Test("an opaque release spends its own δ, and leaves none when it has more than there is")
  func opaqueDelta() throws {
    let event = PrivacyEvent(mechanism: .opaque, epsilon: 1, delta: 1e-6)
    #expect(try guarantee(history: [event], delta: 2e-6).epsilon <= 1 + 1e-6)
    #expect(try guarantee(history: [event], delta: 1e-6).epsilon >= 1)
    for accountant in [Accountant.best, .rdp, .zcdp, .basic, .advanced] {
      let found = try guarantee(history: [event], delta: 9e-7, accountant: accountant)
      #expect(found.epsilon == .infinity, "\(accountant)")
    }
  }

  @Test("a tree is one Gaussian release of its levels, a banded run one of its column norm")
  func correlated() throws {
    // 63 leaves: 6 levels; σ = 3, 4 trees: μ² = 4·6/9.
    let tree = PrivacyEvent(mechanism: .treeAggregation, noiseMultiplier: 3, steps: 4, leaves: 63)
    let found = try guarantee(history: [tree], delta: 1e-5, neighbouring: .zeroOut)
    #expect(abs((found.mu ?? 0) - (24.0 / 9).squareRoot()) < 1e-12)
    let banded = PrivacyEvent(
      mechanism: .bandedMatrixFactorisation, noiseMultiplier: 2, columnNorm: 1.5, participations: 4)
    let plain = try guarantee(history: [banded], delta: 1e-5)
    #expect(abs((plain.mu ?? 0) - 1.5) < 1e-12)
    var sampled = banded
    sampled.samplingRate = 0.1
    sampled.sampling = .poisson
    let amplified = try guarantee(history: [sampled], delta: 1e-5)
    let same = try guarantee(
      history: [PrivacyEvent(noiseMultiplier: 2 / 1.5, samplingRate: 0.1, steps: 4)], delta: 1e-5)
    #expect(amplified.epsilon == same.epsilon)
  }

  @Test("undefined combinations are refused by name")
  func refusals() {
    let answers = PrivacyEvent(mechanism: .randomizedResponse, buckets: 2, probability: 0.5)
    let tree = PrivacyEvent(mechanism: .treeAggregation, noiseMultiplier: 3, leaves: 8)
    var sampledTree = tree
    sampledTree.samplingRate = 0.5
    sampledTree.sampling = .poisson
    let opaque = PrivacyEvent(mechanism: .opaque, samplingRate: 0.1, epsilon: 1)
    let misused = PrivacyEvent(noiseMultiplier: 1, buckets: 3)
    for (event, relation) in [
      (answers, NeighbouringRelation.addOrRemoveOne), (tree, .addOrRemoveOne),
      (sampledTree, .zeroOut), (opaque, .replaceOne), (misused, .zeroOut),
    ] {
      #expect {
        try guarantee(history: [event], delta: 1e-5, neighbouring: relation)
      } throws: { error in
        guard case PrivacyError.undefinedCombination(event: 1, _, _, _) = error else {
          return false
        }
        return true
      }
    }
    let ranges = [
      PrivacyEvent(mechanism: .randomizedResponse, buckets: 1, probability: 0.5),
      PrivacyEvent(mechanism: .randomizedResponse, buckets: 3),
      PrivacyEvent(mechanism: .opaque, epsilon: .infinity),
      PrivacyEvent(mechanism: .opaque, epsilon: 1, delta: 1),
      PrivacyEvent(mechanism: .bandedMatrixFactorisation, columnNorm: 0),
      PrivacyEvent(mechanism: .treeAggregation, leaves: 0),
      PrivacyEvent(mechanism: .skellam, sensitivity: 0),
    ]
    for event in ranges {
      #expect {
        try guarantee(history: [event], delta: 1e-5, neighbouring: .replaceOne)
      } throws: { error in
        guard case PrivacyError.parameterOutOfRange = error else { return false }
        return true
      }
    }
  }

  /// Expected value: trapezoidal integration of `max(0, p − e^ε q)` with the densities of the definition.
  @Test("sampled Laplace noise under replacement, and a group under sampled Gaussian noise")
  func integrals() throws {
    func delta(_ epsilon: Double, _ p: (Double) -> Double, _ q: (Double) -> Double) -> Double {
      let step = 5e-4
      var sum = 0.0
      for index in -60_000...60_000 {
        let x = (Double(index) + 0.5) * step
        sum += max(0, p(x) - PortableMath.exp(epsilon) * q(x)) * step
      }
      return sum
    }
    func laplace(_ x: Double) -> Double { PortableMath.exp(-abs(x) / 1.5) / 3 }
    let opposed = try guarantee(
      history: [PrivacyEvent(mechanism: .laplace, noiseMultiplier: 1.5, samplingRate: 0.2)],
      delta: 1e-3, neighbouring: .replaceOne, accountant: .pld)
    let (p, q): ((Double) -> Double, (Double) -> Double) = (
      { 0.8 * laplace($0) + 0.2 * laplace($0 - 1) }, { 0.8 * laplace($0) + 0.2 * laplace($0 + 1) }
    )
    #expect(delta(opposed.epsilon, p, q) <= 1e-3 * (1 + 1e-4))
    #expect(delta(opposed.epsilonLower ?? 0, p, q) >= 1e-3 * (1 - 1e-4))
    #expect(opposed.epsilon - (opposed.epsilonLower ?? 0) < 1e-3)

    func normal(_ x: Double) -> Double { Normal.density(x / 2) / 2 }
    var ledger = try ReleaseLedger(
      [PrivacyEvent(noiseMultiplier: 2, samplingRate: 0.3)], .addOrRemoveOne)
    ledger.releases[0].group = 2
    let group = try ledger.bound(.pld, delta: 1e-3, tolerance: 1e-4)
    let mixed = { (x: Double) in
      0.49 * normal(x) + 0.42 * normal(x - 1) + 0.09 * normal(x - 2)
    }
    func both(_ epsilon: Double) -> Double {
      max(delta(epsilon, mixed, normal), delta(epsilon, normal, mixed))
    }
    #expect(both(group.epsilon) <= 1e-3 * (1 + 1e-4))
    #expect(both(group.lower ?? 0) >= 1e-3 * (1 - 1e-4))
    #expect(group.epsilon - (group.lower ?? 0) < 1e-3)
  }
}
