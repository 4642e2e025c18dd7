import AssayStatistics

/// A linear scale from values to a stretch of the drawing, with round ticks.
struct Scale {
  /// The value at the start of the stretch.
  let low: Double
  /// The value at its end.
  let high: Double
  /// Where the stretch starts.
  let start: Double
  /// Where it ends; below ``start`` for a vertical scale.
  let end: Double
  /// Ticks inside it, with their text.
  let ticks: [(value: Double, text: String)]

  /// A scale that holds all finite values, with a little room on both sides.
  /// - Parameter limits: Values that the scale never passes, such as 0...1 for fractions.
  init(
    of values: [Double], start: Double, end: Double, limits: ClosedRange<Double>? = nil,
    signed: Bool = false, wanted: Int = 4
  ) {
    let finite = values.filter(\.isFinite)
    var low = finite.min() ?? 0
    var high = finite.max() ?? 1
    let room = high > low ? (high - low) * 0.06 : max(abs(high) * 0.05, 0.01)
    low -= room
    high += room
    if let limits {
      // A scale outside of its limits keeps its values; the limits only take away empty room.
      low = min(max(low, limits.lowerBound), finite.min() ?? low)
      high = max(min(high, limits.upperBound), finite.max() ?? high)
    }
    self.low = low
    self.high = high
    self.start = start
    self.end = end
    ticks = Self.ticks(low, high, wanted: wanted, signed: signed)
  }

  /// The place of a value, kept inside the stretch.
  func at(_ value: Double) -> Double {
    guard value.isFinite, high > low else { return start }
    let share = min(max((value - low) / (high - low), 0), 1)
    return start + share * (end - start)
  }

  /// Multiples of 1, 2 or 5 times a power of ten, at most `wanted` of them.
  private static func ticks(
    _ low: Double, _ high: Double, wanted: Int, signed: Bool
  ) -> [(value: Double, text: String)] {
    guard high > low else { return [] }
    var exponent = -12
    var power = 1e-12
    while exponent < 15 {
      for digit in [1, 2, 5] {
        let step = Double(digit) * power
        let first = (low / step).rounded(.up)
        let last = (high / step).rounded(.down)
        let count = last - first + 1
        if count <= Double(max(2, wanted)) {
          guard count > 0, abs(first) < 1e12 else { return [] }
          return (0..<Int(count)).map { index in
            let multiple = (Int(first) + index) * digit
            let text = Decimal.text(multiple, exponent: exponent)
            let sign =
              multiple < 0 ? "−" + text.dropFirst() : (signed && multiple > 0 ? "+" + text : text)
            return (Double(multiple) * power, sign)
          }
        }
      }
      exponent += 1
      power *= 10
    }
    return []
  }
}

/// A logarithmic scale for ε.
struct LogarithmicScale {
  private let low: Double
  private let high: Double
  private let start: Double
  private let end: Double

  /// A scale over positive finite values; a single value stands in the middle.
  init(of values: [Double], start: Double, end: Double) {
    let logs = values.filter { $0.isFinite && $0 > 0 }.map { PortableMath.log($0) }
    let low = logs.min() ?? 0
    let high = logs.max() ?? 0
    let room = high > low ? 0 : 1.0
    self.low = low - room
    self.high = high + room
    self.start = start
    self.end = end
  }

  /// The place of a value.
  func at(_ value: Double) -> Double {
    guard value.isFinite, value > 0, high > low else { return (start + end) / 2 }
    return start + (PortableMath.log(value) - low) / (high - low) * (end - start)
  }
}
