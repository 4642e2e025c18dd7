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
    case .onlyAbove: (.thin, "Feasible only at larger ε")
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

  /// Whom a guarantee protects, in words; what a client is stands only in a pilot file.
  static func unit(_ unit: PrivacyUnit?, of subject: Subject) -> String {
    switch unit {
    case .example: "one row"
    case .user: "one person"
    case .silo: "one organisation"
    case .client:
      subject.kind != .pilot || ["", "client"].contains(subject.clientIs)
        ? "one client" : "one client (a \(subject.clientIs))"
    case nil: "a unit that is not recorded"
    }
  }

  /// What a fact is about without its arm: the title, then its column or group.
  static func caption(_ evidence: Evidence) -> String {
    let title = DisplayText.name(evidence.title)
    if let group = evidence.id.group { return "\(title), \(segment(group.column, group.group))" }
    let scope = EvidenceIndex.decoded(evidence.id.scope)
    return ["", "overall"].contains(scope) ? title : "\(title), \(DisplayText.name(scope))"
  }

  /// A comparison `a-vs-b` as readers see it.
  static func pair(_ arm: String, joiner: String = "−") -> String {
    DisplayText.name(
      arm.split(separator: "-vs-").map(String.init).joined(separator: " \(joiner) "))
  }

  /// Numbers of a parameter or a sentence of ours as all other numbers are printed: thousands
  /// separated, exponents and long decimals through ``PrintedNumber``. Exact values stand in
  /// `evidence.json` and the pilot file.
  static func tidied(_ text: String) -> String {
    text.split(separator: " ", omittingEmptySubsequences: false).map { word -> String in
      let body = word.prefix { $0.isASCII && ($0.isNumber || ".eE-".contains($0)) }
      var number = String(body)
      while number.hasSuffix(".") { number.removeLast() }
      let tail = word.dropFirst(number.count)
      guard tail.allSatisfy({ ".,;:)".contains($0) }), number.first?.isNumber == true,
        let value = Double(number), value.isFinite
      else { return String(word) }
      if number.lowercased().contains("e") {
        return PrintedNumber.text(value, .probability) + tail
      }
      if let dot = number.firstIndex(of: ".") {
        let places = number.distance(from: dot, to: number.endIndex) - 1
        return (places > 4 ? PrintedNumber.text(value, .number) : number) + tail
      }
      return (number.count > 3 ? PrintedNumber.text(value, .count) : number) + tail
    }.joined(separator: " ")
  }

  /// A parameter of an arm: ours in words, those of other tools as they wrote them.
  static func parameter(_ parameter: ArmSummary.Parameter, of kind: Subject.Kind) -> String {
    // Sentences of ours, on participation for example, are longer than names of other tools may be.
    let value = DisplayText.name(parameter.value, limit: kind == .pilot ? 2_000 : 80)
    guard kind == .pilot else {
      return DisplayText.name(parameter.name, limit: 80) + " " + (value.isEmpty ? "(empty)" : value)
    }
    let name =
      parameter.name == "delta" ? "δ" : parameter.name.split(separator: "_").joined(separator: " ")
    return "\(DisplayText.name(name, limit: 80)) \(tidied(value))"
  }

  /// What makes neighbours, in words.
  static func relation(_ relation: NeighbouringRelation) -> String {
    switch relation {
    case .addOrRemoveOne: "added or removed"
    case .replaceOne: "replaced by another"
    case .zeroOut: "set to zero"
    }
  }

  /// The task in words.
  static func task(_ subject: Subject) -> String {
    switch subject.task {
    case "": "not recorded"
    case "binary": "binary classification"
    case "regression": "regression: the label is a number"
    default: DisplayText.clean(subject.task)
    }
  }

  /// The model in words.
  static func model(_ subject: Subject) -> String {
    let text = DisplayText.clean(subject.model)
    return subject.kind == .pilot ? tidied(text) : text
  }

  /// What an arm is.
  static func kind(_ arm: ArmSummary, of subject: Subject) -> String {
    let base =
      switch arm.kind {
      case .trivial:
        subject.task == "regression"
          ? "no training: the mean of the label" : "no training: the share of every class"
      case .centralized: "all rows in one place"
      case .optimum: "the minimum of the training loss over all rows"
      case .local: "one model per client"
      case .federated: "federated"
      case .ingested: "read from an artifact"
      case .scores: "column of scores"
      }
    guard arm.isPrivate else { return base }
    return arm.kind == .ingested
      ? "\(base) that states noise for differential privacy"
      : "\(base), with noise for differential privacy"
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
    guard case .guarantee = evidence.result else {
      // A claimed ε is no guarantee of ours; what it is stands beneath it.
      guard evidence.unit == .epsilon, let note = evidence.note, evidence.isKnown else {
        return measured(evidence)
      }
      return Table.Cell([.value(evidence)], small: [.plain(DisplayText.clean(note))])
    }
    // One condition a line: small print in number tables does not wrap.
    let conditions = evidence.lineAround.after.trimmingPrefixes([" "]).split(separator: ", ")
    let lines = conditions.enumerated().flatMap { position, words -> [Inline] in
      (position == 0 ? [] : [.plain(","), .lineBreak]) + [.plain(String(words))]
    }
    return Table.Cell([.value(evidence)], small: lines)
  }

  /// ε with its conditions, and beneath them what its note says about when it holds.
  static func conditionalGuarantee(_ evidence: Evidence?) -> Table.Cell {
    var cell = guarantee(evidence)
    if let evidence, case .guarantee = evidence.result, let note = evidence.note {
      cell.small += [.lineBreak, .plain(DisplayText.clean(note))]
    }
    return cell
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
