import AssayRuns
import AssayStatistics

/// One fact: what was found, about which arm and segment, and where it comes from.
public struct Evidence: Hashable, Sendable {
  /// The stable name.
  public var id: EvidenceID
  /// What a reader calls it, such as "Accuracy".
  public var title: String
  /// How it is printed.
  public var unit: ValueUnit
  /// What was found.
  public var result: Result
  /// The value of every seed, where the result is a mean over seeds.
  public var seeds: [SeedValue]
  /// Where it comes from.
  public var source: Source
  /// Groups that a comparison over groups had to leave out.
  public var leftOut: [String]
  /// What a reader must know beside the number.
  public var note: String?

  /// What was found.
  public enum Result: Hashable, Sendable {
    /// A measured number with count and interval, or the reason why there is none.
    case estimate(Estimate)
    /// A statement of differential privacy.
    case guarantee(PrivacyGuarantee)
    /// A count of things; exact.
    case count(Int)
    /// A number that was set or counted, not estimated: a parameter, bytes, a price.
    case quantity(Double)
    /// Yes or no.
    case flag(Bool)
    /// Words.
    case text(String)
    /// Nothing: the artifact or pilot does not hold it.
    case missing(reason: String)
  }

  /// One seed's value.
  public struct SeedValue: Hashable, Sendable {
    /// The seed.
    public var seed: Int
    /// The value; `nil` where undefined.
    public var value: Double?

    /// Creates a seed's value.
    public init(seed: Int, value: Double?) {
      self.seed = seed
      self.value = value
    }
  }

  /// Where a fact comes from.
  public struct Source: Hashable, Sendable {
    /// Path inside the output folder, or of the artifact.
    public var path: String
    /// SHA-256 of that file, `nil` where it is not one file.
    public var sha256: String?
    /// How it was obtained: `measured from 3 prediction files`, `computed by accountant rdp`.
    public var how: String

    /// Creates a source.
    public init(path: String, sha256: String? = nil, how: String) {
      self.path = path
      self.sha256 = sha256
      self.how = how
    }
  }

  /// Creates a fact.
  public init(
    id: EvidenceID, title: String, unit: ValueUnit, result: Result, seeds: [SeedValue] = [],
    source: Source, leftOut: [String] = [], note: String? = nil
  ) {
    self.id = id
    self.title = title
    self.unit = unit
    self.result = result
    self.seeds = seeds
    self.source = source
    self.leftOut = leftOut
    self.note = note
  }

  /// The number behind the fact: estimate, ε, count or quantity; `nil` for the rest.
  public var value: Double? {
    switch result {
    case .estimate(let estimate): estimate.value
    case .guarantee(let guarantee): guarantee.epsilon
    case .count(let count): Double(count)
    case .quantity(let value): value
    case .flag, .text, .missing: nil
    }
  }

  /// The interval, where the fact is an estimate that has one.
  public var interval: Interval? {
    if case .estimate(let estimate) = result { estimate.interval } else { nil }
  }

  /// The count an estimate rests on.
  public var count: Int? {
    if case .estimate(let estimate) = result { estimate.count } else { nil }
  }
}
