import AssayRuns
import AssayStatistics
import Testing

@testable import AssayPrivacy

@Suite("privacy-loss distributions")
struct LossDistributionTests {
  /// Expected value: the closed form, which shares no code with the grid.
  @Test(
    "the bracket encloses the closed form of unsampled Gaussian noise",
    arguments: [(1.0, 1, 1e-5), (8, 50, 1e-9), (20, 10_000, 1e-5), (0.5, 1, 1e-12), (3, 7, 0.2)])
  func encloses(_ noise: Double, _ steps: Int, _ delta: Double) throws {
    let release = Release(
      noise: .gaussian, pair: .whole, scale: noise, rate: 1, count: steps)
    let accountant = try #require(LossDistributionAccountant([release]))
    let found = try #require(accountant.bracket(atDelta: delta, tolerance: 1e-2))
    let exact = GaussianTradeOff(mu: Double(steps).squareRoot() / noise).epsilon(atDelta: delta)
    #expect(found.lower <= exact.upper && exact.lower <= found.upper)
    #expect(found.upper - found.lower <= 0.04 * max(exact.upper, 0.1))
  }

  @Test("one law may come in several parts: composition adds them up")
  func parts() throws {
    let whole = Release(noise: .gaussian, pair: .whole, scale: 5, rate: 1, count: 4)
    var other = whole
    other.scale = 10
    other.count = 9
    let accountant = try #require(LossDistributionAccountant([whole, other]))
    let found = try #require(accountant.bracket(atDelta: 1e-6, tolerance: 1e-2))
    // μ² = 4/25 + 9/100
    let exact = GaussianTradeOff(mu: 0.25.squareRoot()).epsilon(atDelta: 1e-6)
    #expect(found.lower <= exact.upper && exact.lower <= found.upper)
  }

  /// Expected value: closed form `1/b + 2·log(1 − δ)`.
  @Test("the bracket encloses the closed form of one Laplace release")
  func laplace() throws {
    let release = Release(noise: .laplace, pair: .whole, scale: 2, rate: 1, count: 1)
    let accountant = try #require(LossDistributionAccountant([release]))
    let found = try #require(accountant.bracket(atDelta: 0.01, tolerance: 1e-3))
    let exact = 0.5 + 2 * PortableMath.log1p(-0.01)
    #expect(found.lower <= exact && exact <= found.upper)
    #expect(found.upper - found.lower < 0.01)
  }

  /// Expected value: δ(ε) of one sampled release has the closed form `q·δ₁(log(1 + (e^ε − 1)/q))` for
  /// removal, with δ₁ of the unsampled release (Balle, Barthe, Gaboardi 2018, Theorem 2).
  @Test("the bracket encloses the closed form of one sampled release")
  func sampled() throws {
    let release = Release(noise: .gaussian, pair: .poisson, scale: 1, rate: 0.1, count: 1)
    let accountant = try #require(LossDistributionAccountant([release]))
    let found = try #require(accountant.bracket(atDelta: 1e-5, tolerance: 1e-3))
    let whole = GaussianTradeOff(mu: 1)
    func delta(_ epsilon: Double) -> Double {
      0.1 * whole.delta(atEpsilon: PortableMath.log1p(Elementary.expm1(epsilon) / 0.1))
    }
    #expect(delta(found.upper) <= 1e-5 && delta(found.lower) >= 1e-5)
    #expect(found.upper - found.lower < 0.01)
  }

  @Test(
    "pessimistic and optimistic laws lie on either side of the true δ of one release, everywhere",
    arguments: [(1.1, 0.01), (0.4, 0.3), (3, 0.9)])
  func sides(_ scale: Double, _ rate: Double) throws {
    let release = Release(noise: .gaussian, pair: .poisson, scale: scale, rate: rate, count: 1)
    let law = try #require(LossLaw(release))
    let whole = GaussianTradeOff(mu: 1 / scale)
    let cells = try #require(LossCells(law, width: 0.02, tail: 1e-12, limit: 1 << 20))
    func delta(_ grid: GridLaw, _ epsilon: Double) -> Double {
      var sum = grid.infinite
      for (index, mass) in grid.masses.enumerated() {
        let loss = Double(grid.first + index) * 0.02 + grid.offset
        if loss > epsilon { sum -= mass * Elementary.expm1(epsilon - loss) }
      }
      return sum
    }
    let high = cells.pessimistic()
    let low = cells.optimistic()
    let mass = low.masses.reduce(0, +)
    #expect(low.masses.allSatisfy { $0 >= 0 } && mass <= 1 + 1e-12)
    for epsilon in stride(from: 0.0, through: 2.0, by: 0.013) {
      let exact =
        rate * whole.delta(atEpsilon: PortableMath.log1p(Elementary.expm1(epsilon) / rate))
      #expect(delta(high, epsilon) >= exact - 1e-13)
      #expect(delta(low, epsilon) <= exact + 1e-13)
    }
  }

  @Test("what has no loss law is refused by name, not guessed")
  func refused() {
    let fixed = PrivacyEvent(noiseMultiplier: 2, samplingRate: 0.1, sampling: .fixed, steps: 3)
    #expect {
      _ = try guarantee(
        history: [fixed], delta: 1e-5, neighbouring: .replaceOne, accountant: .pld)
    } throws: {
      guard case .accountantNotApplicable(.pld, _)? = $0 as? PrivacyError else { return false }
      return true
    }
  }
}
