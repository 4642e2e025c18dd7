/// An exact sum of doubles and of products of two doubles: a whole multiple of a power of two.
///
/// The value is `±Σ digits[i] · 2^(32 · (lowest + i))`, digits from the lowest, neither the first nor
/// the last of them 0, so that equal sums have one form; 0 has no digits. Addition is exact, so every
/// grouping and order of merging gives the same sum, and ``value`` rounds once.
/// - Note: Source: Kulisch 2013, Computer Arithmetic and Validity, chapter 8 (long accumulator).
public struct ExactSum: Hashable, Sendable {
  /// Whether the sum is below 0.
  public private(set) var isNegative: Bool
  /// The place of the first digit in units of 32 bits; 0 for an empty sum.
  public private(set) var lowest: Int
  /// Digits of base 2³² from the lowest.
  public private(set) var digits: [UInt32]

  /// Places of digits that a sum may have: room for 2⁵³ products of two doubles of any size.
  static let places = -80...80

  /// 0.
  public init() {
    isNegative = false
    lowest = 0
    digits = []
  }

  /// A sum from its digits, brought into its one form.
  /// - Returns: `nil` when a digit lies outside of the places that a sum may have.
  init?(isNegative: Bool, lowest: Int, digits: [UInt32]) {
    self.init()
    guard let first = digits.firstIndex(where: { $0 != 0 }),
      let last = digits.lastIndex(where: { $0 != 0 })
    else { return }
    guard lowest >= -1_000, lowest <= 1_000, Self.places.contains(lowest + first),
      Self.places.contains(lowest + last)
    else { return nil }
    self.isNegative = isNegative
    self.lowest = lowest + first
    self.digits = first == 0 && last == digits.count - 1 ? digits : Array(digits[first...last])
  }

  /// The sum, rounded once to the nearest double, halves to even; ±∞ beyond the largest double.
  /// Below 2⁻¹⁰²² the last bit may be off by one.
  public var value: Double {
    guard let top = digits.last else { return 0 }
    // The highest 64 bits, the lowest of them set when anything below is not 0: 11 bits more than a
    // double has, so that the one rounding to double is right.
    let count = digits.count
    let shift = top.leadingZeroBitCount
    func digit(_ index: Int) -> UInt64 { index >= 0 ? UInt64(digits[index]) : 0 }
    var bits = digit(count - 1) << 32 | digit(count - 2)
    if shift > 0 { bits = bits << UInt64(shift) | digit(count - 3) >> UInt64(32 - shift) }
    let seen = digit(count - 3) << UInt64(32 + shift)
    if seen != 0 || (count > 3 && digits[..<(count - 3)].contains { $0 != 0 }) { bits |= 1 }
    let exponent = 32 * (lowest + count - 2) - shift
    let magnitude = Double(sign: .plus, exponent: exponent, significand: Double(bits))
    return isNegative ? -magnitude : magnitude
  }

  /// Adds another sum.
  public mutating func merge(_ other: ExactSum) throws(StatisticsError) {
    if other.digits.isEmpty { return }
    if digits.isEmpty {
      self = other
      return
    }
    let start = min(lowest, other.lowest)
    let end = max(lowest + digits.count, other.lowest + other.digits.count) + 1
    var total = [Int64](repeating: 0, count: end - start)
    for sum in [self, other] {
      for (index, digit) in sum.digits.enumerated() {
        let signed = Int64(digit)
        total[sum.lowest + index - start] += sum.isNegative ? -signed : signed
      }
    }
    guard let sum = ExactSum(carrySave: total, lowest: start) else {
      throw .overflow(what: "an exact sum")
    }
    self = sum
  }

  /// A sum from digits that may be negative or larger than the base; `nil` when it is too large.
  init?(carrySave given: [Int64], lowest: Int) {
    var total = given
    func carry() -> Int64 {
      var carry: Int64 = 0
      for index in total.indices {
        let digit = total[index] + carry
        carry = digit >> 32
        total[index] = digit & 0xFFFF_FFFF
      }
      return carry
    }
    var rest = carry()
    let isNegative = rest < 0
    if isNegative {
      // The number is rest · base^n + digits with rest < 0: its magnitude is that of the negated.
      for index in total.indices { total[index] = -total[index] }
      rest = carry() - rest
    }
    var digits = total.map { UInt32(truncatingIfNeeded: $0) }
    while rest != 0 {
      digits.append(UInt32(truncatingIfNeeded: rest))
      rest >>= 32
    }
    self.init(isNegative: isNegative, lowest: lowest, digits: digits)
  }
}

