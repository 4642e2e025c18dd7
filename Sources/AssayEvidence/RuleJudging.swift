import AssayStatistics

extension Judge {
  /// What one rule finds.
  func rule(_ rule: Rule, _ check: Check) -> Ruling {
    switch rule {
    case .compare(let select, let bound, let relation, let limit):
      return compare(select, to: nil, bound, relation, limit)
    case .relative(let select, let other, let bound, let relation, let limit):
      return compare(select, to: other, bound, relation, limit)
    case .holds(let select): return holds(select)
    case .present(let patterns): return present(patterns)
    case .stated(let fields): return stated(fields, signed: false)
    case .signed(let fields): return stated(fields, signed: true)
    case .attestation(let role): return attestation(check.id, role: role, independentOf: [])
    case .approval(let role, let fields):
      return attestation(check.id, role: role, independentOf: fields)
    case .citations: return citations()
    case .all(let rules): return joined(rules.map { self.rule($0, check) })
    case .perProfile(let rules):
      guard let rule = rules[profile] else {
        return Ruling(
          verdict: .notAssessed, reason: "No limit is set for the profile \(profile.rawValue).")
      }
      return self.rule(rule, check)
    case .enough(let inner):
      var ruling = self.rule(inner, check)
      if ruling.verdict == .notMet { ruling.verdict = .insufficient }
      return ruling
    }
  }

  /// The gravest of several rulings decides; the reasons of all that are not met are given, once
  /// each.
  func joined(_ rulings: [Ruling]) -> Ruling {
    let order: [Verdict] = [.notMet, .notAssessed, .insufficient, .attestationPending]
    let open = order.flatMap { verdict in rulings.filter { $0.verdict == verdict } }
    var reasons: [String] = []
    for ruling in open.isEmpty ? rulings : open where !reasons.contains(ruling.reason) {
      reasons.append(ruling.reason)
    }
    var seen: Set<EvidenceID> = []
    return Ruling(
      verdict: open.first?.verdict ?? .met, reason: reasons.joined(separator: " "),
      evidence: rulings.flatMap(\.evidence).filter { seen.insert($0).inserted })
  }

  private func holds(_ pattern: EvidencePattern) -> Ruling {
    let facts: [Evidence]
    switch select(pattern) {
    case .nothing(let reason): return Ruling(verdict: .notAssessed, reason: reason)
    case .found(let found): facts = found
    }
    return joined(
      facts.map { fact in
        let name = fact.id.phrase
        switch fact.result {
        case .flag(let flag):
          let note = flag ? "" : fact.noteText
          return Ruling(
            verdict: flag ? .met : .notMet, reason: "\(name): \(fact.printedValue).\(note)",
            evidence: [fact.id])
        default: return withoutValue(fact, wanted: "yes or no")
        }
      })
  }

  private func present(_ patterns: [EvidencePattern]) -> Ruling {
    joined(
      patterns.map { pattern in
        switch select(pattern) {
        case .nothing(let reason): return Ruling(verdict: .notAssessed, reason: reason)
        case .found(let facts):
          return joined(
            facts.map { fact in
              switch fact.result {
              case .missing, .estimate(.undefined): return withoutValue(fact, wanted: "a value")
              default:
                return Ruling(
                  verdict: .met, reason: "\(fact.id.phrase): \(fact.printedLine).",
                  evidence: [fact.id])
              }
            })
        }
      })
  }

  /// The ruling for a fact that holds nothing to judge: suppressed cells are too thin, the rest is
  /// missing.
  func withoutValue(_ fact: Evidence, wanted: String) -> Ruling {
    let reason: String
    switch fact.result {
    case .missing(let text), .estimate(.undefined(let text, _)): reason = text
    default:
      return Ruling(
        verdict: .notAssessed,
        reason: "\(fact.id.phrase): expected \(wanted), found '\(fact.printedValue)'.",
        evidence: [fact.id])
    }
    return Ruling(
      verdict: reason.hasPrefix("suppressed") ? .insufficient : .notAssessed,
      reason: "\(fact.id.phrase): \(fact.printedValue).", evidence: [fact.id])
  }

