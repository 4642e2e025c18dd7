import AssayEvidence
import AssayRuns

/// What can truthfully be said about privacy: three sentences that are often confused, and the statement
/// of a guarantee with all it rests on.
struct PrivacyTexts {
  let index: EvidenceIndex

  private var assessment: Assessment { index.assessment }
  private var subject: Subject { index.subject }

  // MARK: - Three protections

  /// Where the data is, who could see an update, what the output can leak.
  var protections: [Protection] {
    [
      Protection(
        title: "Where the data is", sentence: dataSentence,
        limit: [
          "against anything an update reveals, nor against people who may read the data at a client."
        ], checks: states(["PC-1", "PC-2"])),
      Protection(
        title: "Who could see an update", sentence: updateSentence,
        limit: ["the sum itself, nor a client when all others collude."],
        checks: states(["SA-1", "SA-3", "SA-4"])),
      Protection(
        title: "What the output can leak", sentence: outputSentence,
        limit: [
          "facts that are true of whole groups, several units together, or the metrics in these documents."
        ], checks: states(["DP-1", "DP-2", "DP-3", "DP-5"])),
    ]
  }

  private var dataSentence: [Inline] {
    var text: [Inline] =
      switch subject.kind {
      case .pilot:
        [
          .plain(
            "In this run all rows were read in one place: the division into "
              + (subject.clientCount.map { Phrases.counted($0, "client") } ?? "clients")
              + " is a simulation. In a deployment of the same protocol rows stay with their client; model "
              + "updates and counts leave it.")
        ]
      case .ingested: ["The artifacts do not show where raw records were kept."]
      case .predictions:
        ["Only labels and scores were read; where raw records are kept is not known."]
      }
    if let stored = index.fact("raw_columns_stored", "run") {
      text += [" Feature or sensitive columns in the output: ", .value(stored), "."]
    }
    return text
  }

  private var updateSentence: [Inline] {
    var text: [Inline] = []
    if let secure = index.fact("secure_aggregation", "run") {
      switch secure.result {
      case .flag(true): text = ["Every round was aggregated securely: ", .value(secure), "."]
      case .flag: text = ["Not every round was aggregated securely: ", .value(secure), "."]
      default: text = ["Secure aggregation is ", .value(secure), "."]
      }
    } else {
      text = ["No record shows secure aggregation: the server could see each client’s update."]
    }
    switch assessment.statements.claimsSecureAggregation {
    case true?: text.append(" The pilot claims secure aggregation.")
    case false?: text.append(" The pilot does not claim secure aggregation.")
    case nil: text.append(" Nobody stated whether it is claimed.")
    }
    if let stored = index.fact("individual_updates_stored", "run") {
      text += [" Single clients’ updates in the output: ", .value(stored), "."]
    }
    return text
  }

  private var outputSentence: [Inline] {
    let names = [subject.candidate].compactMap { $0 } + index.privateArms.map(\.name)
    for name in names {
      guard let evidence = index.fact("epsilon", name) else { continue }
      guard case .guarantee(let guarantee) = evidence.result, guarantee.epsilon.isFinite else {
        return [.plain("Arm \(name): ")] + evidence.inlineLine + [". No finite bound."]
      }
      return [
        .plain("What anyone can learn from the model of arm "), .strong([.plain(name)]),
        .plain(" about \(Phrases.unit(guarantee.unit, clientIs: subject.clientIs)) is bounded: "),
      ] + evidence.inlineLine + [". Other arms have no such bound unless listed."]
    }
    return [
      "No bound: nothing here limits what the model and its outputs reveal about a row or client."
    ]
  }

  private func states(_ ids: [String]) -> [Inline] {
    let findings = ids.compactMap { index.finding($0) }
    guard !findings.isEmpty else { return [.soft(["No check of this gate concerns it."])] }
    return findings.enumerated().flatMap { position, finding -> [Inline] in
      (position == 0 ? [] : [.lineBreak]) + [
        Phrases.state(finding), " ",
        .link([.plain(finding.check.id)], to: .place(finding.check.id, in: .readiness)),
      ]
    }
  }

  // MARK: - Statement

