import AssayRuns

/// Everything that was published about the same data, and what may still be: releases from training,
/// tuning, evaluation and statistics with one unit of privacy.
///
/// The total is the accountant's answer for all releases together. A release that nobody accounted for is
/// kept by name: while there is one, the total is not the whole.
public struct BudgetLedger: Hashable, Sendable {
  /// What may be spent in all.
  public struct Budget: Hashable, Sendable {
    /// ε, above 0.
    public var epsilon: Double
    /// δ, strictly between 0 and 1.
    public var delta: Double

    /// Creates a budget.
    public init(epsilon: Double, delta: Double) {
      self.epsilon = epsilon
      self.delta = delta
    }
  }

  /// One publication.
  public struct Entry: Hashable, Sendable {
    /// What kind of thing was published.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
      /// A trained model.
      case training
      /// The choice among settings that were tried.
      case tuning
      /// Numbers of an evaluation.
      case metrics
      /// A model on the way.
      case checkpoint
      /// Counts, such as noised statistics.
      case histogram
      /// Anything else.
      case other
    }

    /// What is known of its privacy.
    public enum Content: Hashable, Sendable {
      /// The mechanisms that were used.
      case events([PrivacyEvent])
      /// Nothing that can be added up, and why.
      case unaccounted(String)
    }

    /// Its name.
    public var name: String
    /// What kind of thing it is.
    public var kind: Kind
    /// What is known of its privacy.
    public var content: Content
    /// When it was made, RFC 3339 in UTC.
    public var at: String?
    /// Anything a reader should know.
    public var note: String?

    /// Creates an entry.
    public init(
      name: String, kind: Kind, content: Content, at: String? = nil, note: String? = nil
    ) {
      self.name = name
      self.kind = kind
      self.content = content
      self.at = at
      self.note = note
    }

    /// Its mechanisms; none where it is unaccounted for.
    public var events: [PrivacyEvent] {
      if case .events(let events) = content { events } else { [] }
    }

    /// Why it is unaccounted for; `nil` where it is.
    public var whyUnaccounted: String? {
      if case .unaccounted(let why) = content { why } else { nil }
    }
  }

  /// What may be spent; `nil` where nobody set a limit.
  public var budget: Budget?
  /// Whom the releases protect; `nil` where it is not recorded.
  public var unit: PrivacyUnit?
  /// What makes neighbours, for all releases alike.
  public var neighbouring: NeighbouringRelation
  /// How many units there are; `nil` where it is not recorded.
  public var population: Int?
  /// What was published, in order.
  public private(set) var releases: [Entry]

  /// Creates a ledger.
  public init(
    budget: Budget? = nil, unit: PrivacyUnit? = nil,
    neighbouring: NeighbouringRelation = .addOrRemoveOne, population: Int? = nil,
    releases: [Entry] = []
  ) {
    self.budget = budget
    self.unit = unit
    self.neighbouring = neighbouring
    self.population = population
    self.releases = releases
  }

  /// The ledger with one more release. A name that is taken gets a number.
  public func withRelease(_ entry: Entry) -> BudgetLedger {
    var entry = entry
    let names = Set(releases.map(\.name))
    let base = entry.name
    var number = 2
    while names.contains(entry.name) {
      entry.name = "\(base) (\(number))"
      number += 1
    }
    var copy = self
    copy.releases.append(entry)
    return copy
  }

  /// All mechanisms in order.
  public var history: [PrivacyEvent] { releases.flatMap(\.events) }

  /// The names of releases that are unaccounted for, in order.
  public var unaccounted: [String] { releases.filter { $0.whyUnaccounted != nil }.map(\.name) }

  /// ε of all releases that are accounted for, together.
  /// - Parameter delta: Failure probability of the statement; what releases spend of δ on their own is
  ///   part of it.
  /// - Throws: ``PrivacyError`` for a history or δ that the accountant refuses.
  public func total(
    delta: Double, accountant: Accountant = .best
  ) throws(PrivacyError) -> PrivacyGuarantee {
    try guarantee(
      history: history, delta: delta, neighbouring: neighbouring, unit: unit,
      accountant: accountant)
  }

  /// ε of one release alone; `nil` where it is unaccounted for.
  public func alone(
    _ entry: Entry, delta: Double, accountant: Accountant = .best
  ) throws(PrivacyError) -> PrivacyGuarantee? {
    guard case .events(let events) = entry.content else { return nil }
    return try guarantee(
      history: events, delta: delta, neighbouring: neighbouring, unit: unit,
      accountant: accountant)
  }
}
