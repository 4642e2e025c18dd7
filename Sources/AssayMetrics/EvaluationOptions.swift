/// How a table is evaluated; the defaults are those of `assay evaluate`.
public struct EvaluationOptions: Hashable, Sendable {
  /// How fairness metrics treat a group whose rate has a zero denominator.
  public enum FairnessConvention: String, Hashable, Sendable, CaseIterable {
    /// The group is left out of what needs that rate, and named.
    case defined
    /// The rate counts as 0, as in Fairlearn.
    case fairlearn
  }

  /// Two arms to compare; the difference is `arm` minus `reference`.
  public struct Pair: Hashable, Sendable {
    /// The arm whose change is measured.
    public var arm: String
    /// The arm it is measured from.
    public var reference: String

    /// Creates a pair.
    public init(arm: String, reference: String) {
      self.arm = arm
      self.reference = reference
    }
  }

  /// A binary row is predicted positive when its score is at least this.
  public var threshold = 0.5
  /// Nominal coverage of intervals, strictly between 0 and 1.
  public var confidence = 0.95
  /// Cells with fewer rows than this keep their name and lose their numbers; 1 shows all.
  public var minimumCount = 20
  /// Cells with rows of fewer clients than this lose their numbers; ignored without clients.
  public var minimumClients = 1
  /// Groups with at least one and fewer than this many rows of one of two labels lose the numbers from
  /// which these could be counted; never more than ``minimumCount``.
  public var minimumLabelCount = 5
  /// Whether every rate is hidden whose numerator, or the rest of its denominator, is one row or more
  /// and fewer than ``minimumCount``, and with it every number of its cell that counts decide.
  public var suppressesNumerators = false
  /// Whether further cells are hidden where a hidden one could be computed from those shown. Only
  /// tests switch it off.
  public var suppressesComplements = true
  /// Whether the group of missing values takes part in fairness.
  public var includeMissing = false
  /// How fairness treats undefined rates.
  public var fairnessConvention = FairnessConvention.defined
  /// The arm that the others are compared with; the first when `nil` or unknown.
  public var reference: String?
  /// Further comparisons, besides every arm against the reference; unknown names are ignored.
  public var furtherPairs: [Pair] = []
  /// Seed of the bootstrap.
  public var seed: UInt64 = 0
  /// Replicates of the bootstrap; below 2 there are no bootstrap intervals. A table of more than 400
  /// groups gets fewer, at least 200; see ``Evaluation/replicates``.
  public var replicates = 1000
  /// Clients that a cell must have for intervals that take clients as the sampled units.
  public var minimumClusters = 20
  /// Threads to use; the result does not depend on it.
  public var threads = 1

  /// Creates the default options.
  public init() {}

  /// The confidence, forced strictly between 0 and 1.
  var safeConfidence: Double { confidence > 0 && confidence < 1 ? confidence : 0.95 }
}
