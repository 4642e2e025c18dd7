import AssayEvidence
import AssayPrivacy
import AssayRuns
import Testing

@testable import AssayPipeline

/// The accountant, asked directly.
enum Accounted {
  static func epsilon(
    _ history: [PrivacyEvent], delta: Double, _ relation: NeighbouringRelation
  ) throws -> Double {
    try guarantee(history: history, delta: delta, neighbouring: relation, unit: nil).epsilon
  }
}

@Suite("Privacy in the evidence") struct PrivacyEvidenceTests {
  private func fact(_ assessed: AssessedPilot, _ metric: String, _ arm: String = "private")
    -> Evidence?
  {
    assessed.assessment.record.evidence.first { $0.id == EvidenceID(metric, arm: arm) }
  }

  private func records(_ assessed: AssessedPilot, _ arm: String = "private") -> [PrivacyRecord] {
    assessed.arms[arm]?.runs.compactMap(\.run.privacy) ?? []
  }

  struct Case: CustomTestStringConvertible, Sendable {
    var privacy: String
    var kind: PrivacyMechanism
    var isAmplified: Bool
    var testDescription: String { privacy }
  }

  /// `client_is: person`, so participation counts as hidden unless the statements say otherwise.
  static let cases = [
    Case(privacy: "{clip: 1, noise_multiplier: 1}", kind: .sum, isAmplified: true),
    Case(
      privacy: "{clip: {initial: 0.2, count_noise: 2}, noise_multiplier: 1}", kind: .sum,
      isAmplified: true),
    Case(
      privacy: "{mechanism: tree, clip: 1, noise_multiplier: 4}", kind: .tree, isAmplified: false),
    Case(
      privacy: "{mechanism: local, clip: 1, noise_multiplier: 2}", kind: .local, isAmplified: false),
    Case(
      privacy: "{unit: example, sampling_rate: 0.1, clip: 1, noise_multiplier: 1.1}",
      kind: .example, isAmplified: true),
  ]

  @Test(
    "ε is the accountant's for the recorded releases, and verify finds it again", arguments: cases)
  func epsilon(_ item: Case) throws {
    let pilot = try PrivatePilot(item.privacy)
    let assessed = try pilot.assess()
    let records = records(assessed)
    #expect(records.count == 2)
    for record in records {
      #expect(record.mechanism == item.kind)
      #expect(record.unit == item.kind.unit && record.neighbouring == item.kind.neighbouring)
      #expect(record.population == (item.kind == .example ? 300 : 10))
      #expect(!record.history.isEmpty)
    }
    let delta = try #require(records[0].delta)
    let worst = try records.map {
      try Accounted.epsilon($0.history, delta: delta, item.kind.neighbouring)
    }.max()
    let headline = try #require(fact(assessed, "epsilon"))
    #expect(headline.value == worst)
    guard case .guarantee(let guarantee) = headline.result else {
      Issue.record("no guarantee")
      return
    }
    #expect(guarantee.unit == item.kind.unit)
    #expect(guarantee.neighbouring == item.kind.neighbouring)
    #expect(
      (guarantee.epsilon < guarantee.epsilonWithoutAmplification) == item.isAmplified)
    let together = try Accounted.epsilon(
      records.flatMap(\.history), delta: delta, item.kind.neighbouring)
    #expect(fact(assessed, "epsilon_all_releases")?.value == together)
    #expect(fact(assessed, "epsilon_all_releases", "run")?.value == together)
    #expect((fact(assessed, "epsilon_amplified") != nil) == (item.kind == .sum))
    for metric in ["privacy_statement_complete", "sampling_as_accounted", "noise_as_planned"] {
      guard case .flag(true)? = fact(assessed, metric)?.result else {
        Issue.record("\(metric) does not hold")
        continue
      }
    }
    #expect(fact(assessed, "clipped_fraction")?.value != nil)

