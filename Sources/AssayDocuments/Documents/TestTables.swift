import AssayEvidence

/// Tests of the differences between arms, in plain words: p-value, and beneath it what it means.
extension EvaluationReport {
  /// Groups that are listed; more are read by a program.
  private static let groupLimit = 60

  var testBlocks: [Block] {
    let tests = index.entries.filter { $0.arm.contains("-vs-") && $0.metric.hasSuffix("_p") }
    guard !tests.isEmpty else { return [] }
    let overall = tests.filter { $0.scope == "overall" }
    let groups = tests.filter { $0.group != nil }
    var blocks: [Block] = [
      .note([
        "A p-value says how often chance alone would give a result at least this clear if the arms did not differ (or, for a margin, if the arm were worse by just that margin). A large one shows nothing: it is no proof that the arms are alike. Whether an arm is good enough is what a test of non-inferiority answers."
      ])
    ]
    if !overall.isEmpty { blocks.append(table(overall, "Tests over all rows", isGrouped: false)) }
    if !groups.isEmpty {
      let shown = Array(groups.prefix(Self.groupLimit))
      let more =
        groups.count > shown.count
        ? "; \(Phrases.counted(groups.count - shown.count, "further test")) in evidence.json" : ""
      blocks.append(
        table(
          shown,
          "Tests within groups\(more). Read the adjusted p-value: of many tests, some are small by chance",
          isGrouped: true))
    }
    return blocks
  }

  private func table(
    _ entries: [EvidenceIndex.Entry], _ caption: String, isGrouped: Bool
  ) -> Block {
    var columns: [Table.Column] = [.init("Arms")]
    if isGrouped { columns.append(.init("Group")) }
    columns += [.init("Test"), .init("p", numeric: true), .init("In words")]
    return .table(
      Table(
        [.plain(caption)], columns: columns,
        rows: entries.map { entry in
          var cells: [Table.Cell] = []
          if isGrouped, let group = entry.group {
            cells.append(
              Cells.words(DisplayText.name(group.column) + " " + DisplayText.name(group.group)))
          }
          cells += [
            Cells.words(DisplayText.name(entry.evidence.title)), Cells.value(entry.evidence),
            Cells.words(DisplayText.clean(entry.evidence.note ?? "")),
          ]
          return Table.Row([.plain(Phrases.pair(entry.arm))], cells)
        }, text: true, wide: true))
  }
}
