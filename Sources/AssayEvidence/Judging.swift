import AssayDiagnostics
import AssayStatistics

extension Checklist {
  /// Judges every check that the profile lists.
  ///
  /// Missing evidence is never `met`. A waiver counts only where a check would otherwise not be met
  /// or could not be judged; once it has expired, the check is `not-met`. Dates are compared with
  /// the record's own clock.
  public func judge(
    _ record: EvidenceRecord, statements: Statements, profile: Profile, stage: Stage
  ) -> [Finding] {
    var judge = Judge(
      record: record.withDerivedEvidence(statements), statements: statements, profile: profile,
      checks: checks)
    // Citations look at the verdicts of the other checks, so they come last.
    var findings: [Finding?] = checks.map { $0.rule.readsVerdicts ? nil : judge.finding($0) }
    judge.verdicts = Dictionary(
      findings.compactMap { $0 }.map { ($0.check.id, $0.verdict) },
      uniquingKeysWith: { first, _ in first })
    for (index, check) in checks.enumerated() where findings[index] == nil {
      findings[index] = judge.finding(check)
    }
    return findings.compactMap { $0 }
  }

  /// Attestations and waivers for checks that this list does not hold: slips of the pen, one
  /// warning each.
  public func strays(in statements: Statements, path: String) -> [Diagnostic] {
    let known = checks.map(\.id)
    let named =
      statements.attestations.map { ("an attestation", $0.check) }
      + statements.waivers.map { ("a waiver", $0.check) }
    return named.filter { !known.contains($0.1) }.map { what, id in
      Diagnostic(
        .other(found: "'\(id)'", expected: "\(what) for a check of the checklist '\(name)'"),
        at: SourceLocation(path: path), severity: .warning,
        help: nearest(to: id, among: known).map { "did you mean '\($0)'?" })
    }
  }
}

extension Assessment {
  /// Judges a record and joins everything that a document reads; the record gains the facts derived
  /// from the statements.
  public static func make(
    record: EvidenceRecord, statements: Statements, checklist: Checklist, profile: Profile,
    stage: Stage
  ) -> Assessment {
    let whole = record.withDerivedEvidence(statements)
    return Assessment(
      record: whole, statements: statements, checklist: checklist, profile: profile, stage: stage,
      findings: checklist.judge(whole, statements: statements, profile: profile, stage: stage))
  }
}

extension Rule {
  /// Whether the rule needs the verdicts of other checks.
  var readsVerdicts: Bool {
    switch self {
    case .citations: true
    case .all(let rules): rules.contains(where: \.readsVerdicts)
    case .enough(let rule): rule.readsVerdicts
    case .perProfile(let rules): rules.values.contains(where: \.readsVerdicts)
    default: false
    }
  }
}

/// What a rule found, before waivers.
struct Ruling {
  var verdict: Verdict
  var reason: String
  var evidence: [EvidenceID] = []
}

/// Judges the checks of one list on one record.
struct Judge {
  let record: EvidenceRecord
  let statements: Statements
  let profile: Profile
  let names: PatternNames
  let today: String
  let checkIDs: Set<String>
  /// Verdicts of the checks judged so far.
  var verdicts: [String: Verdict] = [:]
  private let index: [EvidenceID: Int]

  init(
    record: EvidenceRecord, statements: Statements, profile: Profile, checks: [Check]
  ) {
    self.record = record
    self.statements = statements
    self.profile = profile
    names = PatternNames(record)
    today = CalendarDate.day(of: record.asOf)
    checkIDs = Set(checks.map(\.id))
    index = Dictionary(
      record.evidence.enumerated().map { ($0.element.id, $0.offset) },
      uniquingKeysWith: { first, _ in first })
  }

  /// The finding of one check in the profile.
  func finding(_ check: Check) -> Finding {
    let severity = check.severity[profile] ?? .notApplicable
    var ruling: Ruling
    if severity == .notApplicable {
      ruling = Ruling(
        verdict: .notApplicable, reason: "The profile \(profile.rawValue) does not ask for it.")
    } else if let reason = absence(of: check.appliesTo) {
      ruling = Ruling(verdict: .notApplicable, reason: reason)
    } else {
      ruling = applyWaiver(check, to: rule(check.rule, check))
    }
    return Finding(
      check: check, isRequired: severity == .required, verdict: ruling.verdict,
      reason: ruling.reason, evidence: ruling.evidence)
  }

