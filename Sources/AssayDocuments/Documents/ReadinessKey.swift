import AssayEvidence

extension PilotReadiness {
  // MARK: - Key and signatures

  var key: DocumentSection {
    func term(_ mark: Mark, _ word: String, _ meaning: String) -> LabelledTerm {
      LabelledTerm(term: [.state(mark, word: word, check: nil)], meaning: [.plain(meaning)])
    }
    let meanings: [Verdict: String] = [
      .met: "Evidence exists and clears the threshold.",
      .notMet: "Evidence exists and misses the threshold.",
      .notAssessed:
        "Evidence is missing or unreadable. Never counts as met; an error where the check blocks.",
      .insufficient: "Too few rows, or an interval that spans the threshold. Never counts as met.",
      .attestationPending: "A named role has not signed yet. Blocks at release.",
      .waived: "A named owner accepts the risk until a date.",
      .notApplicable: "The profile does not ask for it, or it cannot occur here.",
    ]
    return DocumentSection(
      "key", "How to read the verdict",
      [
        .definitions(
          Self.order.map { verdict in
            let (mark, word) = Phrases.mark(verdict)
            return term(mark, word, meanings[verdict] ?? "")
          }),
        .heading("The four headlines", id: nil),
        .definitions([
          term(.met, Readiness.ready.rawValue, "Every blocking check is met."),
          term(
            .waive, Readiness.readyWithWaivers.rawValue,
            "Every blocking check is met or waived; no waiver has expired."),
          term(
            .not, Readiness.notReady.rawValue,
            "At least one blocking check is not met, or not signed at release."),
          term(
            .thin, Readiness.cannotJudge.rawValue,
            "No blocking check is refuted, but evidence is missing or too thin."),
        ]),
      ])
  }

  var signatures: DocumentSection {
    var rows = assessment.statements.attestations.map { attestation in
      Table.Row(
        [.plain(DisplayText.name(attestation.role))],
        [
          Cells.words(DisplayText.name(attestation.by)),
          Cells.words(DisplayText.name(attestation.check)),
          Cells.words(
            "\(DisplayText.name(attestation.date)), until \(DisplayText.name(attestation.expires))"),
          Cells.words(
            DisplayText.name(attestation.evidence)
              + (attestation.digest.map { ", SHA-256 \(DisplayText.name($0))" } ?? "")),
        ])
    }
    for finding in findings where finding.verdict == .attestationPending {
      rows.append(
        Table.Row(
          [.plain(DisplayText.name(finding.check.owner))],
          [
            Table.Cell([.gap(role: DisplayText.name(finding.check.owner))]),
            Cells.words(DisplayText.name(finding.check.id)), Cells.words("pending"),
            Cells.words("–"),
          ]))
    }
    if rows.isEmpty {
      return DocumentSection(
        "signatures", "Signatures",
        [
          .paragraph([
            "Nobody has signed anything, and no check of this gate waits for a signature."
          ])
        ])
    }
    return DocumentSection(
      "signatures", "Signatures",
      [
        .table(
          Table(
            ["Attestations: a signature says who looked at what; it does not make it true"],
            columns: [
              .init("Role"), .init("Name"), .init("Check"), .init("Signed"), .init("Looked at"),
            ], rows: rows,
            text: true, wide: true))
      ])
  }
}
