/// A pattern of evidence ids: `*` stands for any run of characters inside a part, and names in
/// braces for what the pilot calls them.
///
/// `{candidate}`, `{baseline}`, `{local}` and `{reference}` (the non-private federated arm) are
/// arms; `{private}` is the candidate when it is private, else the recommended private arm, else
/// every private arm; `{headline}` is the headline metric; `{segment}` and `{sensitive}` are
/// columns.
public struct EvidencePattern: Hashable, Sendable {
  /// The pattern as written.
  public var text: String

  /// Creates a pattern.
  public init(_ text: String) { self.text = text }

  /// The names that may stand in braces.
  static let names = [
    "candidate", "baseline", "local", "reference", "private", "headline", "segment", "sensitive",
  ]

  /// What a pattern is made of, in order.
  enum Token: Hashable {
    case literal(String)
    case name(String)
    case any
  }

  /// The tokens; `nil` for an unclosed brace.
  var tokens: [Token]? {
    var tokens: [Token] = []
    var literal = ""
    func flushed(_ tokens: [Token]) -> [Token] {
      literal.isEmpty ? tokens : tokens + [.literal(literal)]
    }
    var rest = Substring(text)
    while let first = rest.popFirst() {
      switch first {
      case "*":
        tokens = flushed(tokens) + [.any]
        literal = ""
      case "{":
        guard let end = rest.firstIndex(of: "}") else { return nil }
        tokens = flushed(tokens) + [.name(String(rest[..<end]))]
        literal = ""
        rest = rest[end...].dropFirst()
      default: literal.append(first)
      }
    }
    return flushed(tokens)
  }

  /// Why the pattern cannot be used; `nil` when it can.
  var problem: (found: String, expected: String)? {
    guard let tokens else { return (text, "a closing brace for every opening one") }
    for case .name(let name) in tokens where !Self.names.contains(name) {
      let known = Self.names.map { "{\($0)}" }.joined(separator: ", ")
      return ("{\(name)}", "one of the names \(known)")
    }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 3, !parts.contains("") else {
      return (text, "a pattern of three parts, metric/arm/scope")
    }
    return nil
  }

  /// One concrete pattern: every name replaced.
  struct Resolved: Hashable {
    var tokens: [Token]

    /// The pattern as a reader sees it.
    var text: String {
      tokens.map { if case .literal(let text) = $0 { text } else { "*" } }.joined()
    }

    /// The id it names when it holds no `*`.
    var exact: EvidenceID? { tokens.contains(.any) ? nil : EvidenceID(text) }

    /// Whether an id fits; `*` does not reach over a `/`.
    func matches(_ id: EvidenceID) -> Bool {
      let bytes = Array(id.description.utf8)
      // Positions reachable after each token; ids are short.
      var reachable: Set<Int> = [0]
      for token in tokens {
        var next: Set<Int> = []
        for start in reachable {
          switch token {
          case .literal(let text):
            let wanted = Array(text.utf8)
            if bytes.dropFirst(start).starts(with: wanted) { next.insert(start + wanted.count) }
          case .any:
            var end = start
            next.insert(end)
            while end < bytes.count, bytes[end] != 0x2F {
              end += 1
              next.insert(end)
            }
          case .name: break
          }
        }
        if next.isEmpty { return false }
        reachable = next
      }
      return reachable.contains(bytes.count)
    }
  }

  /// What a pattern becomes for one pilot.
  enum Resolution {
    /// The alternatives, at least one.
    case patterns([Resolved])
    /// A name stands for nothing here: why.
    case nothing(reason: String)
  }

  /// Replaces the names by what the pilot calls them, escaped as in ids.
  func resolved(_ names: PatternNames) -> Resolution {
    var alternatives: [[Token]] = [[]]
    for token in tokens ?? [] {
      guard case .name(let name) = token else {
        alternatives = alternatives.map { $0 + [token] }
        continue
      }
      let values = names.values(of: name)
      if values.isEmpty { return .nothing(reason: names.absence(of: name)) }
      alternatives = alternatives.flatMap { prefix in
        values.map { prefix + [.literal(EvidenceID.escape($0))] }
      }
    }
    return .patterns(alternatives.map { Resolved(tokens: $0) })
  }
}

/// What the names in patterns stand for in one pilot.
struct PatternNames {
  private let subject: Subject
  private let reference: String?
  private let privateArms: [String]

  init(_ record: EvidenceRecord) {
    subject = record.subject
    let plain = record.subject.arms.filter { $0.kind == .federated && !$0.isPrivate }
    reference = record.feasibility?.reference ?? plain.first?.name
    privateArms = Self.privateArms(record)
  }

  /// The arms whose privacy is judged. An arm that clips and adds no noise (ε = ∞) is the end of a
  /// curve, not a claim, unless there is no other.
  private static func privateArms(_ record: EvidenceRecord) -> [String] {
    let arms = record.subject.arms.filter(\.isPrivate).map(\.name)
    if let candidate = record.subject.candidate, arms.contains(candidate) { return [candidate] }
    if let recommended = record.feasibility?.recommended, arms.contains(recommended) {
      return [recommended]
    }
    let unbounded = Set(
      record.evidence.lazy.filter { $0.value == .infinity && $0.id.metric == "epsilon" }
        .map(\.id.arm))
    let bounded = arms.filter { !unbounded.contains($0) }
    return bounded.isEmpty ? arms : bounded
  }

  func values(of name: String) -> [String] {
    switch name {
    case "candidate": subject.candidate.map { [$0] } ?? []
    case "baseline": subject.baseline.map { [$0] } ?? []
    case "local": subject.local.map { [$0] } ?? []
    case "reference": reference.map { [$0] } ?? []
    case "private": privateArms
    case "headline": [subject.headline]
    case "segment":
      subject.segments + subject.sensitive.filter { !subject.segments.contains($0) }
    case "sensitive": subject.sensitive
    default: []
    }
  }

  func absence(of name: String) -> String {
    switch name {
    case "candidate": "no arm is named as the one that may be released"
    case "baseline": "there is no centralised arm to compare with"
    case "local": "there is no local-only arm to compare with"
    case "reference": "there is no federated arm without noise to compare with"
    case "private": "no arm is recorded as private"
    case "segment": "no segment and no sensitive column is declared"
    case "sensitive": "no sensitive column is declared"
    default: "{\(name)} stands for nothing"
    }
  }
}

extension Subject {
  /// Metrics of which less is better; a limit written for the others does not fit them.
  static let lowerIsBetter: Set<String> = [
    "log_loss", "brier_score", "expected_calibration_error", "mean_absolute_error",
    "mean_squared_error", "root_mean_squared_error", "median_absolute_error",
    "mean_absolute_percentage_error", "max_error", "false_positive_rate", "false_negative_rate",
  ]
}
