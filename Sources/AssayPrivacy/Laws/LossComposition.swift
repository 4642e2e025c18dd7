import AssayStatistics

/// A grid law after tilting: probabilities proportional to `mass·e^{θ·loss}`, adding up to 1.
struct TiltedLaw {
  /// Grid index of the first probability.
  let first: Int
  let weights: [Double]
  /// `log Σ mass·e^{θ·k·h}`, offset left out.
  let logMoment: Double
  /// Mean of the grid index.
  let mean: Double

  init?(_ law: GridLaw, theta: Double, width: Double) {
    var exponents = law.masses
    var top = -Double.infinity
    for index in exponents.indices {
      let exponent =
        law.masses[index] > 0
        ? PortableMath.log(law.masses[index]) + theta * Double(law.first + index) * width
        : -.infinity
      exponents[index] = exponent
      top = max(top, exponent)
    }
    if !top.isFinite { return nil }
    var sum = CompensatedSum()
    for index in exponents.indices {
      exponents[index] = PortableMath.exp(exponents[index] - top)
      sum.add(exponents[index])
    }
    var mean = CompensatedSum()
    for index in exponents.indices {
      exponents[index] /= sum.value
      mean.add(exponents[index] * Double(index))
    }
    first = law.first
    weights = exponents
    logMoment = top + PortableMath.log(sum.value)
    self.mean = Double(law.first) + mean.value
  }

  /// `log E[e^{s·(K − centre)}]` of the grid index K.
  func logGenerating(_ s: Double, around centre: Int) -> Double {
    let factor = PortableMath.exp(s)
    // Powers by recurrence, restarted now and then against drift.
    var sum = 0.0
    var power = 0.0
    for index in weights.indices {
      power =
        index % 64 == 0 ? PortableMath.exp(s * Double(first + index - centre)) : power * factor
      if weights[index] > 0 { sum += weights[index] * power }
    }
    return PortableMath.log(sum * (1 + 1e-12))
  }
}

/// The tilted sum of many releases on a circular grid, pessimistic and optimistic law side by side:
/// one travels as the real part and one as the imaginary part of the same transform.
struct LossComposition {
  struct Part {
    var pessimistic: TiltedLaw
    var optimistic: TiltedLaw
    var count: Int
    var centre: Int { Int(pessimistic.mean.rounded()) }
  }

  /// Probabilities by grid index modulo ``length``.
  let pessimistic: [Double]
  let optimistic: [Double]
  let length: Int
  /// The window of sums: grid indices `start ..< start + length`.
  let start: Int
  /// Grid index of the sum that stands at array index 0.
  let origin: Int
  /// Bounds on the probability that left the window above and below, in either law.
  let lostAbove: Double
  let lostBelow: Double

  /// Composes the parts in a window of at least `span` grid steps, wider where tails demand it.
  init?(_ parts: [Part], span: Double, deviation: Double, longest: Int) {
    var length = 1_024
    while Double(length) < span { length *= 2 }
    if length > longest { return nil }
    var origin = 0
    var residual = 0.0
    for part in parts {
      let (shift, overflow) = part.centre.multipliedReportingOverflow(by: part.count)
      let (sum, second) = origin.addingReportingOverflow(shift)
      if overflow || second || abs(sum) > 1 << 52 { return nil }
      origin = sum
      residual += (part.pessimistic.mean - Double(part.centre)) * Double(part.count)
    }
    if abs(residual) > 1e15 { return nil }
    let middle = Int(residual.rounded())
    var lost = Self.outside(parts, middle, length, deviation)
    while lost.above + lost.below > 1e-11, 2 * length <= longest {
      length *= 2
      lost = Self.outside(parts, middle, length, deviation)
    }
    (lostAbove, lostBelow) = lost
    self.length = length
    self.origin = origin
    start = origin + middle - length / 2
    (pessimistic, optimistic) = Self.convolve(parts, length)
  }

