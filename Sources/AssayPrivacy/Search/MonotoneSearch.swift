import AssayStatistics

// Goals in order: the end returned passes, it is the outermost that does, few evaluations.

/// The outermost whole number at which a level that moves monotonically with it meets a target.
///
/// Keeps an end that passes and one that fails, and closes in from both sides: by secant steps on log
/// level against log number, each aimed a margin beyond the expected crossing so that the far end moves
/// too, and by bisection where the level is no power of the number. At most ``evaluationLimit``
/// evaluations, whatever the level does.
struct MonotoneSearch {
  /// More than 3·log₂ of the widest range ever searched, 10^15.
  static let evaluationLimit = 240

  /// The level passes when it is at most this, rounded up to 6 decimals where ``rounds``.
  var target: Double
  /// Whether the level is rounded up to 6 decimals before it is compared, as a quoted ε is.
  var rounds = true
  /// An end that passes; believed, not evaluated.
  private(set) var passing: Int
  /// An end that fails; believed, not evaluated.
  private(set) var failing: Int
  private var secant: Secant

  /// - Parameter exponent: A guess at the power of the number with which the level grows; its sign is
  ///   the direction.
  init(target: Double, passing: Int, failing: Int, exponent: Double) {
    self.target = target
    self.passing = passing
    self.failing = failing
    secant = Secant(target: target, exponent: exponent)
  }

  /// Moves towards the crossing without keeping ends: for a cheap level that stands near the real one.
  ///
  /// Stops once a step is shorter than `resolution` relatively, or after `limit` evaluations.
  mutating func approach(
    from start: Int, resolution: Double, limit: Int,
    level: (Int) throws(PrivacyError) -> Double
  ) throws(PrivacyError) -> Int {
    var probe = inside(start)
    for _ in 0..<limit {
      guard let next = secant.next(after: probe, try level(probe)) else { break }
      let step = abs(next - probe)
      probe = inside(next)
      if Double(step) <= resolution * Double(probe) + 1 { break }
    }
    secant.forget()
    return probe
  }

  /// Brings the ends together until they are neighbours, or within `resolution` of one another.
  /// - Parameters:
  ///   - start: Where the crossing is expected.
  ///   - resolution: Relative to the smaller end; 0 for neighbouring numbers.
  ///   - level: The level at a number.
  mutating func narrow(
    from start: Int, resolution: Double, level: (Int) throws(PrivacyError) -> Double
  ) throws(PrivacyError) {
    let towardsPassing = passing > failing ? 1 : -1
    // A bound lies on the failing side of what it bounds, so the first look is off by more than a margin.
    var probe = inside(start + towardsPassing * Int(Double(start) * resolution / 2))
    var stalls = 0
    for _ in 0..<Self.evaluationLimit {
      let gap = abs(passing - failing)
      if gap <= 1 || Double(gap) <= resolution * Double(min(passing, failing)) { return }
      let before = spread
      let found = try level(probe)
      let passes = (rounds ? Rounded.up(found) : found) <= target
      if passes { passing = probe } else { failing = probe }
      stalls = spread > before / 2 ? stalls + 1 : 0
      guard stalls < 3, let crossing = secant.next(after: probe, found) else {
        stalls = 0
        probe = middle
        continue
      }
      let margin = max(1, Int(Double(crossing) * resolution / 3))
      probe = inside(crossing + (passes ? -towardsPassing : towardsPassing) * margin)
    }
  }

  /// Log-distance of the ends.
  private var spread: Double {
    abs(PortableMath.log(Double(passing) + 1) - PortableMath.log(Double(failing) + 1))
  }

  /// Geometric while the ends are far apart, so that small answers are found as fast as large ones.
  private var middle: Int {
    let low = min(passing, failing)
    let high = max(passing, failing)
    let middle =
      high > 4 * low + 16
      ? Int((Double(max(low, 1)) * Double(high)).squareRoot()) : low + (high - low) / 2
    return inside(middle)
  }

  private func inside(_ number: Int) -> Int {
    let low = min(passing, failing)
    let high = max(passing, failing)
    return min(high - 1, max(low + 1, number))
  }
}

/// Steps towards a target level, which moves like a power of the number; the exponent is learnt.
struct Secant {
  let target: Double
  private var exponent: Double
  private let sign: Double
  private var last: (number: Double, level: Double)?

  init(target: Double, exponent: Double) {
    self.target = target
    self.exponent = exponent
    sign = exponent < 0 ? -1 : 1
  }

  /// Keeps the exponent but not the last point.
  mutating func forget() { last = nil }

  /// Where to look next, having found a level at a number; `nil` where a power law says nothing.
  mutating func next(after number: Int, _ level: Double) -> Int? {
    if !(level > 0) || !level.isFinite || number < 1 { return nil }
    let logNumber = PortableMath.log(Double(number))
    let logLevel = PortableMath.log(level)
    if let last, abs(last.number - logNumber) > 1e-5 {
      let slope = (last.level - logLevel) / (last.number - logNumber)
      exponent = sign * min(40, max(0.1, sign * slope))
    }
    last = (logNumber, logLevel)
    let step = (PortableMath.log(target) - logLevel) / exponent
    let next = Double(number) * PortableMath.exp(min(2, max(-2, step)))
    return next < 2e15 ? Int(next) : nil
  }
}