  /// The paragraphs of a guarantee's statement; ε stands with unit, relation, δ and accountant.
  func statement(of arm: ArmSummary) -> [[Inline]] {
    guard let evidence = index.fact("epsilon", arm.name) else {
      return [["Arm ", .strong([.plain(arm.name)]), ": no ε is on record."]]
    }
    guard case .guarantee(let guarantee) = evidence.result else {
      return [["Arm ", .strong([.plain(arm.name)]), ": ε is "] + evidence.inlineLine + ["."]]
    }
    var first: [Inline] = [
      .plain("In run \(DisplayText.name(subject.name)), the mechanism of arm "),
      .strong([.plain(arm.name)]), " has ε ", .value(evidence), " at δ ",
      .plain(PrintedNumber.text(guarantee.delta, .probability)),
      .plain(
        " for \(Phrases.unit(guarantee.unit, clientIs: subject.clientIs)), when it is "
          + "\(Phrases.relation(guarantee.neighbouring)); accountant \(guarantee.accountant)"),
    ]
    if let order = guarantee.order {
      first.append(.plain(" at order \(PrintedNumber.text(order, .number))"))
    }
    first.append(", a certified upper bound rounded up.")
    if guarantee.epsilon.isInfinite { first.append(" That is no guarantee.") }
    var paragraphs = [first]
    let parameters = mechanism(arm)
    if !parameters.isEmpty { paragraphs.append(["Mechanism: "] + parameters + ["."]) }
    if !guarantee.assumptions.isEmpty {
      paragraphs.append([
        .plain(
          "It assumes: "
            + guarantee.assumptions.map { DisplayText.clean($0) }.joined(separator: "; ")
            + (guarantee.assumptions.last?.hasSuffix(".") == true ? "" : "."))
      ])
    }
    if let source = index.fact("noise_from_system", arm.name),
      case .flag(let isSystem) = source.result
    {
      paragraphs.append(
        isSystem
          ? [
            "Noise and sampling came from the operating system’s generator: ", .value(source), ".",
          ]
          : [
            .strong(["It describes the mechanism, not these weights."]),
            " Noise and sampling came from a recorded seed (from the system’s generator: ",
            .value(source), "): whoever knows the seed can take the noise away.",
          ])
    }
    paragraphs += amplification(arm, headline: evidence)
    let open = assessment.findings.filter {
      $0.check.id.hasPrefix("DP-") && ![.met, .notApplicable].contains($0.verdict)
    }
    if !open.isEmpty {
      paragraphs.append(
        [
          .strong(["Quote it only together with this sentence:"]),
          " checks of this statement are open: ",
        ]
          + open.enumerated().flatMap { position, finding -> [Inline] in
            (position == 0 ? [] : ["; "]) + [
              .link([.plain(finding.check.id)], to: .place(finding.check.id, in: .readiness)), " ",
              Phrases.state(finding),
            ]
          } + ["."])
    }
    return paragraphs
  }

  private func mechanism(_ arm: ArmSummary) -> [Inline] {
    let facts = [
      ("noise multiplier ", "noise_multiplier"), ("clip ", "clip"),
      ("sampling rate ", "sampling_rate"),
      ("releases ", "releases"), ("population ", "population"),
    ]
    var text: [Inline] = []
    for (words, metric) in facts {
      guard let evidence = index.fact(metric, arm.name) else { continue }
      text += (text.isEmpty ? [] : [", "]) + [.plain(words), .value(evidence)]
    }
    return text
  }

  private func amplification(_ arm: ArmSummary, headline: Evidence) -> [[Inline]] {
    guard let amplified = index.fact("epsilon_amplified", arm.name), amplified.isKnown,
      amplified.value != headline.value
    else { return [] }
    let state =
      switch assessment.statements.participationIsHidden {
      case true?: "The pilot states that nobody can see it."
      case false?: "The pilot states that it can be seen."
      case nil: "Nobody stated whether it can be seen, so the headline does not use it."
      }
    return [
      ["With amplification by sampling: "] + amplified.inlineLine + [
        .plain(". That holds only while nobody can see who takes part in a round. \(state)")
      ]
    ]
  }

  /// What no ε of this run covers, in sentences.
  var notCovered: [[Inline]] {
    var items = assessment.record.ledger.filter { !$0.isCovered }.map { entry -> [Inline] in
      [
        .strong([.plain(DisplayText.clean(entry.release))]),
        .plain(": \(DisplayText.clean(entry.reason))"),
      ]
    }
    if items.isEmpty {
      items.append([
        "The ledger names nothing that was released outside of ε; tuning before this run is not known."
      ])
    }
    return items
  }

  /// The ledger of releases, then the sums over all releases.
  var ledger: Table {
    var rows = assessment.record.ledger.map { entry -> Table.Row in
      let state: Inline =
        entry.isCovered
        ? .state(.met, word: "covered", check: nil) : .state(.not, word: "not covered", check: nil)
      return Table.Row(
        [.plain(DisplayText.clean(entry.release))],
        [
          Table.Cell([state]),
          Cells.guarantee(entry.epsilon.flatMap { assessment.evidence($0) }),
          Cells.words(DisplayText.clean(entry.reason)),
        ])
    }
    for name in index.privateArms.map(\.name) + ["run"] {
      guard let evidence = index.fact("epsilon_all_releases", name) else { continue }
      rows.append(
        Table.Row(
          [
            .strong([
              .plain(
                name == "run" ? "All private arms and seeds together" : "All releases of \(name)")
            ])
          ],
          [
            Table.Cell([.state(.met, word: "covered", check: nil)]), Cells.guarantee(evidence),
            Cells.words("composed over every release listed for it"),
          ]))
    }
    return Table(
      ["What was released, and what ε covers"],
      columns: [.init("Release"), .init("State"), .init("ε"), .init("Why")], rows: rows, text: true,
      wide: true)
  }
}
