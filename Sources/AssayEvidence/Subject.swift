import AssayFiles
import AssayRuns

/// What an assessment is about: the plan as it was fixed beforehand, or the artifacts as found.
public struct Subject: Hashable, Sendable {
  /// Where the runs come from.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// Trained by the bundled engine from a pilot file.
    case pilot
    /// Read from artifacts of other tools.
    case ingested
    /// Read from prediction tables.
    case predictions
  }

  /// The pilot's or artifact's name.
  public var name: String
  /// Where the runs come from.
  public var kind: Kind
  /// SHA-256 of the pilot file; `nil` without one.
  public var pilotDigest: String?
  /// Task in words: `binary`, `10 classes`, `regression`.
  public var task: String
  /// The column that is predicted.
  public var label: String
  /// Input columns as named in the data.
  public var features: [String]
  /// Segment columns.
  public var segments: [String]
  /// Sensitive columns.
  public var sensitive: [String]
  /// Column that names the client.
  public var client: String?
  /// What a client is: `silo`, `person`, `device`.
  public var clientIs: String
  /// Number of clients in the data; `nil` when not known.
  public var clientCount: Int?
  /// How clients came about, in words, where pooled rows were dealt to them; `nil` when a column
  /// names them.
  public var partition: String?
  /// Rows trained on and rows tested on; `nil` when not known.
  public var trainingRows: Int?
  /// Rows tested on.
  public var testRows: Int?
  /// How the rows were divided, in words.
  public var split: String
  /// How inputs were scaled, in words.
  public var scaling: String
  /// The model in words, such as `softmax regression, 785 × 10 weights`.
  public var model: String
  /// Seeds of the plan.
  public var seeds: [Int]
  /// The arms in order.
  public var arms: [ArmSummary]
  /// The arm that may be released.
  public var candidate: String?
  /// The centralised arm it is compared with.
  public var baseline: String?
  /// The local-only arm.
  public var local: String?
  /// The metric of headlines: `accuracy` unless the plan says otherwise.
  public var headline: String
  /// Files that were read, with digests.
  public var sources: [SourceFile]
  /// What was noticed while reading the data, one sentence each: rows dropped, leaks, one-class clients.
  public var notes: [String]

  /// Creates a subject; everything unknown is empty.
  public init(
    name: String, kind: Kind, pilotDigest: String? = nil, task: String = "", label: String = "",
    features: [String] = [], segments: [String] = [], sensitive: [String] = [],
    client: String? = nil, clientIs: String = "silo", clientCount: Int? = nil,
    partition: String? = nil, trainingRows: Int? = nil, testRows: Int? = nil, split: String = "",
    scaling: String = "",
    model: String = "", seeds: [Int] = [], arms: [ArmSummary] = [], candidate: String? = nil,
    baseline: String? = nil, local: String? = nil, headline: String = "accuracy",
    sources: [SourceFile] = [], notes: [String] = []
  ) {
    self.name = name
    self.kind = kind
    self.pilotDigest = pilotDigest
    self.task = task
    self.label = label
    self.features = features
    self.segments = segments
    self.sensitive = sensitive
    self.client = client
    self.clientIs = clientIs
    self.clientCount = clientCount
    self.partition = partition
    self.trainingRows = trainingRows
    self.testRows = testRows
    self.split = split
    self.scaling = scaling
    self.model = model
    self.seeds = seeds
    self.arms = arms
    self.candidate = candidate
    self.baseline = baseline
    self.local = local
    self.headline = headline
    self.sources = sources
    self.notes = notes
  }
}

/// One arm as planned or found.
public struct ArmSummary: Hashable, Sendable {
  /// What an arm is.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// No training: the share of every class.
    case trivial
    /// All rows in one place.
    case centralized
    /// The minimum of the training loss.
    case optimum
    /// One model per client from its own rows.
    case local
    /// One model by exchanging updates.
    case federated
    /// Read from an artifact.
    case ingested
    /// A column of scores in a prediction table.
    case scores
  }

  /// The arm's name.
  public var name: String
  /// What it is.
  public var kind: Kind
  /// Whether it adds noise for differential privacy, or claims to.
  public var isPrivate: Bool
  /// Its parameters in words, in order: `("rounds", "20")`.
  public var parameters: [Parameter]
  /// Status of each of its runs, by run folder.
  public var runs: [RunState]

  /// A parameter in words.
  public struct Parameter: Hashable, Sendable {
    /// The name.
    public var name: String
    /// The value.
    public var value: String
    /// Creates a parameter.
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// How one run of the arm ended.
  public struct RunState: Hashable, Sendable {
    /// The run's folder below `runs/`.
    public var folder: String
    /// How it ended.
    public var status: RunStatus
    /// Why, when it did not complete.
    public var reason: String?
    /// Creates a state.
    public init(folder: String, status: RunStatus, reason: String? = nil) {
      self.folder = folder
      self.status = status
      self.reason = reason
    }
  }

  /// Creates an arm.
  public init(
    name: String, kind: Kind, isPrivate: Bool = false, parameters: [Parameter] = [],
    runs: [RunState] = []
  ) {
    self.name = name
    self.kind = kind
    self.isPrivate = isPrivate
    self.parameters = parameters
    self.runs = runs
  }
}
