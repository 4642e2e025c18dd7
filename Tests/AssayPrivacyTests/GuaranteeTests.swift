import AssayDiagnostics
import AssayRuns
import AssayStatistics
import Testing

@testable import AssayPrivacy

@Suite("guarantees")
struct GuaranteeTests {
  static let common = PrivacyEvent(noiseMultiplier: 1.1, samplingRate: 0.01, steps: 10_000)

  @Test("nothing released costs nothing; a release without noise has no finite ε")
  func extremes() throws {
    #expect(try guarantee(history: [], delta: 1e-5).epsilon == 0)
    let none = PrivacyEvent(noiseMultiplier: 1, samplingRate: 0.5, steps: 0)
    #expect(try guarantee(history: [none], delta: 1e-5).epsilon == 0)
    let nobody = PrivacyEvent(noiseMultiplier: 0, samplingRate: 0, sampling: .poisson, steps: 5)
    #expect(try guarantee(history: [nobody], delta: 1e-5).epsilon == 0)
    for accountant in Accountant.allCases {
      let bare = PrivacyEvent(noiseMultiplier: 0, samplingRate: 0.01, steps: 1)
      let found = try guarantee(history: [bare, Self.common], delta: 1e-5, accountant: accountant)
      #expect(found.epsilon == .infinity && found.epsilonWithoutAmplification == .infinity)
      #expect(found.assumptions.first?.contains("no noise") == true)
    }
  }