    _ = try runPilot(
      at: pilot.path, output: pilot.output, judging: JudgingChoice(),
      environment: PrivatePilot.environment)
    let verified = try verify(folder: pilot.output, environment: PrivatePilot.environment)
    #expect(verified.differences == [])
  }

  @Test("a guarantee assumes what its mechanism does")
  func assumptions() throws {
    func sentences(_ privacy: String) throws -> [String] {
      guard
        case .guarantee(let found)? = fact(try PrivatePilot(privacy).assess(), "epsilon")?.result
      else { return [] }
      return found.assumptions
    }
    let tree = try sentences(Self.cases[2].privacy)
    #expect(
      tree.first?.hasPrefix("Every node of the tree carries fresh Gaussian noise of ") == true)
    #expect(tree.first?.contains("deviation 4.0 times") == true)
    let local = try sentences(Self.cases[3].privacy)
    #expect(local.first?.hasPrefix("Every client adds fresh Gaussian noise of ") == true)
    for found in [tree, local] {
      #expect(found.count > 4)
      #expect(!found.contains { $0.contains("added to the sum before") })
      #expect(
        !found.contains { $0.hasPrefix("One client adds at most") && $0.contains("sum of one") })
    }
    #expect(try sentences(Self.cases[0].privacy)[0].contains("added to the sum before"))
  }

  @Test("where participation can be seen, only sampling of clients stops to count")
  func visible() throws {
    let seen = "participation: {hidden: false}\n"
    func values(_ privacy: String) throws -> (hidden: Double?, seen: Double?) {
      (
        fact(try PrivatePilot(privacy).assess(), "epsilon")?.value,
        fact(try PrivatePilot(privacy, statements: seen).assess(), "epsilon")?.value
      )
    }
    for item in Self.cases where item.kind != .sum {
      let found = try values(item.privacy)
      #expect(found.hidden != nil && found.hidden == found.seen, "\(item.privacy)")
    }
    let sum = try values(Self.cases[0].privacy)
    #expect((sum.seen ?? 0) > (sum.hidden ?? .infinity))
  }

  @Test("a simulated cohort is no guarantee, in no fact and in no check")
  func simulated() throws {
    let pilot = try PrivatePilot("{clip: 1, noise_multiplier: 1, simulated_cohort: 1000}")
    let assessed = try pilot.assess()
    let reason =
      "not a guarantee: the noise is that of a simulated cohort of 1000 clients a round, and 4 trained"
    for metric in ["epsilon", "epsilon_all_releases"] {
      #expect(fact(assessed, metric)?.result == .missing(reason: reason))
    }
    // What really ran is in the record: 1 · 4/1000.
    #expect(records(assessed).map { $0.history.map(\.noiseMultiplier) } == [[0.004], [0.004]])
    for evidence in assessed.assessment.record.evidence {
      if case .guarantee = evidence.result { Issue.record("\(evidence.id) is a guarantee") }
    }
    let judged = assessed.assessment.findings.filter { $0.check.id.hasPrefix("DP-") }
    #expect(judged.count > 8)
    #expect(!judged.contains { $0.verdict == .met }, "\(judged.filter { $0.verdict == .met })")
    #expect(assessed.pilot.candidateArm == "federated")
    #expect(assessed.assessment.record.feasibility?.verdict == .notAssessed)
    let note = "private: \(reason)."
    #expect(assessed.assessment.record.subject.notes.contains(note))
    for file in try assessed.files(environment: PrivatePilot.environment)
    where file.path.hasSuffix(".html") && file.path != "evaluation.html" {
      let text = String(decoding: file.bytes, as: UTF8.self)
      #expect(text.contains("not a guarantee"), "\(file.path)")
    }
    _ = try runPilot(
      at: pilot.path, output: pilot.output, judging: JudgingChoice(),
      environment: PrivatePilot.environment)
    #expect(
      try verify(folder: pilot.output, environment: PrivatePilot.environment).differences == [])
  }

  /// Zero-out is what all client-level relations imply: the sum, the tree and local privacy together.
  @Test("arms of several mechanisms compose under zero-out; rows and clients do not")
  func together() throws {
    let tree = """
        - name: tree
          extends: federated
          privacy: {mechanism: tree, clip: 1, noise_multiplier: 4, noise: system}
        - name: own
          extends: federated
          privacy: {mechanism: local, clip: 1, noise_multiplier: 2, noise: system}

      """
    let clients = try PrivatePilot(
      "{clip: 1, noise_multiplier: 1, noise: system}", more: tree
    ).assess()
    let all = ["private", "tree", "own"].flatMap { records(clients, $0) }
    let expected = try Accounted.epsilon(
      all.flatMap(\.history), delta: all[0].delta ?? 0, .zeroOut)
    #expect(fact(clients, "epsilon_all_releases", "run")?.value == expected)
    // The feasibility of one promise is not read off the ε of another.
    let feasibility = try #require(clients.assessment.record.feasibility)
    #expect(feasibility.points.map(\.arm) == ["private"])
    let leftOut = feasibility.explanation.filter { $0.hasPrefix("Left out here") }
    #expect(leftOut.count == 1 && leftOut[0].contains("relation: tree, own."))

    let rows = """
        - name: rows
          extends: federated
          privacy: {unit: example, sampling_rate: 0.1, clip: 1, noise_multiplier: 1, noise: system}

      """
    let mixed = try PrivatePilot(
      "{clip: 1, noise_multiplier: 1, noise: system}", more: rows
    ).assess()
    #expect(
      fact(mixed, "epsilon_all_releases", "run")?.result
        == .missing(reason: "some arms protect clients and some rows, and their ε do not add up"))
  }

  /// Two sums with the same update and the same noise vector, of sizes a and b, give the update away:
  /// (b·r₁ − a·r₂)/(b − a).
  @Test("arms that share the noise of a seed have no ε together")
  func sharedNoise() throws {
    let more = """
        - name: noisier
          extends: federated
          privacy: {clip: 1, noise_multiplier: 2}

      """
    let both = try PrivatePilot("{clip: 1, noise_multiplier: 1}", more: more).assess()
    guard case .missing(let reason)? = fact(both, "epsilon_all_releases", "run")?.result else {
      Issue.record("an ε was stated")
      return
    }
    #expect(reason.hasPrefix("arms of one seed share noise and cohorts"))
    #expect(fact(both, "epsilon", "noisier")?.value != nil)
  }

  @Test("an adaptive clip is named as the first one, and the run holds all of them")
  func adaptive() throws {
    let assessed = try PrivatePilot(Self.cases[1].privacy).assess()
    #expect(
      fact(assessed, "clip")?.note == "the first one; it then follows the 0.5 quantile of the norms"
    )
    let run = try #require(assessed.arms["private"]?.runs.first?.run)
    #expect(run.details["clips"]?.array?.count == 4)
    #expect(run.parameters["count_noise"]?.double == 2)
    #expect(run.parameters["clip_quantile"]?.double == 0.5)
    #expect(fact(assessed, "noise_per_coordinate") == nil)
  }

  @Test("noise of the system is stated for every mechanism", arguments: cases)
  func system(_ item: Case) throws {
    let privacy = item.privacy.dropLast() + ", noise: system}"
    let assessed = try PrivatePilot(String(privacy)).assess()
    #expect(records(assessed).allSatisfy { $0.noiseSource == .system })
    #expect(fact(assessed, "noise_from_system")?.result == .flag(true))
    #expect(fact(assessed, "epsilon")?.value != nil)
  }
}
