/// Elementary functions whose bits do not depend on the C library or the processor.
///
/// Goals in order: the same bits everywhere, then accuracy (below 2 ulp), then speed. The C library
/// picks other code on processors with fused multiply-add, so its last bit may differ; these
/// use only IEEE 754 operations that are correctly rounded everywhere (Swift never contracts
/// `a * b + c`).
public enum PortableMath {
  private static let ln2High = 0x1.62e42fee00000p-1
  private static let ln2Low = 0x1.a39ef35793c76p-33

  /// Natural logarithm. `log(0)` is −∞, `log(x < 0)` is NaN.
  ///
  /// Writes `x = 2^k · m` with `m` in `[√½, √2)`, then `log m = 2·atanh(s)`, `s = (m−1)/(m+1)`,
  /// by its series to `s^23`; the truncation is below 2^-60 for `|s| ≤ 0.1716`.
  public static func log(_ x: Double) -> Double {
    if x.isNaN || x < 0 { return .nan }
    if x == 0 { return -.infinity }
    if x == .infinity { return .infinity }
    var exponent = x.exponent
    var significand = x.significand
    if significand > 1.4142135623730951 {
      significand *= 0.5
      exponent += 1
    }
    let f = significand - 1
    let s = f / (significand + 1)
    let z = s * s
    var series = 1.0 / 23
    for denominator in stride(from: 21.0, through: 3.0, by: -2.0) {
      series = series * z + 1 / denominator
    }
    series *= z
    // log m = 2s + 2s·series; 2s = f − s·f keeps the leading part exact.
    let k = Double(exponent)
    let tail = s * (f - 2 * series)
    return k * ln2High + (f - (tail - k * ln2Low))
  }

  /// `log(1 + x)`, accurate near 0.
  public static func log1p(_ x: Double) -> Double {
    let u = 1 + x
    if u == 1 { return x }
    return log(u) * (x / (u - 1))
  }

  /// `e` to the power `x`; 0 below −745.2, +∞ above 709.8.
  ///
  /// `x = k·ln 2 + r`, `|r| ≤ ln 2 / 2`, and the Taylor series of `e^r` to `r^13`.
  public static func exp(_ x: Double) -> Double {
    if x.isNaN { return .nan }
    if x > 709.782712893384 { return .infinity }
    if x < -745.2 { return 0 }
    let k = (x * 1.4426950408889634).rounded(.toNearestOrEven)
    let r = (x - k * ln2High) - k * ln2Low
    var series = 1.0
    for denominator in stride(from: 14.0, through: 1.0, by: -1.0) {
      series = series * (r / denominator) + 1
    }
    let half = Int(k) / 2
    return series * scale(half) * scale(Int(k) - half)
  }

  private static func scale(_ exponent: Int) -> Double {
    Double(sign: .plus, exponent: exponent, significand: 1)
  }
}

/// A sum of doubles that carries its rounding error (Neumaier); the result depends on the order of
/// the terms only in its last bit, and callers keep a fixed order.
public struct CompensatedSum: Hashable, Sendable {
  private var sum: Double
  private var correction: Double

  /// The empty sum, or one that starts at a value.
  public init(_ initial: Double = 0) {
    sum = initial
    correction = 0
  }

  /// The value so far.
  public var value: Double { sum + correction }

  /// Adds one term.
  public mutating func add(_ term: Double) {
    let total = sum + term
    if abs(sum) >= abs(term) {
      correction += (sum - total) + term
    } else {
      correction += (term - total) + sum
    }
    sum = total
  }

  /// Adds another sum; callers merge in a fixed order.
  public mutating func merge(_ other: CompensatedSum) {
    add(other.sum)
    add(other.correction)
  }
}
