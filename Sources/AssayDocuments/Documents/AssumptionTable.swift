import AssayEvidence

/// What a guarantee rests on: each assumption with its state in words, why, and the ε that remains if it fails.
struct AssumptionTable {
  let index: EvidenceIndex

  private var assumptions: [Assumption] { index.record.assumptions }

  /// The section of the feasibility report: all private arms, then the stated ε beside other ways of counting.
  var section: DocumentSection? {
    guard !assumptions.isEmpty else { return nil }
    return DocumentSection(
      "assumptions", "Assumptions",
      [
        .note([
          .strong(["Holds"]), ": read in the run’s records. ", .strong(["Fails"]),
          ": they contradict it. ",
          .strong(["Unknown"]), ": they do not tell, and it does not count as holding.",
        ]),
        .table(
          Table(
            [
              .plain(
                "What ε rests on, and what remains if it fails: each ε for the failure of that one assumption; "
                  + "where two fail, less remains")
            ],
            columns: [
              .init("Assumption"), .init("Arm"), .init("State"), .init("Why"),
              .init("ε if it fails"),
            ],
            rows: groups.map { first, arms in
              Table.Row(
                [.plain(DisplayText.clean(first.statement))],
                [
                  Cells.words(Phrases.listed(arms.map { DisplayText.name($0) })), state(first),
                  why(first), remaining(first),
                ])
            }, text: true, wide: true)),
      ] + claims)
  }

  /// The table of one arm in the model card.
  func blocks(of arm: ArmSummary) -> [Block] {
    let own = assumptions.filter { $0.arm == arm.name }
    guard !own.isEmpty else { return [] }
    let failing = own.count { $0.state == .fails }
    let unknown = own.count { $0.state == .unknown }
    return [
      .paragraph([
        .plain(
          "Of \(own.count) assumptions \(own.count - failing - unknown) hold by the records, \(failing) fail and "
            + "\(unknown) are unknown.")
      ]),
      .table(
        Table(
          ["What that ε rests on, and what remains if one of them fails"],
          columns: [
            .init("Assumption"), .init("State"), .init("Why"),
            .init("ε if it fails"),
          ],
          rows: own.map {
            Table.Row(
              [.plain(DisplayText.clean($0.statement))],
              [state($0), Cells.words(DisplayText.clean($0.reason)), remaining($0)])
          }, text: true, wide: true)),
    ]
  }

  /// One row for all arms of which the same is said, rows of one assumption together.
  private var groups: [(first: Assumption, arms: [String])] {
    var groups: [(first: Assumption, arms: [String])] = []
    for assumption in assumptions {
      let same = groups.firstIndex { group in
        group.first.statement == assumption.statement && group.first.state == assumption.state
          && group.first.reason == assumption.reason
          && fact(group.first)?.result == fact(assumption)?.result
          && fact(group.first)?.note == fact(assumption)?.note
      }
      if let same {
        groups[same].arms.append(assumption.arm)
      } else if let last = groups.lastIndex(where: { $0.first.statement == assumption.statement }) {
        groups.insert((assumption, [assumption.arm]), at: last + 1)
      } else {
        groups.append((assumption, [assumption.arm]))
      }
    }
    return groups
  }

  private func fact(_ assumption: Assumption) -> Evidence? {
    assumption.epsilonIfFails.flatMap { index.assessment.evidence($0) }
  }

  private func state(_ assumption: Assumption) -> Table.Cell {
    let (mark, word) = Phrases.mark(assumption.state)
    return Table.Cell([.state(mark, word: word, check: nil)])
  }

  private func why(_ assumption: Assumption) -> Table.Cell {
    let facts = assumption.evidence.compactMap { index.assessment.evidence($0) }
      .filter { if case .missing = $0.result { false } else { true } }
    var small: [Inline] = []
    for fact in facts {
      small += small.isEmpty ? ["Rests on: "] : ["; "]
      small += [.plain(DisplayText.clean(fact.title)), " ", .value(fact)]
    }
    return Table.Cell([.plain(DisplayText.clean(assumption.reason))], small: small)
  }

  private func remaining(_ assumption: Assumption) -> Table.Cell {
    guard let fact = fact(assumption) else {
      return Cells.words(
        assumption.epsilonIfFails == nil ? "not computed" : "no finite bound known")
    }
    // What cannot be computed says so itself.
    if case .missing(let reason) = fact.result { return Cells.words(DisplayText.clean(reason)) }
    return Cells.conditionalGuarantee(fact)
  }

  // MARK: - Stated ε

  /// A stated ε beside what its releases give by other ways of counting.
  private var claims: [Block] {
    index.privateArms.flatMap { arm -> [Block] in
      guard let claimed = index.fact("epsilon_claimed", arm.name) else { return [] }
      let readings = index.record.evidence.filter {
        $0.id.metric == "claim_reading" && $0.id.arm == arm.name
      }
      let facts =
        [claimed]
        + ["epsilon_claim_holds", "epsilon_claim_agrees"].compactMap { index.fact($0, arm.name) }
        + readings
      return [
        .table(
          Table(
            [
              .plain(
                "The ε that \(DisplayText.name(arm.name)) states, and what other ways of counting give for the "
                  + "same releases")
            ],
            columns: [.init("What"), .init("ε", numeric: true), .init("Remark")],
            rows: facts.map {
              Table.Row(
                [.plain(DisplayText.clean($0.title))],
                [
                  Table.Cell([.value($0)]),
                  Cells.words($0.note.map { DisplayText.clean($0) } ?? ""),
                ])
            }, text: true, wide: true))
      ]
    }
  }
}
