/// The chi-squared distribution, with the same bits on every machine.
public enum ChiSquaredDistribution {
  /// `P(X ≥ x)` with some degrees of freedom; 1 at or below 0, NaN without degrees.
  ///
  /// The upper incomplete gamma function `Q(k/2, x/2)`: 1 minus its series below `k/2 + 1`, its
  /// continued fraction (Lentz) from there on, so that small tails keep their relative accuracy.
  /// - Note: Source: Press et al., Numerical Recipes, 3rd ed., section 6.2.
  public static func upperTail(_ x: Double, degrees: Double) -> Double {
    guard degrees > 0, !x.isNaN else { return .nan }
    if x <= 0 { return 1 }
    if x == .infinity { return 0 }
    let a = degrees / 2
    let y = x / 2
    let scale = PortableMath.exp(-y + a * PortableMath.log(y) - BetaFunction.logGamma(a))
    if y < a + 1 {
      var term = 1 / a
      var sum = term
      var next = a
      for _ in 0..<10_000 {
        next += 1
        term *= y / next
        sum += term
        if abs(term) < abs(sum) * 1e-17 { break }
      }
      return max(0, min(1, 1 - sum * scale))
    }
    let tiny = 1e-300
    var b = y + 1 - a
    var c = 1 / tiny
    var d = 1 / b
    var fraction = d
    for i in 1...10_000 {
      let numerator = -Double(i) * (Double(i) - a)
      b += 2
      d = numerator * d + b
      if abs(d) < tiny { d = tiny }
      c = b + numerator / c
      if abs(c) < tiny { c = tiny }
      d = 1 / d
      let step = d * c
      fraction *= step
      if abs(step - 1) < 1e-16 { break }
    }
    return max(0, min(1, scale * fraction))
  }
}
