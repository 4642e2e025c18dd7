/// What to evaluate, as the command line puts it.
public struct EvaluationRequest: Sendable {
  /// An arm and its column, or columns separated by commas.
  public typealias ArmColumns = (arm: String, columns: String)

  var paths: [String]
  var label: String
  var score: [ArmColumns]
  var scores: [ArmColumns]
  var prediction: [ArmColumns]
  var segments: [String]
  var sensitive: [String]
  var client: String?
  var identifier: String?
  var reference: String?
  var task: String?
  var threshold: Double
  /// Nominal coverage of intervals.
  public var confidence: Double
  /// Cells with fewer rows are withheld.
  public var minimumCount: Int
  /// Cells with fewer clients are withheld; `nil`: by the profile.
  public var minimumClients: Int?
  /// Whether rows with a missing group count for fairness.
  public var includeMissing: Bool
  /// Whether fairness counts an undefined rate as 0.
  public var fairlearnConvention: Bool
  /// Seed of resampling.
  public var seed: Int
  /// Replicates of the bootstrap; 0 makes no interval that needs one.
  public var replicates = 1_000
  /// What is tolerated, as metric and worsening; judged for every comparison.
  public var margins: [(metric: String, value: Double)] = []
  /// Whether rates of few rows are hidden too.
  public var suppressesNumerators = false
  /// Where and on what to look for weak segments; `nil` when not at all.
  public var weakSegments: WeakSegmentRequest?
  /// How files, columns and values are to be understood.
  public var input = PredictionInput()

  /// Creates a request.
  public init(
    paths: [String], label: String, score: [ArmColumns], scores: [ArmColumns],
    prediction: [ArmColumns], segments: [String], sensitive: [String], client: String?,
    identifier: String?, reference: String?, task: String?, threshold: Double,
    confidence: Double, minimumCount: Int, minimumClients: Int?, includeMissing: Bool,
    fairlearnConvention: Bool, seed: Int
  ) {
    self.paths = paths
    self.label = label
    self.score = score
    self.scores = scores
    self.prediction = prediction
    self.segments = segments
    self.sensitive = sensitive
    self.client = client
    self.identifier = identifier
    self.reference = reference
    self.task = task
    self.threshold = threshold
    self.confidence = confidence
    self.minimumCount = minimumCount
    self.minimumClients = minimumClients
    self.includeMissing = includeMissing
    self.fairlearnConvention = fairlearnConvention
    self.seed = seed
  }
}
