import AssayEvidence

/// What was released, and which of it an ε covers.
extension PrivacyTexts {
  /// What no ε of this run covers, in sentences.
  var notCovered: [[Inline]] {
    uncovered.map { item in
      [.strong([.plain(item.release)]), .plain(" (\(item.reason))")]
    } + [["Tuning and other uses of the same data outside of this record are not known here."]]
  }

  /// Releases outside of ε: those of the ledger, and arms and results that it does not name.
  private var uncovered: [(release: String, reason: String)] {
    Self.grouped(index.record.ledger.filter { !$0.isCovered }).map {
      ($0.release, DisplayText.clean($0.entry.reason))
    } + unnamed
  }

  /// Lines of the ledger that say the same of several arms or runs as one line: `a, b and c: final weights`.
  private static func grouped(
    _ entries: [LedgerEntry]
  ) -> [(release: String, entry: LedgerEntry)] {
    var groups: [(owners: [String], what: String, entry: LedgerEntry)] = []
    for entry in entries {
      let parts = DisplayText.clean(entry.release).split(separator: ": ", maxSplits: 1)
      let (owner, what) =
        parts.count == 2 ? (String(parts[0]), ": \(parts[1])") : ("", String(parts.joined()))
      let same = groups.firstIndex { group in
        !owner.isEmpty && group.what == what && group.entry.reason == entry.reason
          && group.entry.isCovered == entry.isCovered && group.entry.epsilon == entry.epsilon
      }
      if let same {
        groups[same].owners.append(owner)
      } else {
        groups.append(([owner], what, entry))
      }
    }
    return groups.map { (Phrases.listed($0.owners) + $0.what, $0.entry) }
  }

  private var unnamed: [(release: String, reason: String)] {
    let ledger = index.record.ledger
    let named = Set(ledger.compactMap(\.arm))
    var items = index.arms.filter { !named.contains($0.name) }.map { arm in
      arm.isPrivate
        ? (
          "\(DisplayText.name(arm.name)): weights and metrics by round", "no ε is on record for it"
        )
        : (
          "\(DisplayText.name(arm.name)): weights and metrics by round",
          "no noise is on record for it"
        )
    }
    if !ledger.contains(where: { $0.arm == nil && !$0.isCovered }) {
      items.append(("evaluation results in these documents", "computed and printed without noise"))
    }
    return items
  }

  /// The ledger of releases, then the sums over all releases.
  /// - Parameter coveredOnly: Leaves out what no ε covers, where a list of it follows.
  func ledger(coveredOnly: Bool = false) -> Table {
    var rows = Self.grouped(index.record.ledger.filter { $0.isCovered || !coveredOnly }).map {
      release, entry -> Table.Row in
      let state: Inline =
        entry.isCovered
        ? .state(.met, word: "covered", check: nil) : .state(.not, word: "not covered", check: nil)
      return Table.Row(
        [.plain(release)],
        [
          Table.Cell([state]),
          Cells.guarantee(entry.epsilon.flatMap { index.assessment.evidence($0) }),
          Cells.words(DisplayText.clean(entry.reason)),
        ])
    }
    rows += (coveredOnly ? [] : unnamed).map { item in
      Table.Row(
        [.plain(item.release)],
        [
          Table.Cell([.state(.not, word: "not covered", check: nil)]), Cells.guarantee(nil),
          Cells.words(item.reason),
        ])
    }
    let entered = Set(index.record.ledger.compactMap(\.epsilon))
    for name in index.privateArms.map(\.name) + ["run"] {
      guard let evidence = index.fact("epsilon_all_releases", name),
        !entered.contains(evidence.id)
      else { continue }
      let isFinite = evidence.value?.isFinite ?? false
      guard isFinite || !coveredOnly else { continue }
      rows.append(
        Table.Row(
          [
            .strong([
              .plain(
                name == "run"
                  ? "All arms that add noise, all runs together"
                  : "All runs of \(DisplayText.name(name))")
            ])
          ],
          [
            Table.Cell([
              isFinite
                ? .state(.met, word: "covered", check: nil)
                : .state(.not, word: "not covered", check: nil)
            ]), Cells.guarantee(evidence),
            Cells.words(
              name == "run"
                ? "composed over the noised releases of all arms"
                : "composed over every noised release of the arm"),
          ]))
    }
    return Table(
      [coveredOnly ? "Releases that an ε covers" : "What was released, and what ε covers"],
      columns: [.init("Release"), .init("State"), .init("ε", numeric: true), .init("Why")],
      rows: rows, text: true,
      wide: true)
  }
}
