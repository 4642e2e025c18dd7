import AssayDiagnostics
import AssayEvidence
import AssayRuns

/// Words that all documents share.
enum Phrases {
  /// Word and shape of a verdict.
  static func mark(_ verdict: Verdict) -> (mark: Mark, word: String) {
    switch verdict {
    case .met: (.met, "met")
    case .notMet: (.not, "not met")
    case .notAssessed: (.err, "not assessed")
    case .insufficient: (.thin, "insufficient evidence")
    case .attestationPending: (.wait, "attestation pending")
    case .waived: (.waive, "waived")
    case .notApplicable: (.na, "not applicable")
    }
  }

  /// The state of a finding, marked for programs.
  static func state(_ finding: Finding) -> Inline {
    let (mark, word) = mark(finding.verdict)
    return .state(
      mark, word: word, check: Inline.CheckState(id: finding.check.id, verdict: finding.verdict))
  }

  /// Shape of a headline.
  static func mark(_ readiness: Readiness) -> Mark {
    switch readiness {
    case .ready: .met
    case .readyWithWaivers: .waive
    case .notReady: .not
    case .cannotJudge: .thin
    }
  }

  /// Word and shape of a judgement.
  static func mark(_ outcome: Judgement.Outcome) -> (mark: Mark, word: String) {
    switch outcome {
    case .supported: (.met, "supported")
    case .notSupported: (.not, "not supported")
    case .inconclusive: (.thin, "inconclusive")
    }
  }

  /// Word and shape of an assumption's state.
  static func mark(_ state: Assumption.State) -> (mark: Mark, word: String) {
    switch state {
    case .holds: (.met, "holds")
    case .fails: (.not, "fails")
    case .unknown: (.thin, "unknown")
    }
  }

  /// Word and shape of a feasibility verdict.
  static func mark(_ verdict: Feasibility.Verdict) -> (mark: Mark, word: String) {
    switch verdict {
    case .feasible: (.met, "Feasible with these data")
    case .onlyAbove: (.thin, "Feasible only above the reference limit")
    case .notFeasible: (.not, "Not feasible with these data")
    case .notAssessed: (.na, "Not assessed")
    }
  }

  /// `trial: 3 attestations pending`, in every document of a trial gate; `nil` at release.
  static func trial(_ assessment: Assessment) -> String? {
    guard assessment.stage == .trial else { return nil }
    let count = assessment.pendingAttestations
    return "trial: \(count) attestation\(count == 1 ? "" : "s") pending"
  }

  /// The moment a document is made for.
  static func moment(_ asOf: String) -> String {
    asOf.hasSuffix("Z") && asOf.count == 20
      ? asOf.prefix(16).split(separator: "T").joined(separator: " ") + " UTC" : asOf
  }

  /// `3 checks`, `1 check`.
  static func counted(_ count: Int, _ noun: String, _ plural: String? = nil) -> String {
    "\(PrintedNumber.text(count)) \(count == 1 ? noun : plural ?? noun + "s")"
  }

  /// `a, b and c`.
  static func listed(_ words: [String]) -> String {
    guard words.count > 1, let last = words.last else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " and " + last
  }

  /// A segment as readers see it.
  static func segment(_ column: String, _ group: String) -> String {
    "\(DisplayText.name(column, limit: 80)) = \(DisplayText.name(group, limit: 110))"
  }

  /// Whom a guarantee protects, in words.
  static func unit(_ unit: PrivacyUnit?, clientIs: String) -> String {
    switch unit {
    case .example: "one row"
    case .client:
      clientIs.isEmpty || clientIs == "client" ? "one client" : "one client (a \(clientIs))"
    case nil: "a unit that is not recorded"
    }
  }

  /// What makes neighbours, in words.
  static func relation(_ relation: NeighbouringRelation) -> String {
    switch relation {
    case .addOrRemoveOne: "added or removed"
    case .replaceOne: "replaced by another"
    case .zeroOut: "set to zero"
    }
  }

  /// What an arm is.
  static func kind(_ arm: ArmSummary) -> String {
    let base =
      switch arm.kind {
      case .centralized: "all rows in one place"
      case .local: "one model per client"
      case .federated: "federated"
      case .ingested: "read from an artifact"
      case .scores: "column of scores"
      }
    return arm.isPrivate ? "\(base), with noise for differential privacy" : base
  }

  /// The foot of every document.
  static func foot(_ record: EvidenceRecord) -> String {
    "assay \(record.toolVersion), \(DisplayText.name(record.subject.name)), as of "
      + "\(moment(record.asOf)). Same input, same bytes. Thresholds marked “project default, not a "
      + "standard” are conventions of this project. This document is no legal advice."
  }

  /// The line at the head of printed pages.
  static func pageHead(_ kind: DocumentKind, _ record: EvidenceRecord) -> String {
    let digest = record.subject.pilotDigest.map { ", pilot \($0.prefix(12))" } ?? ""
    return "\(kind.title), \(DisplayText.name(record.subject.name, limit: 80))\(digest)"
  }
}

/// Cells and rows that many tables share.
enum Cells {
  /// Value, and beneath it interval and count.
  static func measured(_ evidence: Evidence?, count: Bool = true) -> Table.Cell {
    guard let evidence else { return Table.Cell([.soft(["–"])]) }
    var small: [Inline] = []
    if evidence.printedInterval != nil { small.append(.interval(evidence)) }
    if count, evidence.printedCount != nil {
      if !small.isEmpty { small.append(.lineBreak) }
      small.append(.count(evidence))
    }
    return Table.Cell([.value(evidence)], small: small)
  }

  /// Value alone.
  static func value(_ evidence: Evidence?) -> Table.Cell { measured(evidence, count: false) }

  /// ε with everything it must never travel without.
  static func guarantee(_ evidence: Evidence?) -> Table.Cell {
    guard let evidence else { return Table.Cell([.soft(["–"])]) }
    guard case .guarantee = evidence.result else { return measured(evidence) }
    // One condition a line: small print in number tables does not wrap.
    let conditions = evidence.lineAround.after.trimmingPrefixes([" "]).split(separator: ", ")
    let lines = conditions.enumerated().flatMap { position, words -> [Inline] in
      (position == 0 ? [] : [.plain(","), .lineBreak]) + [.plain(String(words))]
    }
    return Table.Cell([.value(evidence)], small: lines)
  }

  /// Words.
  static func words(_ text: String) -> Table.Cell { Table.Cell([.plain(text)]) }
}

extension Evidence {
  /// The whole printed line with the value marked as the fact's.
  var inlineLine: [Inline] {
    let (before, after) = lineAround
    return (before.isEmpty ? [] : [.plain(before)]) + [.value(self)]
      + (after.isEmpty ? [] : [.plain(after)])
  }
}