extension ExactSum {
  /// The exact product; `nil` when it is outside of the places that a sum may have.
  func times(_ other: ExactSum) -> ExactSum? {
    if digits.isEmpty || other.digits.isEmpty { return ExactSum() }
    var result = [UInt32](repeating: 0, count: digits.count + other.digits.count)
    for (i, a) in digits.enumerated() {
      var carry: UInt64 = 0
      for (j, b) in other.digits.enumerated() {
        // At most (2³²−1)² + 2 (2³²−1) = 2⁶⁴ − 1.
        let sum = UInt64(a) * UInt64(b) + UInt64(result[i + j]) + carry
        result[i + j] = UInt32(truncatingIfNeeded: sum)
        carry = sum >> 32
      }
      result[i + other.digits.count] = UInt32(truncatingIfNeeded: carry)
    }
    return ExactSum(
      isNegative: isNegative != other.isNegative, lowest: lowest + other.lowest, digits: result)
  }

  /// The sum with the other sign.
  var negated: ExactSum {
    ExactSum(isNegative: digits.isEmpty ? false : !isNegative, lowest: lowest, digits: digits)
      ?? self
  }

  /// One finite double, exactly.
  init(exactly value: Double) {
    var accumulator = ExactAccumulator()
    accumulator.add(value)
    self = accumulator.sum ?? ExactSum()
  }
}

/// An ``ExactSum`` that is being added to, row by row.
struct ExactAccumulator: Sendable {
  /// Digits of base 2³² at ``ExactSum/places``, each of them an unfinished sum.
  private var digits = [Int64](repeating: 0, count: ExactSum.places.count)
  /// Additions since digits were last carried; each adds less than 2³² to a digit.
  private var pending = 0

  /// Adds a finite double; others are ignored, as callers have refused them.
  mutating func add(_ value: Double) {
    guard value != 0, value.isFinite else { return }
    let (significand, exponent) = Self.parts(value)
    add(significand, exponent: exponent, isNegative: value < 0)
  }

  /// Adds the exact product of two finite doubles.
  mutating func add(_ a: Double, times b: Double) {
    guard a != 0, b != 0, a.isFinite, b.isFinite else { return }
    let (first, firstExponent) = Self.parts(a)
    let (second, secondExponent) = Self.parts(b)
    let product = first.multipliedFullWidth(by: second)
    let exponent = firstExponent + secondExponent
    let isNegative = (a < 0) != (b < 0)
    add(UInt64(product.low), exponent: exponent, isNegative: isNegative)
    if product.high != 0 { add(product.high, exponent: exponent + 64, isNegative: isNegative) }
  }

  /// The sum; `nil` when it is too large to hold.
  var sum: ExactSum? { ExactSum(carrySave: digits, lowest: ExactSum.places.lowerBound) }

  /// A finite double other than 0 as a whole number below 2⁵³ times a power of two.
  private static func parts(_ value: Double) -> (significand: UInt64, exponent: Int) {
    let biased = Int(value.exponentBitPattern)
    return biased == 0
      ? (value.significandBitPattern, -1074)
      : (value.significandBitPattern | 1 << 52, biased - 1075)
  }

  private mutating func add(_ significand: UInt64, exponent: Int, isNegative: Bool) {
    // Exponents are within 2·(−1074) and 2·971 + 64: places −68...64, and up to two more.
    let place = exponent >> 5
    let shifted = UInt128(significand) << UInt128(exponent & 31)
    let index = place - ExactSum.places.lowerBound
    let sign: Int64 = isNegative ? -1 : 1
    digits[index] += sign * Int64(truncatingIfNeeded: shifted & 0xFFFF_FFFF)
    digits[index + 1] += sign * Int64(truncatingIfNeeded: (shifted >> 32) & 0xFFFF_FFFF)
    digits[index + 2] += sign * Int64(truncatingIfNeeded: shifted >> 64)
    pending += 1
    if pending >= 1 << 29 { carry() }
  }

  private mutating func carry() {
    pending = 1
    for index in 0..<(digits.count - 1) {
      let carry = digits[index] >> 32
      digits[index] &= 0xFFFF_FFFF
      digits[index + 1] += carry
    }
  }
}
