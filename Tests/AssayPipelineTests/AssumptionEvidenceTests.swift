import AssayEvidence
import AssayFiles
import AssayImport
import AssayPrivacy
import AssayRuns
import AssayTestSupport
import Testing

@testable import AssayPipeline

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("Assumptions in the evidence") struct AssumptionEvidenceTests {
  private static let names = PrivacyAssumption.allCases.map(\.rawValue)

  private func state(
    _ record: EvidenceRecord, _ arm: String, _ name: String
  ) throws -> Assumption {
    try #require(record.assumptions.first { $0.arm == arm && $0.name == name }, "\(name)")
  }

  private func fact(_ record: EvidenceRecord, _ id: EvidenceID) -> Evidence? {
    record.evidence.first { $0.id == id }
  }

  private func remaining(
    _ record: EvidenceRecord, _ arm: String, _ name: String
  ) -> Evidence? {
    fact(record, EvidenceID("epsilon_if_fails", arm: arm, scope: name))
  }

  /// Every assumption is listed, with a fact for its state and one for what remains.
  private func expectWhole(_ record: EvidenceRecord, _ arm: String) throws {
    let listed = record.assumptions.filter { $0.arm == arm }
    #expect(Array(listed.map(\.name).prefix(Self.names.count)) == Self.names)
    for assumption in listed.prefix(Self.names.count) {
      let flag = try #require(
        fact(record, EvidenceID("assumption", arm: arm, scope: assumption.name)))
      switch (assumption.state, flag.result) {
      case (.holds, .flag(true)), (.fails, .flag(false)), (.unknown, .missing): break
      default: Issue.record("\(assumption.name): \(assumption.state), \(flag.result)")
      }
      let left = try #require(remaining(record, arm, assumption.name))
      #expect(assumption.epsilonIfFails == left.id)
      switch left.result {
      case .guarantee, .missing: break
      default: Issue.record("\(left)")
      }
      for id in assumption.evidence { #expect(fact(record, id) != nil, "\(id)") }
    }
  }

  // MARK: - The engine

  @Test(
    "the engine's own arms list every assumption, for every mechanism",
    arguments: [
      "{clip: 1, noise_multiplier: 1, noise: system}",
      "{mechanism: tree, clip: 1, noise_multiplier: 4}",
      "{mechanism: local, clip: 1, noise_multiplier: 2}",
      "{unit: example, sampling_rate: 0.1, clip: 1, noise_multiplier: 1.1}",
      "{clip: 1, noise_multiplier: 1, simulated_cohort: 1000}",
    ])
  func engine(privacy: String) throws {
    let assessed = try PrivatePilot(privacy).assess()
    let record = assessed.assessment.record
    try expectWhole(record, "private")
    let isSimulated = privacy.contains("simulated")
    for name in ["clipping", "cohort", "weights", "releases"] {
      let expected: Assumption.State = !isSimulated ? .holds : name == "cohort" ? .fails : .unknown
      #expect(try state(record, "private", name).state == expected, "\(name)")
    }
    if isSimulated { return }
    // Two seeds are two runs over the same data; ε of both is that of the whole pilot.
    #expect(try state(record, "private", "tuning").state == .fails)
    #expect(
      remaining(record, "private", "tuning")?.value
        == fact(record, EvidenceID("epsilon_all_releases", arm: "run"))?.value)
    #expect(
      try state(record, "private", "randomness").state
        == (privacy.contains("system") ? .holds : .fails))
    #expect(remaining(record, "private", "randomness")?.value == .infinity)
    let required = ["DP-12", "DP-13", "DP-14"]
    let judged = assessed.assessment.findings.filter { required.contains($0.check.id) }
    #expect(judged.count == 3 && judged.allSatisfy { $0.verdict == .met })
  }

  /// 300 training rows of 10 persons are 30 rows each; the accountant is asked for that group directly.
  @Test("rows of persons are groups of rows")
  func group() throws {
    let assessed = try PrivatePilot(
      "{unit: example, sampling_rate: 0.1, clip: 1, noise_multiplier: 20}"
    ).assess()
    let record = assessed.assessment.record
    let unit = try state(record, "private", "unit")
    #expect(unit.state == .fails && unit.reason.contains("up to 30 rows"))
    let runs = try #require(assessed.arms["private"]?.runs)
    let records = runs.compactMap(\.run.privacy)
    let bounds = try records.map { one in
      let group = one.history.compactMap { $0.seen(byGroupOf: 30) }
      return min(
        try Accounted.epsilon(group, delta: one.delta ?? 0, .zeroOut),
        try groupGuarantee(
          size: 30, history: one.history, delta: one.delta ?? 0, neighbouring: .zeroOut
        ).epsilon)
    }
    #expect(remaining(record, "private", "unit")?.value == bounds.max())
    let finding = assessed.assessment.findings.first { $0.check.id == "DP-7" }
    #expect(finding?.verdict == .notMet)
  }

  @Test("what a pilot learns from its data is an assumption that fails")
  func preprocessing() throws {
    let declared = try PrivatePilot("{clip: 1, noise_multiplier: 1}").assess().assessment.record
    #expect(try state(declared, "private", "preprocessing").state == .holds)
    #expect(try state(declared, "private", "early_stopping").state == .holds)
  }

  // MARK: - Artifacts

  private struct NoFile: Error {}

  /// A file of the package's own.
  private func packageFile(_ path: String) throws -> [UInt8] {
    try PackageTree.root().read(path)
  }

  private func copy(
    _ fixture: String, files: [String], to folder: String,
    replacing edits: [(String, String)] = []
  ) throws {
    mkdir(folder, 0o755)
    for name in files {
      var text = String(
        decoding: try packageFile("Tests/AssayImportTests/Fixtures/\(fixture)/\(name)"),
        as: UTF8.self)
      for (old, new) in edits { text = text.replacing(old, with: new) }
      guard let file = fopen(folder + "/" + name, "w") else { throw NoFile() }
      fputs(text, file)
      fclose(file)
    }
  }

  private static let rdp = ["accountant_rdp.json", "config_rdp.json", "train_log_rdp.json"]
  private static let flower = [
    "flwr_run.log", "privacy_accountant.json", "privacy_spent.json", "result.json", "rounds.jsonl",
    "run_config.json",
  ]

  private func assess(
    _ fixture: String, _ files: [String], _ edits: [(String, String)] = []
  ) throws -> (record: EvidenceRecord, findings: [Finding], arm: String) {
    let folder = TestData.temporaryFolder() + "/artifact"
    try copy(fixture, files: files, to: folder, replacing: edits)
    let artifacts = ArtifactRuns(runs: try importRuns(from: folder, format: nil))
    let record = try artifacts.record(
      candidate: nil, baseline: nil, name: "artifact", environment: PrivatePilot.environment)
    let path = "checklists/pilot-readiness.yaml"
    let list = try Checklist.parse(bytes: try packageFile(path), path: path)
    let assessment = Assessment.make(
      record: record, statements: Statements(), checklist: list, profile: .crossSilo,
      stage: .release)
    #expect(!assessment.isGateMet)
    let arm = try #require(artifacts.folders.first?.folder)
    try expectWhole(record, arm)
    return (assessment.record, assessment.findings, arm)
  }

  private func verdict(_ findings: [Finding], _ id: String) -> Verdict? {
    findings.first { $0.check.id == id }?.verdict
  }

  @Test("an Opacus run that claims ε = 8, and one that claims too little")
  func opacusClaims() throws {
    let stated = "2.3788339259884816"
    let right = try assess("opacus", Self.rdp)
    #expect(verdict(right.findings, "DP-4") == .met && verdict(right.findings, "DP-4b") == .met)
    let high = try assess("opacus", Self.rdp, [(stated, "8.0")])
    #expect(verdict(high.findings, "DP-4") == .met && verdict(high.findings, "DP-4b") == .notMet)
    let reason = try #require(high.findings.first { $0.check.id == "DP-4b" }).reason
    #expect(reason.contains("ε = 8") && reason.contains("2.0555 (pld)") && reason.contains("above"))
    let low = try assess("opacus", Self.rdp, [(stated, "1.7032981952017139")])
    #expect(verdict(low.findings, "DP-4") == .notMet && verdict(low.findings, "DP-4b") == .notMet)
    let small = try #require(low.findings.first { $0.check.id == "DP-4" }).reason
    #expect(small.contains("too small") && small.contains("Gaussian limit"))
    let reading = fact(low.record, EvidenceID("claim_reading", arm: low.arm, scope: "gdp-clt"))
    #expect(abs((reading?.value ?? 0) - 1.703298195201707) < 1e-9)
    #expect(try state(low.record, low.arm, "claim").state == .fails)
  }

  @Test("what no record of Opacus shows is not assessed, and never met")
  func opacus() throws {
    let found = try assess("opacus", Self.rdp)
    for id in ["DP-5", "DP-6", "DP-7", "DP-12", "DP-14", "DP-16"] {
      #expect(verdict(found.findings, id) == .notAssessed, "\(id)")
    }
    #expect(verdict(found.findings, "DP-13") == .met)
    #expect(verdict(found.findings, "DP-10") == .notMet)
    #expect(verdict(found.findings, "DP-17") == .notMet)
  }

  @Test("fixed batches, missing steps and a person's rows are found in an Opacus run")
  func opacusFailures() throws {
    let batches = "[" + Array(repeating: "62", count: 47).joined(separator: ",") + "]"
    let fixed = try assess(
      "opacus", Self.rdp, [("\"epoch\": 1,", "\"epoch\": 1, \"batch_sizes\": \(batches),")])
    let sampling = try state(fixed.record, fixed.arm, "sampling")
    #expect(sampling.state == .fails && sampling.reason.contains("62 each time"))
    #expect(verdict(fixed.findings, "DP-5") == .notMet)
    // The headline does not keep an amplification that the records refute: T = 282, σ = 1.05, twice the move.
    let expected = try Accounted.epsilon(
      [PrivacyEvent(noiseMultiplier: 0.525, samplingRate: 1, steps: 282)], delta: 1e-5,
      .addOrRemoveOne)
    #expect(fact(fixed.record, EvidenceID("epsilon", arm: fixed.arm))?.value == expected)

    let more = try assess("opacus", Self.rdp, [("\"steps\": 282", "\"steps\": 564")])
    #expect(verdict(more.findings, "DP-13") == .notMet)
    let doubled = try Accounted.epsilon(
      [PrivacyEvent(noiseMultiplier: 1.05, samplingRate: 0.02127659574468085, steps: 564)],
      delta: 1e-5, .addOrRemoveOne)
    #expect(remaining(more.record, more.arm, "releases")?.value == doubled)

    let rows = try assess(
      "opacus", Self.rdp,
      [("\"seed\": 7", "\"max_examples_per_user\": 4, \"early_stopping\": true, \"n_trials\": 5")])
    for name in ["unit", "early_stopping", "tuning"] {
      #expect(try state(rows.record, rows.arm, name).state == .fails, "\(name)")
    }
    #expect(try state(rows.record, rows.arm, "randomness").state == .unknown)
    let shuffled = try assess(
      "opacus", Self.rdp, [("\"poisson_sampling\": true", "\"poisson_sampling\": false")])
    #expect(verdict(shuffled.findings, "DP-5") == .notMet)
    #expect(verdict(shuffled.findings, "DP-4") == .notMet)
  }

  @Test("a Flower run: rounds, weights and cohorts are read")
  func flowerRun() throws {
    let found = try assess("flower/dp", Self.flower)
    for name in ["sampling", "cohort", "weights", "releases", "early_stopping", "claim"] {
      #expect(try state(found.record, found.arm, name).state == .holds, "\(name)")
    }
    for name in ["clipping", "unit", "randomness", "tuning"] {
      #expect(try state(found.record, found.arm, name).state == .unknown, "\(name)")
    }
    // 11 releases, noise 1.1, twice the move; δ = 1e-3.
    let twice = try Accounted.epsilon(
      [PrivacyEvent(noiseMultiplier: 0.55, samplingRate: 1, steps: 11)], delta: 1e-3,
      .addOrRemoveOne)
    #expect(remaining(found.record, found.arm, "sampling")?.value == twice)
  }

  @Test("a Flower run that counts too few releases, weighs by rows or asks a fixed cohort")
  func flowerFailures() throws {
    let weighted = try assess(
      "flower/dp", Self.flower,
      [("\"num-examples\": 1, \"partition-id\": 3}", "\"num-examples\": 4, \"partition-id\": 3}")])
    #expect(verdict(weighted.findings, "DP-14") == .notMet)
    // One client of ten with weight 4, the others 1: 4 · 10/13.
    let heavy = try Accounted.epsilon(
      [PrivacyEvent(noiseMultiplier: 1.1 / (40.0 / 13), samplingRate: 1, steps: 11)], delta: 1e-3,
      .addOrRemoveOne)
    let left = try #require(remaining(weighted.record, weighted.arm, "weights")?.value)
    #expect(abs(left - heavy) < 1e-5)

    // All clients of round 7 failed; twelve rounds now are said to have released, and eleven are counted.
    let sampled = try assess(
      "flower/dp", Self.flower, [("\"no-amplification\"", "\"poisson\"")])
    let sampling = try state(sampled.record, sampled.arm, "sampling")
    #expect(sampling.state == .fails && sampling.reason.contains("10 each time"))
    #expect(verdict(sampled.findings, "DP-5") == .notMet)

    let claim = try assess(
      "flower/dp", Self.flower, [("14.493279128611237", "5.0")])
    #expect(verdict(claim.findings, "DP-4") == .notMet)
  }

  @Test("an artifact as an arm of a pilot lists its assumptions beside the engine's arms")
  func arm() throws {
    let pilot = try PrivatePilot(
      "{clip: 1, noise_multiplier: 1, noise: system}",
      more: "  - {name: theirs, from: theirs}\n")
    try copy(
      "opacus", files: Self.rdp, to: pilot.folder + "/theirs",
      replacing: [("2.3788339259884816", "8.0")])
    let assessed = try pilot.assess()
    try expectWhole(assessed.assessment.record, "theirs")
    try expectWhole(assessed.assessment.record, "private")
    let finding = assessed.assessment.findings.first { $0.check.id == "DP-4b" }
    #expect(finding?.verdict == .notMet)
    for name in ["dp-feasibility.html", "model-card.html"] {
      let file = try assessed.files(environment: PrivatePilot.environment).first {
        $0.path == name
      }
      let text = String(decoding: try #require(file).bytes, as: UTF8.self)
      if name == "dp-feasibility.html" {
        #expect(text.contains("epsilon_if_fails/theirs/clipping"))
        #expect(text.contains("The ε that theirs states"))
      }
    }
  }
}