  private func stated(_ fields: [String], signed: Bool) -> Ruling {
    if statements.isEmpty {
      return Ruling(verdict: .notAssessed, reason: "No statements were given.")
    }
    var open: [String] = []
    for key in fields {
      let field = StatementField.all.first { $0.key == key }
      let role = field?.role ?? "its author"
      guard let text = statements.provided(key) else {
        open.append("\(key) is not provided by \(role)")
        continue
      }
      if Placeholder.isUnfinished(text.text) {
        open.append("\(key) holds a mark of unfinished work")
      } else if signed, text.by == nil || text.date == nil {
        open.append("\(key) has no \(text.by == nil ? "name" : "date") under it")
      }
    }
    if open.isEmpty {
      let count = fields.count == 1 ? "The field is" : "All \(fields.count) fields are"
      return Ruling(
        verdict: .met,
        reason: "\(count) filled\(signed ? " and signed" : ""): \(fields.joined(separator: ", ")).")
    }
    return Ruling(verdict: .notMet, reason: "Of the statements, \(open.joined(separator: "; ")).")
  }

  private func attestation(_ id: String, role: String, independentOf: [String]) -> Ruling {
    func pending(_ reason: String) -> Ruling {
      Ruling(verdict: .attestationPending, reason: reason)
    }
    let signed = statements.attestations.filter { $0.check == id }
    guard !signed.isEmpty else { return pending("Nobody in the role \(role) has signed it.") }
    var reasons: [String] = []
    for attestation in signed {
      let who = "\(attestation.by) (\(attestation.role))"
      if Self.plain(attestation.role) != Self.plain(role) {
        reasons.append("\(who) signed, but the role \(role) has to.")
      } else if attestation.date > today {
        reasons.append("\(who) signed on \(attestation.date), which is after \(today).")
      } else if attestation.expires < today {
        reasons.append("The signature by \(who) expired on \(attestation.expires).")
      } else if let field = independentOf.first(where: { isBy(attestation.by, $0) }) {
        return Ruling(
          verdict: .notMet,
          reason: "\(who) signed, and is also named in \(field); somebody else has to sign.")
      } else if let open = independentOf.first(where: { statements.provided($0) == nil }) {
        reasons.append("\(who) signed, but nobody is named in \(open) to be independent of.")
      } else {
        return Ruling(
          verdict: .met,
          reason: "Signed by \(who) on \(attestation.date), valid until \(attestation.expires); "
            + "looked at: \(attestation.evidence).")
      }
    }
    return pending(reasons.joined(separator: " "))
  }

  /// Whether a person wrote a field or is named as its text.
  private func isBy(_ person: String, _ field: String) -> Bool {
    guard let text = statements.provided(field) else { return false }
    return [text.text, text.by ?? ""].contains { Self.plain($0) == Self.plain(person) }
  }

  /// Lower case, single spaces: `Data  Steward` and `data steward` are one role.
  private static func plain(_ text: String) -> String {
    text.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  private func citations() -> Ruling {
    if statements.texts.isEmpty {
      return Ruling(verdict: .notAssessed, reason: "No statements were given.")
    }
    // `AES-256` has the form of an id; only the groups of this list are ours.
    let groups = Set(checkIDs.map { $0.prefix { $0 != "-" } })
    let cited = ClaimsLinter.citations(in: statements).filter {
      groups.contains($0.check.prefix { $0 != "-" })
    }
    var open: [String] = []
    for (check, field) in cited {
      if !checkIDs.contains(check) {
        open.append("\(field) cites \(check), which is no check of this list")
      } else if let verdict = verdicts[check], verdict != .met {
        open.append("\(field) cites \(check), which is \(verdict.rawValue)")
      }
    }
    if !open.isEmpty {
      return Ruling(verdict: .notMet, reason: "Of the statements, \(open.joined(separator: "; ")).")
    }
    let ids = cited.map(\.check).joined(separator: ", ")
    return Ruling(
      verdict: .met,
      reason: cited.isEmpty
        ? "The statements rest on no check."
        : "Every check that the statements cite is met: \(ids).")
  }
}