  /// Chernoff's bound on the probability above and below the window, the larger of both laws.
  private static func outside(
    _ parts: [Part], _ middle: Int, _ length: Int, _ deviation: Double
  ) -> (above: Double, below: Double) {
    let half = Double(length / 2 - 1)
    func bound(_ law: KeyPath<Part, TiltedLaw>, _ side: Double) -> Double {
      // The Gaussian guess first, then guesses for a few rare jumps of the largest size.
      let normal = half / (deviation * deviation)
      var jump = 1
      for part in parts {
        let tilted = part[keyPath: law]
        let last = tilted.first + tilted.weights.count
        jump = max(jump, side > 0 ? last - part.centre : part.centre - tilted.first)
      }
      var best = 1.0
      for guess in [normal, 3 / Double(jump), 6 / Double(jump), 12 / Double(jump), normal / 4] {
        let s = side * guess
        var exponent = -(s * Double(middle) + abs(s) * half)
        for part in parts {
          exponent += Double(part.count) * part[keyPath: law].logGenerating(s, around: part.centre)
        }
        let bound = PortableMath.exp(exponent)
        if bound < best { best = bound }
        if best < 1e-13 { break }
      }
      return best
    }
    return (
      max(bound(\.pessimistic, 1), bound(\.optimistic, 1)),
      max(bound(\.pessimistic, -1), bound(\.optimistic, -1))
    )
  }

  private static func convolve(_ parts: [Part], _ length: Int) -> ([Double], [Double]) {
    let transform = FourierTransform(length: length)
    let mask = length - 1
    var productRe: [Double] = []
    var productIm: [Double] = []
    for (index, part) in parts.enumerated() {
      var re = [Double](repeating: 0, count: length)
      var im = re
      for (k, weight) in part.pessimistic.weights.enumerated() {
        re[(part.pessimistic.first + k - part.centre) & mask] += weight
      }
      for (k, weight) in part.optimistic.weights.enumerated() {
        im[(part.optimistic.first + k - part.centre) & mask] += weight
      }
      transform.forward(&re, &im)
      raise(&re, &im, to: part.count)
      if index == 0 {
        (productRe, productIm) = (re, im)
      } else {
        multiply(&productRe, &productIm, by: re, im)
      }
    }
    transform.inverse(&productRe, &productIm)
    return (productRe, productIm)
  }

  /// Raises both spectra, interleaved as `F + iG`, to a power each.
  ///
  /// Of real signals f and g: `F(ω) = (Z(ω) + Z̄(−ω))/2` and `G(ω) = (Z(ω) − Z̄(−ω))/2i`.
  private static func raise(_ re: inout [Double], _ im: inout [Double], to count: Int) {
    forEachPair(re.count) { p, m in
      var f = Complex((re[p] + re[m]) / 2, (im[p] - im[m]) / 2)
      var g = Complex((im[p] + im[m]) / 2, (re[m] - re[p]) / 2)
      f = f.power(count)
      g = g.power(count)
      // Z(ω) = F + iG, and Z(−ω) = F̄ + iḠ.
      (re[p], im[p]) = (f.re - g.im, f.im + g.re)
      (re[m], im[m]) = (f.re + g.im, g.re - f.im)
    }
  }

  private static func multiply(
    _ re: inout [Double], _ im: inout [Double], by otherRe: [Double], _ otherIm: [Double]
  ) {
    forEachPair(re.count) { p, m in
      let f =
        Complex((re[p] + re[m]) / 2, (im[p] - im[m]) / 2)
        * Complex((otherRe[p] + otherRe[m]) / 2, (otherIm[p] - otherIm[m]) / 2)
      let g =
        Complex((im[p] + im[m]) / 2, (re[m] - re[p]) / 2)
        * Complex((otherIm[p] + otherIm[m]) / 2, (otherRe[m] - otherRe[p]) / 2)
      (re[p], im[p]) = (f.re - g.im, f.im + g.re)
      (re[m], im[m]) = (f.re + g.im, g.re - f.im)
    }
  }

  private static func forEachPair(_ count: Int, _ body: (Int, Int) -> Void) {
    for p in 0..<count {
      let m = FourierTransform.mirror(p)
      if p <= m { body(p, m) }
    }
  }
}

/// A complex number, for spectra.
private struct Complex {
  var re: Double
  var im: Double

  init(_ re: Double, _ im: Double) {
    self.re = re
    self.im = im
  }

  static func * (x: Complex, y: Complex) -> Complex {
    Complex(x.re * y.re - x.im * y.im, x.re * y.im + x.im * y.re)
  }

  /// Repeated squaring; what has become negligible is 0, before it becomes subnormal.
  func power(_ count: Int) -> Complex {
    var result = Complex(1, 0)
    var square = self
    var rest = count
    while true {
      if rest & 1 == 1 { result = result * square }
      rest >>= 1
      if rest == 0 { return result }
      square = square * square
      if square.re * square.re + square.im * square.im < 1e-80 { return Complex(0, 0) }
    }
  }
}
