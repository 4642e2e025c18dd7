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
        limit: updateLimit,
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
              + " is a simulation. In a deployment of the same protocol rows would stay with their "
              + "client, and model updates and counts would leave it.")
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

  private var updateLimit: [Inline] {
    if case .flag(true)? = index.fact("secure_aggregation", "run")?.result {
      return ["the sum itself, nor a client when all others collude."]
    }
    return [
      "a single update: without secure aggregation on record the server could read each one."
    ]
  }

  private var outputSentence: [Inline] {
    var text: [Inline] = []
    let candidate = index.arm(subject.candidate)
    if let candidate, !candidate.isPrivate {
      text += [
        "Nothing here limits what the model of arm ",
        .strong([.plain(DisplayText.name(candidate.name))]),
        " and its outputs reveal about a row or client.",
      ]
    }
    let arms =
      index.privateArms.filter { $0.name == candidate?.name }
      + index.privateArms.filter { $0.name != candidate?.name }
    guard let arm = arms.first(where: { index.fact("epsilon", $0.name) != nil }),
      let evidence = index.fact("epsilon", arm.name)
    else {
      return text.isEmpty
        ? [
          "No bound: nothing here limits what the model and its outputs reveal about a row or client."
        ]
        : text
    }
    let name = Inline.strong([.plain(DisplayText.name(arm.name))])
    let space: [Inline] = text.isEmpty ? [] : [" "]
    guard case .guarantee(let guarantee) = evidence.result, guarantee.epsilon.isFinite else {
      return text + space + ["Arm ", name, ": "] + evidence.inlineLine + [". No finite bound."]
    }
    text +=
      space + [
        "The mechanism of arm ", name,
        .plain(
          " bounds what its noised releases reveal about "
            + "\(Phrases.unit(guarantee.unit, of: subject)): "),
      ]
    text += evidence.inlineLine + [" for one run"]
    if let plain = index.fact("epsilon_without_amplification", arm.name),
      plain.value != evidence.value
    {
      text += [" (without amplification by sampling ε ", .value(plain), ")"]
    }
    if let all = index.fact("epsilon_all_releases", arm.name), all.isKnown {
      text += ["; "] + all.inlineLine + [" for all its runs together"]
    }
    switch index.fact("noise_from_system", arm.name)?.result {
    case .flag(true)?: text.append(". Its noise came from the operating system’s generator")
    case .flag?:
      text.append(". Its noise came from a recorded seed, so these weights are not protected")
    default: text.append(". Where its noise came from is not recorded")
    }
    return text + [". Other arms have no such bound unless listed."]
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
        " for \(Phrases.unit(guarantee.unit, of: subject)), when it is "
          + "\(Phrases.relation(guarantee.neighbouring)), over one run; accountant \(guarantee.accountant)"
      ),
    ]
    if let order = guarantee.order {
      first.append(.plain(" at order \(PrintedNumber.text(order, .number))"))
    }
    first.append(", an upper bound rounded up.")
    if let note = evidence.note {
      first.append(.plain(" It is stated \(DisplayText.clean(note))."))
    }
    if guarantee.epsilon.isInfinite { first.append(" That is no guarantee.") }
    var paragraphs = [first]
    paragraphs += amplification(arm, headline: evidence)
    paragraphs.append(allReleases(arm))
    if let promise = index.fact("privacy_mechanism", arm.name) {
      paragraphs.append(["What it hides, and from whom: ", .value(promise), "."])
    }
    let parameters = mechanism(arm)
    if !parameters.isEmpty { paragraphs.append(["Mechanism: "] + parameters + ["."]) }
    if let source = index.fact("noise_from_system", arm.name),
      case .flag(let isSystem) = source.result
    {
      paragraphs.append(
        isSystem
          ? [
            "Noise and sampling came from the operating system’s generator: ", .value(source), ".",
          ]
          : [
            .strong(["The guarantee describes the mechanism, not these weights."]),
            " Noise and sampling came from a recorded seed (from the system’s generator: ",
            .value(source), "): whoever knows the seed can take the noise away.",
          ])
    }
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

  /// What the accountant took for granted, one sentence each.
  func assumptions(of arm: ArmSummary) -> [[Inline]] {
    guard case .guarantee(let guarantee)? = index.fact("epsilon", arm.name)?.result else {
      return []
    }
    return guarantee.assumptions.map { text in
      let sentence = Phrases.tidied(DisplayText.clean(text))
      return [.plain(sentence.hasSuffix(".") ? sentence : sentence + ".")]
    }
  }

  /// The statement set off, then what it assumes.
  func statementBlocks(of arm: ArmSummary) -> [Block] {
    let assumed = assumptions(of: arm)
    return [.box(statement(of: arm))]
      + (assumed.isEmpty ? [] : [.paragraph(["The statement assumes:"]), .list(assumed)])
  }

  /// ε of everything that was released, and what no ε covers.
  private func allReleases(_ arm: ArmSummary) -> [Inline] {
    var text: [Inline] = []
    for (metric, words) in [
      (arm.name, "All runs of this arm together have "),
      ("run", "All arms that add noise, with all their runs, together have "),
    ] {
      guard let evidence = index.fact("epsilon_all_releases", metric) else { continue }
      guard case .guarantee = evidence.result else {
        text += [.plain(words), "ε "] + evidence.inlineLine + [". "]
        continue
      }
      text += [.plain(words)] + evidence.inlineLine + [". "]
    }
    return text + [
      "No ε covers arms without noise, metrics by round, or the evaluation results in these documents."
    ]
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
    guard let amplified = index.fact("epsilon_amplified", arm.name), amplified.isKnown else {
      return []
    }
    let note = amplified.note.map { DisplayText.clean($0) }
    let condition =
      note.flatMap { $0.hasPrefix("holds only") ? "It \($0)." : nil }
      ?? "It holds only while nobody can see who takes part in a round."
      + (note.map { " Note: \($0)." } ?? "")
    var isOfRows = false
    if case .guarantee(let guarantee) = headline.result { isOfRows = guarantee.unit == .example }
    let state =
      switch isOfRows ? nil : assessment.statements.participationIsHidden {
      case _ where isOfRows:
        "Nobody stated whether the rows of a batch can be seen; what the pilot states is about clients."
      case true?: "The pilot states that nobody can see it."
      case false?: "The pilot states that it can be seen."
      case nil: "Nobody stated whether it can be seen, so the headline does not use it."
      }
    var text: [Inline] =
      ["With amplification by sampling: "] + amplified.inlineLine
      + [.plain(". \(condition) \(state)")]
    if let plain = index.fact("epsilon_without_amplification", arm.name),
      plain.value != headline.value
    {
      text += [" Without it: "] + plain.inlineLine + ["."]
    }
    return [text]
  }
}
