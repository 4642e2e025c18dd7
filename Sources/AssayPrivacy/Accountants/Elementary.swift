import AssayStatistics

// Goals in order: the same bits on every machine, accuracy near 0, speed.

/// Functions beside `PortableMath` that the accountants need; all from IEEE 754 basic operations.
enum Elementary {
  /// `e^x − 1`, accurate near 0.
  static func expm1(_ x: Double) -> Double {
    if abs(x) > 0.35 { return PortableMath.exp(x) - 1 }
    // Taylor series to x^13; the remainder is below 2^-55 relative for |x| ≤ 0.35.
    var series = 1.0
    for reciprocal in reciprocals { series = 1 + x * reciprocal * series }
    return x * series
  }

  private static let reciprocals = stride(from: 13.0, through: 2.0, by: -1.0).map { 1 / $0 }

  /// `log(e^a + e^b)` without overflow; −∞ stands for an empty term.
  static func logAdd(_ a: Double, _ b: Double) -> Double {
    let high = max(a, b)
    let low = min(a, b)
    if high == -.infinity || high == .infinity || low == -.infinity { return high }
    return high + PortableMath.log1p(PortableMath.exp(low - high))
  }

  /// The inverse of `sinh`.
  static func asinh(_ x: Double) -> Double {
    let y = abs(x)
    let value: Double
    if y > 1e8 {
      value = PortableMath.log(y) + 0.6931471805599453
    } else {
      value = PortableMath.log1p(y + y * y / (1 + (1 + y * y).squareRoot()))
    }
    return x < 0 ? -value : value
  }

  /// Cosine and sine of `2π · numerator / denominator`, accurate to 1 ulp or so: the angle is folded
  /// into `0...π/4` exactly, in integers, before anything is rounded.
  static func turn(_ numerator: Int, of denominator: Int) -> (cosine: Double, sine: Double) {
    // Eighths of a turn: which octant, and the position inside it.
    let eighths = numerator * 8
    let octant = (eighths / denominator) % 8
    let rest = eighths % denominator
    // In odd octants the angle counts back from the next multiple of a quarter turn.
    let folded = octant % 2 == 0 ? rest : denominator - rest
    let angle = Double(folded) / Double(denominator) * 0.7853981633974483
    let square = angle * angle
    var cosine = 1.0
    var sine = 1.0
    for k in stride(from: 16.0, through: 2.0, by: -2.0) {
      cosine = 1 - square * cosine / (k * (k - 1))
      sine = 1 - square * sine / (k * (k + 1))
    }
    sine *= angle
    switch octant {
    case 0: return (cosine, sine)
    case 1: return (sine, cosine)
    case 2: return (-sine, cosine)
    case 3: return (-cosine, sine)
    case 4: return (-cosine, -sine)
    case 5: return (-sine, -cosine)
    case 6: return (sine, -cosine)
    default: return (cosine, -sine)
    }
  }
}

/// The standard normal distribution, with both tails accurate to full relative precision.
enum Normal {
  /// `φ(x) = exp(−x²/2) / √(2π)`; the square is split so that large `x` keep their precision.
  static func density(_ x: Double) -> Double {
    let y = abs(x)
    if y > 1e4 { return 0 }
    let high = (y * 1024).rounded(.towardZero) / 1024
    let low = y - high
    return 0.3989422804014327 * PortableMath.exp(-0.5 * high * high)
      * PortableMath.exp(-low * (high + 0.5 * low))
  }

  /// Mills' ratio `R(x) = P(Z > x) / φ(x)` for `x ≥ 0`.
  ///
  /// Below 1.5 from the series `Φ(x) − ½ = φ(x)·(x + x³/3 + x⁵/15 + …)`; above by Laplace's continued
  /// fraction `1/(x + 1/(x + 2/(x + …)))`, whose error after n levels falls like `exp(−2x·√n)`, measured.
  static func mills(_ x: Double) -> Double {
    if x < 1.5 { return 0.5 / density(x) - halfSeries(x) }
    if x > 1e8 { return 1 / x }
    let depth = 18.5 / x
    var fraction = 0.0
    var level = (depth * depth).rounded(.up) + 16
    while level >= 1 {
      fraction = level / (x + fraction)
      level -= 1
    }
    return 1 / (x + fraction)
  }

  /// `(Φ(x) − ½) / φ(x)` by its everywhere convergent series of positive terms.
  private static func halfSeries(_ x: Double) -> Double {
    var term = x
    var sum = x
    var odd = 3.0
    while term > sum * 1e-18 {
      term *= x * x / odd
      sum += term
      odd += 2
    }
    return sum
  }

  /// `P(Z > x)`.
  static func upperTail(_ x: Double) -> Double {
    if x == .infinity { return 0 }
    if x == -.infinity { return 1 }
    if x < 0 { return 1 - upperTail(-x) }
    if x < 1.5 { return 0.5 - density(x) * halfSeries(x) }
    return density(x) * mills(x)
  }

  /// `P(a < Z ≤ b)`, by differences of the nearer tail.
  static func mass(from a: Double, to b: Double) -> Double {
    if !(a < b) { return 0 }
    if a >= 0 { return max(0, upperTail(a) - upperTail(b)) }
    if b <= 0 { return max(0, upperTail(-b) - upperTail(-a)) }
    return 1 - upperTail(b) - upperTail(-a)
  }

  /// The `x` with `P(Z > x) = p`, by bisection to the last bit; ±∞ at 0 and 1.
  static func upperQuantile(_ p: Double) -> Double {
    if p <= 0 { return .infinity }
    if p >= 1 { return -.infinity }
    var low = -40.0
    var high = 40.0
    for _ in 0..<80 {
      let middle = (low + high) / 2
      if upperTail(middle) > p { low = middle } else { high = middle }
    }
    return high
  }
}