  @Test("bad parameters are refused with the value", arguments: [0, 1, -0.5, 2, .nan])
  func badDelta(_ delta: Double) {
    #expect(throws: PrivacyError.deltaOutOfRange(found: "\(delta)")) {
      try guarantee(history: [GuaranteeTests.common], delta: delta)
    }
  }

  @Test("a bad event is named by its number")
  func badEvents() throws {
    func refused(_ event: PrivacyEvent, _ error: PrivacyError) {
      #expect(throws: error) { try guarantee(history: [Self.common, event], delta: 1e-5) }
    }
    refused(
      PrivacyEvent(noiseMultiplier: -1), .noiseMultiplierOutOfRange(event: 2, found: "-1.0"))
    refused(
      PrivacyEvent(noiseMultiplier: .nan), .noiseMultiplierOutOfRange(event: 2, found: "nan"))
    refused(
      PrivacyEvent(noiseMultiplier: .infinity), .noiseMultiplierOutOfRange(event: 2, found: "inf"))
    refused(
      PrivacyEvent(noiseMultiplier: 1, samplingRate: 1.5),
      .samplingRateOutOfRange(event: 2, found: "1.5"))
    refused(
      PrivacyEvent(noiseMultiplier: 1, samplingRate: .nan),
      .samplingRateOutOfRange(event: 2, found: "nan"))
    refused(
      PrivacyEvent(noiseMultiplier: 1, steps: -3), .stepsOutOfRange(event: 2, found: "-3"))
    refused(
      PrivacyEvent(noiseMultiplier: 1, steps: .max),
      .stepsOutOfRange(event: 2, found: "\(Int.max)"))
    let error = PrivacyError.samplingRateOutOfRange(event: 2, found: "1.5")
    #expect(
      error.diagnostic.rendered
        == "error: expected a probability in 0...1 in event 2 for 'sampling_rate', found '1.5'")
  }

  @Test("an accountant without a bound for the history is refused by name")
  func refusals() {
    for accountant in [Accountant.exact, .basic] {
      #expect {
        _ = try guarantee(history: [Self.common], delta: 1e-5, accountant: accountant)
      } throws: {
        guard case .accountantNotApplicable(let named, _)? = $0 as? PrivacyError else {
          return false
        }
        return named == accountant
      }
    }
  }

  @Test("replace-one without sampling is add-or-remove-one at half the noise")
  func replaceOne() throws {
    let event = PrivacyEvent(noiseMultiplier: 4)
    let half = PrivacyEvent(noiseMultiplier: 2)
    let replaced = try guarantee(history: [event], delta: 1e-7, neighbouring: .replaceOne)
    #expect(try replaced.epsilon == guarantee(history: [half], delta: 1e-7).epsilon)
    #expect(replaced.mu == 0.5)
    let zeroed = try guarantee(history: [event], delta: 1e-7, neighbouring: .zeroOut)
    #expect(try zeroed.epsilon == guarantee(history: [event], delta: 1e-7).epsilon)
  }

  /// Without the record the sum is N(0), with it (1 − q)·N(0) + q·N(1): the same pair for a record that is
  /// removed and for one that contributes nothing.
  @Test("under Poisson sampling a record that is set to zero is a record that is not there")
  func zeroOutPoisson() throws {
    for event in [Self.common, PrivacyEvent(noiseMultiplier: 2, samplingRate: 0.3, steps: 7)] {
      let zeroed = try guarantee(history: [event], delta: 1e-5, neighbouring: .zeroOut)
      let removed = try guarantee(history: [event], delta: 1e-5)
      #expect(zeroed.epsilon == removed.epsilon)
      #expect(zeroed.epsilon < zeroed.epsilonWithoutAmplification)
    }
  }

  @Test("fixed-size sampling is never amplified as Poisson sampling would be")
  func fixedSize() throws {
    let fixed = PrivacyEvent(noiseMultiplier: 3, samplingRate: 0.1, sampling: .fixed, steps: 20)
    let poisson = PrivacyEvent(noiseMultiplier: 3, samplingRate: 0.1, steps: 20)
    let everyone = PrivacyEvent(noiseMultiplier: 3, steps: 20)
    // Another record takes the place of the missing one: two sensitivities.
    let twice = PrivacyEvent(noiseMultiplier: 1.5, steps: 20)
    let added = try guarantee(history: [fixed], delta: 1e-6)
    #expect(try added.epsilon == guarantee(history: [twice], delta: 1e-6).epsilon)
    #expect(added.assumptions.contains { $0.contains("without amplification") })
    let zeroed = try guarantee(history: [fixed], delta: 1e-6, neighbouring: .zeroOut)
    #expect(try zeroed.epsilon == guarantee(history: [everyone], delta: 1e-6).epsilon)
    let replaced = try guarantee(history: [fixed], delta: 1e-6, neighbouring: .replaceOne)
    let best = try guarantee(
      history: [poisson], delta: 1e-6, neighbouring: .replaceOne, unit: nil, accountant: .best,
      tolerance: 1e-2)
    #expect(replaced.epsilon > best.epsilon)
    #expect(replaced.epsilon < replaced.epsilonWithoutAmplification)
  }

  @Test("a rate without sampling is not amplification")
  func noSampling() throws {
    let event = PrivacyEvent(
      noiseMultiplier: 2, samplingRate: 0.01, sampling: PrivacyEvent.Sampling.none, steps: 5)
    let whole = PrivacyEvent(noiseMultiplier: 2, steps: 5)
    let found = try guarantee(history: [event], delta: 1e-5)
    #expect(try found.epsilon == guarantee(history: [whole], delta: 1e-5).epsilon)
    #expect(found.assumptions.contains { $0.contains("whatever the rate") })
  }

  @Test("assumptions name sampling, noise, clipping, unit and the count of releases")
  func assumptions() throws {
    let found = try guarantee(
      history: [Self.common], delta: 1e-5, unit: .client, accountant: .rdp)
    let text = found.assumptions.joined(separator: "\n")
    for part in [
      "Poisson sampling", "probability 0.01", "Gaussian noise", "1.1 times the clipping bound",
      "equal weight", "one client", "all 10000 releases",
    ] { #expect(text.contains(part), "\(part)") }
    #expect(found.accountant == "rdp")
    #expect(found.mu == nil)
    // dp-accounting's best order of its list for this configuration is 4.7.
    #expect(try abs(#require(found.order) - 4.7) < 0.15)
    #expect(found.epsilonWithoutAmplification > 1_000)
    #expect(found.unit == .client)
  }

  @Test("Laplace releases: pure sum, exact curve, sampling; the winner is named")
  func laplace() throws {
    let one = PrivacyEvent(mechanism: .laplace, noiseMultiplier: 2)
    let single = try guarantee(history: [one], delta: 0.01)
    // 1/b + 2·log(1 − δ) = 0.5 − 0.020100671707… , rounded up.
    #expect(single.epsilon == 0.4799 && single.accountant == "exact")
    let two = PrivacyEvent(mechanism: .laplace, noiseMultiplier: 2, steps: 2)
    let sum = try guarantee(history: [two], delta: 1e-9, accountant: .basic)
    #expect(sum.epsilon >= 1 && sum.epsilon <= 1.000001)
    #expect(try guarantee(history: [two], delta: 1e-9).epsilon <= sum.epsilon)
    let mixed = [two, PrivacyEvent(noiseMultiplier: 5, steps: 4)]
    let basic = try guarantee(history: mixed, delta: 1e-6, accountant: .basic)
    let gaussian = try guarantee(history: [mixed[1]], delta: 1e-6)
    #expect(abs(basic.epsilon - 1 - gaussian.epsilon) < 3e-6)
    let sampled = PrivacyEvent(
      mechanism: .laplace, noiseMultiplier: 2, samplingRate: 0.1, steps: 1)
    // log(1 + 0.1·(e^0.5 − 1)) = 0.06285…
    let amplified = try guarantee(history: [sampled], delta: 1e-12, accountant: .basic)
    #expect(abs(amplified.epsilon - 0.062855) < 2e-6)
  }

  @Test("the order of events and the way they are split do not matter")
  func order() throws {
    let a = PrivacyEvent(noiseMultiplier: 2, samplingRate: 0.05, steps: 100)
    let b = PrivacyEvent(noiseMultiplier: 3, samplingRate: 0.1, steps: 50)
    let c = PrivacyEvent(noiseMultiplier: 10, steps: 4)
    var halves = a
    halves.steps = 50
    func found(_ history: [PrivacyEvent]) throws -> PrivacyGuarantee {
      try guarantee(
        history: history, delta: 1e-6, neighbouring: .addOrRemoveOne, unit: nil,
        accountant: .best, tolerance: 1e-2)
    }
    let first = try found([a, b, c])
    #expect(try found([c, b, a]).epsilon == first.epsilon)
    #expect(try found([halves, c, b, halves]).epsilon == first.epsilon)
  }

  /// Laws over 40 seeded configurations. The loss-distribution bracket is compared end against
  /// end, because its width depends on the grid.
  @Test("more releases, less noise, more sampling and smaller δ never lower ε")
  func monotone() throws {
    var generator = SeededGenerator(state: 20_260_801)
    func random(_ low: Double, _ high: Double) -> Double {
      PortableMath.exp(
        Double.random(in: PortableMath.log(low)...PortableMath.log(high), using: &generator))
    }
    for _ in 0..<40 {
      let event = PrivacyEvent(
        noiseMultiplier: random(0.3, 20), samplingRate: random(1e-4, 0.9),
        steps: Int(random(1, 1e5)))
      let delta = random(1e-12, 1e-3)
      func bound(
        _ change: (inout PrivacyEvent) -> Void, _ delta: Double
      ) throws -> (rdp: Double, whole: Double) {
        var changed = event
        change(&changed)
        let rdp = try guarantee(history: [changed], delta: delta, accountant: .rdp)
        #expect(rdp.epsilon.isFinite && rdp.epsilon >= 0)
        return (rdp.epsilon, rdp.epsilonWithoutAmplification)
      }
      let base = try bound({ _ in }, delta)
      let worse = [
        try bound({ $0.steps = $0.steps * 5 / 4 + 1 }, delta),
        try bound({ $0.noiseMultiplier *= 0.9 }, delta),
        try bound({ $0.samplingRate = min(1, $0.samplingRate * 1.1) }, delta),
        try bound({ _ in }, delta / 10),
      ]
      for found in worse {
        #expect(found.rdp >= base.rdp)
        #expect(found.whole >= base.whole)
      }
      // Sampling helps, up to what RDP gives away against the closed form.
      var everyone = event
      everyone.samplingRate = 1
      everyone.sampling = .none
      let plain = try guarantee(history: [everyone], delta: delta, accountant: .rdp)
      #expect(base.rdp <= plain.epsilon)
      #expect(base.whole <= plain.epsilon)
    }
  }

  @Test("sandwich: loss-distribution lower ≤ upper ≤ RDP, and exact ≤ RDP")
  func sandwich() throws {
    var generator = SeededGenerator(state: 7)
    for _ in 0..<6 {
      let event = PrivacyEvent(
        noiseMultiplier: Double.random(in: 0.7...5, using: &generator),
        samplingRate: Double.random(in: 0.01...0.5, using: &generator),
        steps: Int.random(in: 1...300, using: &generator))
      let ledger = try ReleaseLedger([event], .addOrRemoveOne)
      let pld = try ledger.bound(.pld, delta: 1e-6, tolerance: 2e-2)
      let rdp = try ledger.bound(.rdp, delta: 1e-6, tolerance: 1)
      #expect(try #require(pld.lower) <= pld.epsilon && pld.epsilon <= rdp.epsilon)
      let exact = try ledger.unsampled.bound(.exact, delta: 1e-6, tolerance: 1)
      let whole = try ledger.unsampled.bound(.rdp, delta: 1e-6, tolerance: 1)
      #expect(exact.epsilon <= whole.epsilon && pld.epsilon <= exact.epsilon)
    }
  }

  @Test("extreme parameters give a number, quickly")
  func extremeParameters() throws {
    for noise in [1e-3, 0.04, 1, 1e6] {
      for rate in [1e-12, 0.5, 1] {
        for steps in [1, 1_000_000_000] {
          for delta in [1e-20, 0.3] {
            let event = PrivacyEvent(noiseMultiplier: noise, samplingRate: rate, steps: steps)
            let found = try guarantee(history: [event], delta: delta, accountant: .rdp)
            #expect(found.epsilon >= 0 && !found.epsilon.isNaN)
          }
        }
      }
    }
    // 1/σ² overflows: no finite ε, and no trap.
    let tiny = PrivacyEvent(noiseMultiplier: 1e-300, steps: 10)
    #expect(try guarantee(history: [tiny], delta: 1e-5).epsilon == .infinity)
    let faint = PrivacyEvent(mechanism: .laplace, noiseMultiplier: .leastNonzeroMagnitude, steps: 3)
    #expect(try guarantee(history: [faint], delta: 1e-5).epsilon == .infinity)
  }
}
