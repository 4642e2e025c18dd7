import AssayRuns
import AssayStatistics
import Testing

@testable import AssayPrivacy

/// Laws that hold for every configuration, on seeded random ones; `assay-properties` runs many more.
@Suite("laws of the accountants")
struct PropertyTests {
  /// Brackets are coarse here, to be quick in debug builds; the laws hold at any width.
  private func bracket(
    _ noise: Double, _ rate: Double, _ steps: Int, _ delta: Double,
    _ relation: NeighbouringRelation = .addOrRemoveOne
  ) throws -> (lower: Double, upper: Double) {
    let found = try guarantee(
      history: [PrivacyEvent(noiseMultiplier: noise, samplingRate: rate, steps: steps)],
      delta: delta, neighbouring: relation, tolerance: 2e-2)
    #expect(!found.epsilon.isNaN && found.epsilon >= 0)
    let lower = found.epsilonLower ?? 0
    #expect(lower <= found.epsilon && lower >= 0)
    return (lower, found.epsilon)
  }

  private func within(_ low: Double, _ high: Double, _ generator: inout SeededGenerator) -> Double {
    PortableMath.exp(
      Double.random(in: PortableMath.log(low)...PortableMath.log(high), using: &generator))
  }

  @Test("the closed form lies inside the bracket of the loss distribution, 200 times")
  func gaussian() throws {
    var generator = SeededGenerator(state: 11)
    for _ in 0..<200 {
      let noise = within(0.4, 200, &generator)
      let mu = within(0.02, 6, &generator)
      let steps = max(1, Int(min(1e5, mu * mu * noise * noise)))
      let delta = within(1e-12, 0.1, &generator)
      let exact = GaussianTradeOff(mu: Double(steps).squareRoot() / noise).epsilon(atDelta: delta)
      let found = try guarantee(
        history: [PrivacyEvent(noiseMultiplier: noise, steps: steps)], delta: delta,
        accountant: .pld, tolerance: 5e-2)
      let what = "σ \(noise), T \(steps), δ \(delta)"
      #expect(found.epsilon >= exact.lower, "\(what)")
      #expect(found.epsilonLower ?? 0 <= exact.upper, "\(what)")
    }
  }

  @Test("ε does not fall with rounds and rate, nor rise with noise and δ")
  func monotone() throws {
    var generator = SeededGenerator(state: 12)
    for _ in 0..<8 {
      let noise = within(0.6, 20, &generator)
      let rate = within(1e-3, 0.8, &generator)
      let steps = Int(within(1, 500, &generator))
      let delta = within(1e-10, 1e-2, &generator)
      let base = try bracket(noise, rate, steps, delta)
      let more = [
        try bracket(noise, rate, 2 * steps, delta),
        try bracket(noise, min(1, rate * 1.2), steps, delta),
        try bracket(noise / 1.2, rate, steps, delta), try bracket(noise, rate, steps, delta / 3),
      ]
      for (index, other) in more.enumerated() {
        let what = "\(index): σ \(noise), q \(rate), T \(steps), δ \(delta)"
        // Of two ordered truths, the lower end of the smaller cannot pass the upper end of the larger.
        #expect(base.lower <= other.upper, "\(what)")
        // And what is quoted is ordered up to the widths of both brackets.
        #expect(
          base.upper <= other.upper + (other.upper - other.lower) + (base.upper - base.lower),
          "\(what)")
      }
    }
  }

  @Test("the order of events does not matter, nor does splitting equal ones")
  func order() throws {
    var generator = SeededGenerator(state: 13)
    for _ in 0..<8 {
      var history = (0..<4).map { _ in
        PrivacyEvent(
          noiseMultiplier: within(0.8, 10, &generator), samplingRate: within(0.01, 1, &generator),
          steps: Int(within(2, 60, &generator)))
      }
      let first = try guarantee(history: history, delta: 1e-6, tolerance: 2e-2)
      history.shuffle(using: &generator)
      var part = history[0]
      part.steps -= 1
      history[0].steps = 1
      history.append(part)
      let second = try guarantee(history: history, delta: 1e-6, tolerance: 2e-2)
      #expect(first.epsilon == second.epsilon && first.epsilonLower == second.epsilonLower)
    }
  }

  @Test("replacing one record is at least as visible as adding or removing one")
  func relations() throws {
    var generator = SeededGenerator(state: 14)
    for _ in 0..<10 {
      let noise = within(0.8, 10, &generator)
      let rate = within(0.01, 0.9, &generator)
      let steps = Int(within(1, 200, &generator))
      let add = try bracket(noise, rate, steps, 1e-5)
      let replace = try bracket(noise, rate, steps, 1e-5, .replaceOne)
      #expect(add.lower <= replace.upper, "σ \(noise), q \(rate), T \(steps)")
    }
  }

  /// Rule: an answer that is a bound, or a refusal that names the parameter; no NaN, no crash, no long wait.
  @Test(
    "extreme values are answered or refused",
    arguments: [1e-300, 1e-12, 0.5, 1], [1e-300, 1e-9, 1, 1e9, 1e300])
  func extremes(_ rate: Double, _ noise: Double) throws {
    for steps in [1, 1_000_000_000_000_000] {
      for delta in [1e-300, 1e-12, 0.999_999_999_999] {
        for mechanism in [PrivacyEvent.Mechanism.gaussian, .laplace] {
          let event = PrivacyEvent(
            mechanism: mechanism, noiseMultiplier: noise, samplingRate: rate, steps: steps)
          let found = try guarantee(history: [event], delta: delta, tolerance: 0.1)
          let what = "\(mechanism) σ \(noise) q \(rate) T \(steps) δ \(delta)"
          #expect(found.epsilon >= 0, "\(what)")
          #expect(found.epsilonLower.map { $0 >= 0 && $0 <= found.epsilon } ?? true, "\(what)")
          #expect(found.epsilon <= found.epsilonWithoutAmplification, "\(what)")
        }
      }
    }
  }

  @Test(
    "searches over extreme values end with a bound or a refusal",
    arguments: [1e-300, 1e-9, 1, 1e6], [1e-300, 1e-20, 0.999_999])
  func extremeSearches(_ target: Double, _ delta: Double) throws {
    for rate in [1e-12, 0.3, 1] {
      let search = PrivacySearch(
        event: PrivacyEvent(noiseMultiplier: 0.8, samplingRate: rate, steps: 3), delta: delta,
        accountant: .rdp)
      for quantity in [SearchedQuantity.noiseMultiplier, .steps, .rate] {
        do {
          let found = try search.outermost(quantity, target)
          #expect(found.guarantee.epsilon <= target)
          #expect(found.event.noiseMultiplier.isFinite)
        } catch {
          switch error {
          case .targetUnreachable: break
          // Without sampling ε does not depend on a rate.
          case .parameterOutOfRange(let name, _, _): #expect(name == "sampling" && rate == 1)
          default: Issue.record("\(error)")
          }
        }
      }
    }
  }
}
