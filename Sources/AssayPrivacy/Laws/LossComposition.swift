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
    // Around the middle of the grid, so that factors stay within what doubles hold.
    let last = law.masses.count - 1
    let reach = theta * width * Double(last) / 2
    let middle = Double(law.first) + Double(last) / 2
    let scale: Double
    if reach < 300 {
      for index in exponents.indices where law.masses[index] > 0 {
        exponents[index] *= PortableMath.exp(theta * width * (Double(law.first + index) - middle))
      }
      scale = theta * width * middle
    } else {
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
      for index in exponents.indices { exponents[index] = PortableMath.exp(exponents[index] - top) }
      scale = top
    }
    var sum = CompensatedSum()
    for exponent in exponents { sum.add(exponent) }
    if !(sum.value > 0 && sum.value.isFinite) { return nil }
    var mean = CompensatedSum()
    for index in exponents.indices {
      exponents[index] /= sum.value
      mean.add(exponents[index] * Double(index))
    }
    first = law.first
    weights = exponents
    logMoment = scale + PortableMath.log(sum.value)
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
  /// The part of ``lostAbove`` that lies beyond the middle by a whole window: only that much can come round into
  /// the upper half.
  let lostFarAbove: Double

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
    func leaving(_ length: Int) -> (above: Double, below: Double) {
      Self.isInside(parts, middle, length) ? (0, 0) : Self.outside(parts, middle, length, deviation)
    }
    var lost = leaving(length)
    while lost.above + lost.below > 1e-11, 2 * length <= longest {
      length *= 2
      lost = leaving(length)
    }
    (lostAbove, lostBelow) = lost
    lostFarAbove =
      lost.above == 0
      ? 0
      : min(lost.above, Self.outside(parts, middle, 2 * length, deviation, isAboveOnly: true).above)
    self.length = length
    self.origin = origin
    start = origin + middle - length / 2
    (pessimistic, optimistic) = Self.convolve(parts, length)
  }

  /// Whether no sum at all can leave the window.
  private static func isInside(_ parts: [Part], _ middle: Int, _ length: Int) -> Bool {
    var low = 0.0
    var high = 0.0
    for part in parts {
      let first = min(part.pessimistic.first, part.optimistic.first) - part.centre
      let last =
        max(
          part.pessimistic.first + part.pessimistic.weights.count,
          part.optimistic.first + part.optimistic.weights.count) - part.centre
      low += Double(part.count) * Double(first)
      high += Double(part.count) * Double(last)
    }
    let half = Double(length / 2 - 1)
    return low >= Double(middle) - half && high <= Double(middle) + half
  }

  /// Chernoff's bound on the probability above and below the window, the larger of both laws.
  private static func outside(
    _ parts: [Part], _ middle: Int, _ length: Int, _ deviation: Double, isAboveOnly: Bool = false
  ) -> (above: Double, below: Double) {
    let half = Double(length / 2 - 2)
    func bound(_ law: KeyPath<Part, TiltedLaw>, _ side: Double) -> Double {
      // The Gaussian guess first, then guesses for a few rare jumps of the largest size.
      let normal = half / (deviation * deviation)
      var jump = 1
      for part in parts {
        let tilted = part[keyPath: law]
        let last = tilted.first + tilted.weights.count
        jump = max(jump, side > 0 ? last - part.centre : part.centre - tilted.first)
      }
      func value(_ guess: Double) -> Double {
        let s = side * guess
        var exponent = -(s * Double(middle) + abs(s) * half)
        for part in parts {
          exponent += Double(part.count) * part[keyPath: law].logGenerating(s, around: part.centre)
        }
        return min(1, PortableMath.exp(exponent))
      }
      var best = (guess: normal, bound: 1.0)
      for guess in [normal, 3 / Double(jump), 6 / Double(jump), 12 / Double(jump), normal / 4] {
        let bound = value(guess)
        if bound < best.bound { best = (guess, bound) }
        if best.bound < 1e-13 { return best.bound }
      }
      // Uphill and downhill from the best guess, in steps that shrink.
      var step = 1.5
      for _ in 0..<5 {
        let before = best.bound
        for guess in [best.guess * step, best.guess / step] {
          let bound = value(guess)
          if bound < best.bound { best = (guess, bound) }
        }
        if best.bound < 1e-13 { break }
        if best.bound > 0.5 * before { step = step.squareRoot() }
      }
      return best.bound
    }
    let above = max(bound(\.pessimistic, 1), bound(\.optimistic, 1))
    if isAboveOnly { return (above, 1) }
    return (
      above, max(bound(\.pessimistic, -1), bound(\.optimistic, -1))
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
      // Without the 1 of the release that adds nothing, so that powers near 1 lose no digits; see `power`.
      re[0] -= re.reduce(0, +)
      im[0] -= im.reduce(0, +)
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

  /// Raises both spectra, interleaved as `F + iG`, each less 1, to a power each.
  ///
  /// Of real signals f and g: `F(ω) = (Z(ω) + Z̄(−ω))/2` and `G(ω) = (Z(ω) − Z̄(−ω))/2i`.
  private static func raise(_ re: inout [Double], _ im: inout [Double], to count: Int) {
    forEachPair(re.count) { p, m in
      var f = Complex((re[p] + re[m]) / 2, (im[p] - im[m]) / 2)
      var g = Complex((im[p] + im[m]) / 2, (re[m] - re[p]) / 2)
      f = f.powerOfOnePlus(count)
      g = g.powerOfOnePlus(count)
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

  /// `(1 + self)^count` by repeated squaring. While the square is near 1 its difference from 1 is squared instead,
  /// `(1 + z)² = 1 + z(2 + z)`: a rounding error then counts only as often as something happens, not with every release.
  /// What has become negligible is 0, before it becomes subnormal.
  func powerOfOnePlus(_ count: Int) -> Complex {
    // (1 − 370/n)^{n/2} < 1e−80: most frequencies end here.
    let size = (1 + re) * (1 + re) + im * im
    if size < 1 - 370 / Double(count) { return Complex(0, 0) }
    var difference = self
    var product = Complex(0, 0)
    var rest = count
    while difference.re * difference.re + difference.im * difference.im < 0.0625 {
      if rest & 1 == 1 { product = product + difference + product * difference }
      rest >>= 1
      if rest == 0 { return Complex(1 + product.re, product.im) }
      difference = difference * Complex(2 + difference.re, difference.im)
    }
    var result = Complex(1 + product.re, product.im)
    var square = Complex(1 + difference.re, difference.im)
    while true {
      if rest & 1 == 1 { result = result * square }
      rest >>= 1
      if rest == 0 { return result }
      square = square * square
      if square.re * square.re + square.im * square.im < 1e-80 { return Complex(0, 0) }
    }
  }

  static func + (x: Complex, y: Complex) -> Complex {
    Complex(x.re + y.re, x.im + y.im)
  }
}
