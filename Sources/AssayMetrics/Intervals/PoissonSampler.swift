import AssayStatistics

/// Draws from a Poisson distribution of one mean, addressed by position: the same bits on every
/// machine, in any order and on any thread.
///
/// Exact up to the rounding of its probabilities, for every mean: up to ``tableLimit`` by inversion
/// of the cumulative distribution, written down once; above it by transformed rejection.
/// - Note: Source of the rejection: Hörmann 1993, Insurance: Mathematics and Economics 12, 39–45,
///   algorithm PTRS.
struct PoissonSampler: Sendable {
  /// Means up to here have a table, of about 17 √mean entries.
  static let tableLimit = 16_384.0

  private let mean: Double
  /// Smallest count of the table and `P(X ≤ first + index)`.
  private var first = 0
  private var cumulative: [Double] = []
  /// Where the search starts for each 1/64 of the uniform number.
  private var starts: [UInt32] = []

  init(mean: Double) {
    self.mean = mean.isFinite && mean > 0 ? mean : 0
    if self.mean > 0, self.mean <= Self.tableLimit { writeTable() }
  }

  private mutating func writeTable() {
    // Probabilities relative to the mode's, outwards until they vanish beside 2⁻⁵³.
    let mode = mean.rounded(.down)
    let least = 0x1p-60
    var below: [Double] = []
    var term = 1.0
    var count = mode
    while count > 0 {
      term *= count / mean
      if term < least { break }
      below.append(term)
      count -= 1
    }
    var above: [Double] = []
    term = 1
    count = mode
    while true {
      count += 1
      term *= mean / count
      if term < least { break }
      above.append(term)
    }
    first = Int(mode) - below.count
    let terms = below.reversed() + [1] + above
    var sum = CompensatedSum()
    for term in terms { sum.add(term) }
    let whole = sum.value
    var running = CompensatedSum()
    cumulative = terms.map { term in
      running.add(term)
      return running.value / whole
    }
    // The last entry catches every uniform number.
    cumulative[cumulative.count - 1] = 2
    var place = 0
    starts = (0..<64).map { part in
      let start = Double(part) / 64
      while cumulative[place] <= start { place += 1 }
      return UInt32(place)
    }
  }

  /// Writes one draw for each replicate.
  /// - Parameter stream: Place of this distribution among all that read the generator, below 2³².
  func fill(
    _ result: inout [Double], from generator: CounterGenerator, stream: UInt64
  ) {
    // Positions: stream, then replicate below 2²⁰, then attempt below 2¹².
    let base = stream << 32
    if mean == 0 {
      for index in result.indices { result[index] = 0 }
    } else if cumulative.isEmpty {
      let rejection = PoissonRejection(mean: mean)
      for index in result.indices {
        result[index] = rejection.draw(generator, at: base | UInt64(index) << 12)
      }
    } else {
      cumulative.withUnsafeBufferPointer { cumulative in
        starts.withUnsafeBufferPointer { starts in
          for index in result.indices {
            let u = generator.uniform(at: base | UInt64(index) << 12)
            // u < 1 and the last entry is 2, so both places exist.
            var place = Int(starts[Int(u * 64)])
            while cumulative[place] <= u { place += 1 }
            result[index] = Double(first + place)
          }
        }
      }
    }
  }
}

/// Transformed rejection for large means.
private struct PoissonRejection {
  let mean: Double
  let logMean: Double
  let a: Double
  let b: Double
  let logInverseAlpha: Double
  let acceptance: Double

  init(mean: Double) {
    self.mean = mean
    logMean = PortableMath.log(mean)
    b = 0.931 + 2.53 * mean.squareRoot()
    a = -0.059 + 0.02483 * b
    logInverseAlpha = PortableMath.log(1.1239 + 1.1328 / (b - 3.4))
    acceptance = 0.9277 - 3.6224 / (b - 2)
  }

  func draw(_ generator: CounterGenerator, at position: UInt64) -> Double {
    // An attempt fails with probability below 0.15; 2,000 of them never all do.
    for attempt in 0..<UInt64(2000) {
      let u = generator.uniform(at: position | attempt << 1) - 0.5
      let v = generator.uniform(at: position | attempt << 1 | 1)
      let distance = 0.5 - abs(u)
      if distance <= 0 { continue }
      let count = ((2 * a / distance + b) * u + mean + 0.43).rounded(.down)
      if distance >= 0.07, v <= acceptance { return count }
      if count < 0 || (distance < 0.013 && v > distance) { continue }
      let left =
        PortableMath.log(v) + logInverseAlpha - PortableMath.log(a / (distance * distance) + b)
      if left <= count * logMean - mean - BetaFunction.logGamma(count + 1) { return count }
    }
    return mean.rounded()
  }
}
