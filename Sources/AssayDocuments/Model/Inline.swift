import AssayEvidence

/// A stretch of text in a document; everything in it is finished.
public indirect enum Inline: Hashable, Sendable {
  /// Plain words.
  case plain(String)
  /// Strong words.
  case strong([Inline])
  /// Quieter words.
  case soft([Inline])
  /// A name of a file, key or id.
  case code(String)
  /// The printed value of a fact.
  case value(Evidence)
  /// The interval of a fact, as printed.
  case interval(Evidence)
  /// The count of a fact, as printed.
  case count(Evidence)
  /// A state: shape and word; `check` names the check whose verdict it is.
  case state(Mark, word: String, check: CheckState?)
  /// An empty form field: what nobody provided, and whose turn it is.
  case gap(role: String)
  /// A link inside this document or to a sibling document.
  case link([Inline], to: Link)
  /// A line break.
  case lineBreak

  /// The verdict of a check, for readers that are programs.
  public struct CheckState: Hashable, Sendable {
    /// The check's id.
    public var id: String
    /// Its verdict.
    public var verdict: Verdict
  }

  /// Where a link leads; never an address from outside.
  public enum Link: Hashable, Sendable {
    /// A section or other named place of a document; `nil` for this one.
    case place(String, in: DocumentKind?)
    /// A fact's anchor in a document; `nil` for this one.
    case evidence(EvidenceID, in: DocumentKind?)
    /// A document.
    case document(DocumentKind)
  }
}

/// A state with a shape of its own, so that it can be told apart without colour.
public enum Mark: String, Hashable, Sendable, CaseIterable {
  /// Disc with tick.
  case met
  /// Square with cross.
  case not
  /// Half disc.
  case thin
  /// Triangle with exclamation mark.
  case err
  /// Clock.
  case wait
  /// Flag.
  case waive
  /// Dash.
  case na
}

/// The documents of a run.
public enum DocumentKind: String, Hashable, Sendable, CaseIterable {
  /// Plan, arms side by side, segments, fairness, cost.
  case evaluation
  /// What the model is, for whom, and how it was judged.
  case modelCard = "model-card"
  /// Utility against privacy.
  case feasibility = "dp-feasibility"
  /// The checklist.
  case readiness = "pilot-readiness"

  /// Its file in HTML.
  public var fileName: String { "\(rawValue).html" }

  /// Its name among the others.
  public var shortTitle: String {
    switch self {
    case .evaluation: "Evaluation"
    case .modelCard: "Model card"
    case .feasibility: "DP feasibility"
    case .readiness: "Pilot readiness"
    }
  }

  /// What it calls itself above its title.
  public var title: String {
    switch self {
    case .evaluation: "Pilot evaluation report"
    case .modelCard: "Model card"
    case .feasibility: "Differential-privacy feasibility report"
    case .readiness: "Pilot-readiness checklist"
    }
  }
}

extension Inline: ExpressibleByStringLiteral {
  /// Plain words.
  public init(stringLiteral value: String) { self = .plain(value) }
}

extension [Inline] {
  /// The text without markup, as a screen reader speaks it.
  public var spoken: String {
    map { inline -> String in
      switch inline {
      case .plain(let text), .code(let text): text
      case .strong(let text), .soft(let text), .link(let text, _): text.spoken
      case .value(let evidence): evidence.printedValue
      case .interval(let evidence): evidence.printedInterval ?? ""
      case .count(let evidence): evidence.printedCount ?? ""
      case .state(_, let word, _): word
      case .gap(let role): "not provided by \(role)"
      case .lineBreak: " "
      }
    }.joined()
  }
}
