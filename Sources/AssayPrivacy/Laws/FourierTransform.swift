/// The discrete Fourier transform of a power-of-two length, in place.
///
/// The forward transform leaves the spectrum in bit-reversed order and the inverse one expects it so;
/// point-by-point work in between needs no reordering. Only basic operations: the same bits everywhere.
struct FourierTransform {
  /// The length, a power of two, at least 2.
  let length: Int
  private let cosines: [Double]
  private let sines: [Double]

  /// Prepares the factors of a length.
  init(length: Int) {
    precondition(length >= 2 && length & (length - 1) == 0)
    self.length = length
    var cosines = [Double](repeating: 1, count: length / 2)
    var sines = [Double](repeating: 0, count: length / 2)
    // The first eighth of a turn gives all others by reflection.
    let eighth = length / 8
    for k in 0...eighth {
      let turn = Elementary.turn(k, of: length)
      func set(_ index: Int, _ cosine: Double, _ sine: Double) {
        if index >= 0, index < length / 2 { (cosines[index], sines[index]) = (cosine, sine) }
      }
      set(k, turn.cosine, turn.sine)
      if length >= 4 {
        set(length / 4 - k, turn.sine, turn.cosine)
        set(length / 4 + k, -turn.sine, turn.cosine)
        set(length / 2 - k, -turn.cosine, turn.sine)
      }
    }
    self.cosines = cosines
    self.sines = sines
  }

  /// `X[f] = Σ x[t]·e^{−2πi·f·t/n}`, in bit-reversed order.
  func forward(_ real: inout [Double], _ imaginary: inout [Double]) {
    withBuffers(&real, &imaginary) { re, im, c, s in
      var half = length / 2
      var stride = 1
      while half >= 1 {
        var start = 0
        while start < length {
          var factor = 0
          for i in start..<(start + half) {
            let j = i + half
            let dr = re[i] - re[j]
            let di = im[i] - im[j]
            re[i] += re[j]
            im[i] += im[j]
            re[j] = dr * c[factor] + di * s[factor]
            im[j] = di * c[factor] - dr * s[factor]
            factor += stride
          }
          start += 2 * half
        }
        half /= 2
        stride *= 2
      }
    }
  }

  /// The inverse of ``forward(_:_:)``, including the division by the length.
  func inverse(_ real: inout [Double], _ imaginary: inout [Double]) {
    withBuffers(&real, &imaginary) { re, im, c, s in
      var half = 1
      var stride = length / 2
      while half < length {
        var start = 0
        while start < length {
          var factor = 0
          for i in start..<(start + half) {
            let j = i + half
            let tr = re[j] * c[factor] - im[j] * s[factor]
            let ti = im[j] * c[factor] + re[j] * s[factor]
            re[j] = re[i] - tr
            im[j] = im[i] - ti
            re[i] += tr
            im[i] += ti
            factor += stride
          }
          start += 2 * half
        }
        half *= 2
        stride /= 2
      }
      let scale = 1 / Double(length)
      for i in 0..<length {
        re[i] *= scale
        im[i] *= scale
      }
    }
  }

  private func withBuffers(
    _ real: inout [Double], _ imaginary: inout [Double],
    _ body: (
      UnsafeMutableBufferPointer<Double>, UnsafeMutableBufferPointer<Double>,
      UnsafeBufferPointer<Double>, UnsafeBufferPointer<Double>
    ) -> Void
  ) {
    precondition(real.count == length && imaginary.count == length)
    real.withUnsafeMutableBufferPointer { re in
      imaginary.withUnsafeMutableBufferPointer { im in
        cosines.withUnsafeBufferPointer { c in
          sines.withUnsafeBufferPointer { s in body(re, im, c, s) }
        }
      }
    }
  }

  /// Where the frequency −f stands when f stands at `position` in bit-reversed order.
  static func mirror(_ position: Int) -> Int {
    if position < 2 { return position }
    let top = 1 << (Int.bitWidth - 1 - position.leadingZeroBitCount)
    return 3 * top - 1 - position
  }
}
