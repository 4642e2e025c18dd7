import AssayPrivacy
import AssayRuns
import Testing

@testable import AssayPipeline

/// 100 seeds of larger trainings are in Docs/privacy-audit.md; these are a few.
@Suite struct EngineCanariesTests {
  private func study(_ unit: EngineCanaries.Unit, _ fault: EngineCanaries.Fault) -> EngineCanaries {
    EngineCanaries(canaries: 200, unit: unit, rounds: 3, noiseMultiplier: 2, fault: fault)
  }

  private func flagged(_ study: EngineCanaries, _ method: AuditMethod) throws -> Int {
    try (1...4).count { seed in
      let (attack, claim) = try study.run(seed: seed)
      let epsilon = try guarantee(history: claim, delta: 1e-5).epsilon
      return try audit(
        attack, method: method, delta: 1e-5, claim: .init(epsilon: epsilon, source: "releases")
      ).verdict == .contradicted
    }
  }

  @Test("models of the engine are not shown to give away more than is certified")
  func honest() throws {
    for unit in [EngineCanaries.Unit.client(rate: 1), .client(rate: 0.3), .example(rate: 0.2)] {
      for method in [AuditMethod.oneRun, .oneRunGaussian] {
        #expect(try flagged(study(unit, .none), method) == 0)
      }
      #expect(try flagged(study(unit, .none), .whiteBox) <= 1)
    }
  }

  @Test("clipping switched off behind the accountant's back is noticed")
  func unclipped() throws {
    #expect(try flagged(study(.client(rate: 1), .noClipping), .whiteBox) == 4)
    #expect(try flagged(study(.client(rate: 1), .noClipping), .oneRunGaussian) == 4)
  }

  /// Origin: by hand. Three rounds of everybody with noise 2.
  @Test("the claim is what the engine would record")
  func claim() throws {
    let found = try study(.client(rate: 1), .halvedNoise).run(seed: 1)
    #expect(
      found.claim == [
        PrivacyEvent(
          noiseMultiplier: 2, samplingRate: 1, sampling: PrivacyEvent.Sampling.none, steps: 3)
      ])
    let rows = try study(.example(rate: 0.2), .none).run(seed: 1)
    #expect(rows.claim.map(\.steps) == [15] && rows.claim.map(\.samplingRate) == [0.2])
  }
}
