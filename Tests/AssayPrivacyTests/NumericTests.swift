import AssayStatistics
import Testing

@testable import AssayPrivacy

/// Expected values: mpmath 1.3 with 40 digits, by numerical integration where no closed form exists.
@Suite("functions beneath the accountants")
struct NumericTests {
  @Test("normal tails keep their relative precision far out")
  func tails() {
    let expected: [(Double, Double)] = [
      (0.5, 0.308537538725986896), (1.49, 0.068112117966725455), (1.51, 0.0655217120889164995),
      (3, 0.00134989803163009453), (5, 2.86651571879193912e-7), (10, 7.61985302416052607e-24),
      (30, 4.90671392714818706e-198),
    ]
    for (x, tail) in expected {
      // 2e-15: a continued fraction of some 80 levels; its product with the density.
      #expect(abs(Normal.upperTail(x) / tail - 1) < 4e-15, "x = \(x)")
      #expect(abs(Normal.upperTail(-x) - (1 - tail)) < 2e-16)
      // The quantile of a tail is where it came from; density/tail grows like x.
      #expect(abs(Normal.upperQuantile(tail) - x) < 1e-13)
    }
    #expect(Normal.mass(from: -.infinity, to: .infinity) == 1)
    #expect(Normal.mass(from: 2, to: 2) == 0)
  }

  @Test("δ of a Gaussian release agrees with 40 digits")
  func gaussianDelta() {
    let expected: [(mu: Double, epsilon: Double, delta: Double)] = [
      (1, 1, 0.12693673750664395), (0.001, 0.0005, 0.00019784600011015396),
      (5, 30, 0.00013132627111337326), (10, 20, 0.99802918146542763),
    ]
    for (mu, epsilon, delta) in expected {
      // Cancellation costs a factor 1/μ.
      let found = GaussianTradeOff(mu: mu).delta(atEpsilon: epsilon)
      #expect(abs(found / delta - 1) < 1e-14 * max(10, 10 / mu))
    }
    let one = GaussianTradeOff(mu: 1)
    #expect(abs(one.truePositiveRate(atFalsePositiveRate: 0.01) - 0.0923622480736939) < 1e-14)
    #expect(abs(one.advantage - 0.382924922548026) < 1e-14)
    #expect(GaussianTradeOff(mu: .infinity).epsilon(atDelta: 0.1) == (.infinity, .infinity))
    #expect(GaussianTradeOff(mu: 0).epsilon(atDelta: 0.1) == (0, 0))
    #expect(GaussianTradeOff(mu: 0.01).epsilon(atDelta: 0.1) == (0, 0))
  }

  @Test("log-moments of sampled Gaussian noise, whole and fractional orders, both directions")
  func gaussianMoments() {
    let expected: [(order: Double, scale: Double, rate: Double, k: Double, reversed: Double)] = [
      (1.5, 1.1, 0.01, 4.777264285937415e-5, 4.6214875675834404e-5),
      (17.3, 4, 0.01, 0.000918529019249892, 0.00089866226833908854),
      (2.5, 0.3, 0.02, 11.053298211883479, 0.021007822603236967),
      (60.7, 20, 0.3, 0.4212151908943146, 0.3953941699924479),
      (1.05, 0.5, 0.9, 0.088181948021040849, 0.058262136858208878),
      (6, 1, 1e-6, 2.5774506045428336e-11, 2.5773739875898411e-11),
    ]
    for (order, scale, rate, k, reversed) in expected {
      let found = PoissonGaussianMoments.bound(order: order, scale: scale, rate: rate)
      #expect(found >= k && found <= k * (1 + 1e-10))
      let other = PoissonGaussianMoments.reversed(order: order, scale: scale, rate: rate)
      #expect(other >= reversed && other <= reversed * (1 + 1e-10))
    }
  }

  @Test("log-moments of sampled Laplace noise are those of the larger direction")
  func laplaceMoments() {
    let expected: [(order: Double, scale: Double, rate: Double, k: Double)] = [
      (3.5, 1, 0.1, 0.038724365317613791), (20, 5, 0.01, 0.00071798260165771448),
      (1.3, 0.5, 0.5, 0.13035669135337326),
    ]
    for (order, scale, rate, k) in expected {
      let found = PoissonLaplaceMoments.bound(order: order, scale: scale, rate: rate)
      #expect(found >= k && found <= k * (1 + 1e-9))
    }
  }

  @Test("bounds at low noise, where the integral is not used, still bound it from above")
  func lowNoise() {
    // Just below the switch at 0.03 the bound must not fall under the value just above it.
    let above = PoissonGaussianMoments.bound(order: 1.1, scale: 0.0301, rate: 0.1)
    let below = PoissonGaussianMoments.bound(order: 1.1, scale: 0.0299, rate: 0.1)
    #expect(below >= above)
    #expect(below.isFinite)
  }

  @Test("sine and cosine of turns, and the transform, agree with their definitions")
  func fourier() {
    // cos and sin of 30° and 60°: ½ and √3/2; of 45°: √½.
    let twelfth = Elementary.turn(1, of: 12)
    #expect(abs(twelfth.sine - 0.5) < 2e-16)
    #expect(abs(twelfth.cosine - 0.75.squareRoot()) < 2e-16)
    let odd = Elementary.turn(5, of: 8)
    #expect(abs(odd.sine + 0.5.squareRoot()) < 2e-16 && abs(odd.cosine + 0.5.squareRoot()) < 2e-16)

    let n = 16
    var generator = SeededGenerator(state: 3)
    let signal = (0..<n).map { _ in Double.random(in: -1...1, using: &generator) }
    var re = signal
    var im = [Double](repeating: 0, count: n)
    let transform = FourierTransform(length: n)
    transform.forward(&re, &im)
    for position in 0..<n {
      var frequency = 0
      for bit in 0..<4 where position >> bit & 1 == 1 { frequency |= 1 << (3 - bit) }
      var expected = (re: 0.0, im: 0.0)
      for t in 0..<n {
        let turn = Elementary.turn(frequency * t % n, of: n)
        expected.re += signal[t] * turn.cosine
        expected.im -= signal[t] * turn.sine
      }
      #expect(abs(re[position] - expected.re) < 1e-14 && abs(im[position] - expected.im) < 1e-14)
      // A real signal: the mirrored frequency holds the conjugate.
      let mirror = FourierTransform.mirror(position)
      #expect(abs(re[mirror] - re[position]) < 1e-14 && abs(im[mirror] + im[position]) < 1e-14)
    }
    transform.inverse(&re, &im)
    for t in 0..<n { #expect(abs(re[t] - signal[t]) < 1e-15 && abs(im[t]) < 1e-15) }
  }

  @Test("rounding to 6 decimals never crosses the value")
  func rounding() {
    var generator = SeededGenerator(state: 9)
    for _ in 0..<2_000 {
      let value = PortableMath.exp(Double.random(in: -20...25, using: &generator))
      let up = Rounded.up(value)
      let down = Rounded.down(value)
      #expect(up >= value && down <= value && up - down <= 1.2e-6 + value * 2e-15)
    }
    #expect(Rounded.up(.infinity) == .infinity)
    #expect(Rounded.up(0) == 0 && Rounded.down(0) == 0 && Rounded.up(0.5) == 0.5)
  }
}