  /// Why a check does not concern this pilot; `nil` when it does.
  private func absence(of applicability: Check.Applicability) -> String? {
    let arms = record.subject.arms
    switch applicability {
    case .always: return nil
    case .federated:
      let isFederated = arms.contains { $0.kind == .federated || $0.kind == .ingested }
      return isFederated ? nil : "The pilot has no federated arm."
    case .sensitive:
      return record.subject.sensitive.isEmpty ? "No sensitive column is declared." : nil
    case .privacy:
      let isClaimed = record.evidence.contains {
        ["epsilon", "epsilon_claimed"].contains($0.id.metric) && $0.value != nil
      }
      return arms.contains(where: \.isPrivate) || isClaimed
        ? nil : "No arm adds noise for differential privacy, and none claims to."
    case .claimedEpsilon:
      let isClaimed = record.evidence.contains {
        $0.id.metric == "epsilon_claimed" && $0.value != nil
      }
      return isClaimed ? nil : "No artifact states an ε of its own."
    case .secureAggregation:
      let isRecorded = record.evidence.contains {
        $0.id.metric == "secure_aggregation" && $0.result == .flag(true)
      }
      return statements.claimsSecureAggregation == true || isRecorded
        ? nil : "The pilot does not claim secure aggregation."
    }
  }

  /// A valid waiver turns what is not met into `waived`; an expired one into `not-met`.
  private func applyWaiver(_ check: Check, to ruling: Ruling) -> Ruling {
    guard ruling.verdict != .met,
      let waiver = statements.waivers.first(where: { $0.check == check.id })
    else { return ruling }
    var result = ruling
    if check.notWaivableIn.contains(profile) {
      result.reason += " The waiver by \(waiver.owner) does not count: this check cannot be waived"
      result.reason += " in the profile \(profile.rawValue)."
    } else if waiver.expires < today || !CalendarDate.isValid(today) {
      result.verdict = .notMet
      result.reason += " The waiver by \(waiver.owner) expired on \(waiver.expires)."
    } else {
      result.verdict = .waived
      let reason = waiver.reason.hasSuffix(".") ? waiver.reason : waiver.reason + "."
      result.reason =
        "Waived by \(waiver.owner) until \(waiver.expires): \(reason) Without the waiver it is "
        + "\(ruling.verdict.rawValue): \(ruling.reason)"
    }
    return result
  }

  func evidence(_ id: EvidenceID) -> Evidence? { index[id].map { record.evidence[$0] } }

  /// What a selection came to.
  enum Selection {
    case found([Evidence])
    case nothing(reason: String)
  }

  /// The facts that fit a pattern, in the record's order for each alternative. Every alternative
  /// has to be there: two sensitive columns want two facts.
  func select(_ pattern: EvidencePattern) -> Selection {
    let alternatives: [EvidencePattern.Resolved]
    switch pattern.resolved(names) {
    case .nothing(let reason): return .nothing(reason: "Not assessed: \(reason).")
    case .patterns(let patterns): alternatives = patterns
    }
    var found: [Evidence] = []
    var seen: Set<EvidenceID> = []
    var absent: [String] = []
    for alternative in alternatives {
      let matches: [Evidence]
      if let id = alternative.exact {
        matches = evidence(id).map { [$0] } ?? []
      } else {
        matches = record.evidence.filter { alternative.matches($0.id) }
      }
      if matches.isEmpty { absent.append(alternative.text) }
      found += matches.filter { seen.insert($0.id).inserted }
    }
    if absent.isEmpty { return .found(found) }
    let rest = absent.count > 4 ? " and \(absent.count - 4) more" : ""
    let looked = absent.prefix(4).joined(separator: ", ") + rest
    return .nothing(reason: "No evidence was found; looked for \(looked).")
  }
}
