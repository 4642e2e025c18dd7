import AssayEvidence

extension EvaluationReport {
  /// Segments that a search found, apart from those that were planned.
  var weakSegments: DocumentSection? {
    guard let compared = index.entries.first(where: { $0.metric == "weak_segments_compared" })
    else { return nil }
    let found = index.entries.filter { $0.metric == "weak_segment" }
    var blocks: [Block] = [
      .paragraph([
        .plain(
          "Found by search; not planned. One half of the rows was searched for the segments where an "
            + "arm loses most, the other half was then asked whether it does. A segment that is "
            + "confirmed is a reason to look, not a result that was predicted. ")
      ]),
      .paragraph(
        [.plain("Compared: ")] + compared.evidence.inlineLine + [
          .plain(compared.evidence.note.map { "; \(DisplayText.clean($0))." } ?? ".")
        ]),
    ]
    if found.isEmpty {
      blocks.append(.paragraph(["No segment stood out in the half that was searched."]))
    } else {
      blocks.append(
        .table(
          Table(
            ["What is lost, in the half that was not searched"],
            columns: [
              .init("Segment"), .init("Arm"), .init("Metric"), .init("loss", numeric: true),
              .init("Verdict"),
            ],
            rows: found.map { entry in
              Table.Row(
                [.plain(DisplayText.name(entry.evidence.id.group?.group ?? "", limit: 160))],
                [
                  Cells.words(DisplayText.name(entry.arm)),
                  Cells.words(index.title(of: entry.evidence.id.group?.column ?? "")),
                  Cells.measured(entry.evidence),
                  Cells.words(DisplayText.clean(entry.evidence.note ?? "")),
                ])
            })))
    }
    return DocumentSection("weak-segments", "Weak segments", blocks)
  }
}
