/// The standard normal distribution, with the same bits on every machine.
public enum NormalDistribution {
  /// `P(Z ≤ x)`.
  ///
  /// Absolute error below 1e-15; in the lower tail relative error below 1e-13 to x = −37, then 0.
  /// Beyond 5 standard deviations the tail is Laplace's continued fraction.
  /// - Note: Source: Hart, Computer Approximations, 1968, as given by West, "Better approximations
  ///   to cumulative normal functions", Wilmott 2005.
  public static func cumulative(_ x: Double) -> Double {
    if x.isNaN { return .nan }
    let magnitude = abs(x)
    var tail = 0.0
    if magnitude <= 37 {
      let density = PortableMath.exp(-magnitude * magnitude / 2)
      if magnitude < 5 {
        tail = density * polynomial(hartNumerator, magnitude)
        tail /= polynomial(hartDenominator, magnitude)
      } else {
        // 80 terms: below one unit in the last place from 5 upwards.
        var fraction = magnitude
        for numerator in stride(from: 80.0, through: 1.0, by: -1.0) {
          fraction = magnitude + numerator / fraction
        }
        tail = density / fraction * 0.3989422804014327
      }
    }
    return x > 0 ? 1 - tail : tail
  }

  /// The `x` with `P(Z ≤ x) = p`; −∞ at 0, +∞ at 1, NaN outside of `0...1`.
  ///
  /// Relative error about 1e-16 before rounding.
  /// - Note: Source: Wichura 1988, Algorithm AS 241 (PPND16), Applied Statistics 37(3), 477–484.
  public static func quantile(_ p: Double) -> Double {
    guard p >= 0, p <= 1 else { return .nan }
    if p == 0 { return -.infinity }
    if p == 1 { return .infinity }
    let q = p - 0.5
    if abs(q) <= 0.425 {
      let r = 0.180625 - q * q
      return polynomial(centreNumerator, r) * q / polynomial(centreDenominator, r)
    }
    var r = (-PortableMath.log(q <= 0 ? p : 1 - p)).squareRoot()
    let x: Double
    if r <= 5 {
      r -= 1.6
      x = polynomial(middleNumerator, r) / polynomial(middleDenominator, r)
    } else {
      r -= 5
      x = polynomial(tailNumerator, r) / polynomial(tailDenominator, r)
    }
    return q < 0 ? -x : x
  }

  /// Horner's rule, highest power first.
  private static func polynomial(_ coefficients: [Double], _ x: Double) -> Double {
    var value = 0.0
    for coefficient in coefficients { value = value * x + coefficient }
    return value
  }

  private static let hartNumerator = [
    3.52624965998911e-02, 0.700383064443688, 6.37396220353165, 33.912866078383,
    112.079291497871, 221.213596169931, 220.206867912376,
  ]
  private static let hartDenominator = [
    8.83883476483184e-02, 1.75566716318264, 16.064177579207, 86.7807322029461,
    296.564248779674, 637.333633378831, 793.826512519948, 440.413735824752,
  ]
  private static let centreNumerator = [
    2.5090809287301226727e+3, 3.3430575583588128105e+4, 6.7265770927008700853e+4,
    4.5921953931549871457e+4, 1.3731693765509461125e+4, 1.9715909503065514427e+3,
    1.3314166789178437745e+2, 3.3871328727963666080e+0,
  ]
  private static let centreDenominator = [
    5.2264952788528545610e+3, 2.8729085735721942674e+4, 3.9307895800092710610e+4,
    2.1213794301586595867e+4, 5.3941960214247511077e+3, 6.8718700749205790830e+2,
    4.2313330701600911252e+1, 1.0,
  ]
  private static let middleNumerator = [
    7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1,
    1.27045825245236838258e+0, 3.64784832476320460504e+0, 5.76949722146069140550e+0,
    4.63033784615654529590e+0, 1.42343711074968357734e+0,
  ]
  private static let middleDenominator = [
    1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2,
    1.48103976427480074590e-1, 6.89767334985100004550e-1, 1.67638483018380384940e+0,
    2.05319162663775882187e+0, 1.0,
  ]
  private static let tailNumerator = [
    2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3,
    2.65321895265761230930e-2, 2.96560571828504891230e-1, 1.78482653991729133580e+0,
    5.46378491116411436990e+0, 6.65790464350110377720e+0,
  ]
  private static let tailDenominator = [
    2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5,
    7.86869131145613259100e-4, 1.48753612908506148525e-2, 1.36929880922735805310e-1,
    5.99832206555887937690e-1, 1.0,
  ]
}
