import AssayFiles
import AssayStatistics

/// What was trained, on which population, how, and where every fact comes from; immutable.
///
/// A run is either read from the artifacts of another tool or produced by the bundled engine; from
/// here on both are treated alike. A fact that the source does not hold is `nil` or absent and named
/// in ``warnings``; it is never guessed.
public struct Run: Hashable, Sendable {
  /// The tool's own run id, else the folder's name.
  public var id: String
  /// The run's name in its tool.
  public var name: String
  /// The id of the run that this one belongs to (MLflow's nested runs).
  public var parent: String?
  /// Which importer or engine produced it: `assay`, `mlflow-file`, `mlflow-sqlite`, `flower`, `opacus`.
  public var format: String
  /// How it ended.
  public var status: RunStatus
  /// The seed, `nil` when not recorded.
  public var seed: Int?
  /// Start, RFC 3339 in UTC, `nil` when not recorded. Never set for runs of the bundled engine.
  public var started: String?
  /// Parameters under the source's names, in its order.
  public var parameters: JSONObject
  /// Last values of the metrics under the source's names; a value that is not finite is left out
  /// here and named in ``warnings``.
  public var metrics: [String: Double]
  /// Rounds in order; empty for runs without rounds.
  public var rounds: [Round]
  /// What is recorded about differential privacy; `nil` when nothing is.
  public var privacy: PrivacyRecord?
  /// Every file it was read from, or was trained on.
  public var sources: [SourceFile]
  /// What is missing, odd or contradictory in the source, one sentence each.
  public var warnings: [String]
  /// Further facts of the format, such as what the engine trained; ordered.
  public var details: JSONObject

  /// Creates a run.
  public init(
    id: String, name: String, parent: String? = nil, format: String, status: RunStatus,
    seed: Int? = nil, started: String? = nil, parameters: JSONObject = [:],
    metrics: [String: Double] = [:], rounds: [Round] = [], privacy: PrivacyRecord? = nil,
    sources: [SourceFile] = [], warnings: [String] = [], details: JSONObject = [:]
  ) {
    self.id = id
    self.name = name
    self.parent = parent
    self.format = format
    self.status = status
    self.seed = seed
    self.started = started
    self.parameters = parameters
    self.metrics = metrics
    self.rounds = rounds
    self.privacy = privacy
    self.sources = sources
    self.warnings = warnings
    self.details = details
  }
}

/// How a run ended.
public enum RunStatus: String, Hashable, Sendable, CaseIterable {
  /// It finished.
  case completed
  /// It ended with an error.
  case failed
  /// Somebody stopped it.
  case killed
  /// It was still going when the artifact was read.
  case running
  /// The artifact does not say.
  case unknown
}

/// One exchange of training between server and clients. `selected = completed + failed + noReply`.
public struct Round: Hashable, Sendable {
  /// The source's own number.
  public var round: Int
  /// Clients asked to train; `nil` when not recorded.
  public var selected: Int?
  /// Clients whose update arrived and was used.
  public var completed: Int?
  /// Clients that reported an error or were refused.
  public var failed: Int?
  /// Clients that never answered.
  public var noReply: Int?
  /// Why clients failed or did not answer: cause to count, in order of the cause's name.
  public var causes: [String: Int]
  /// Bytes from clients to the server.
  public var bytesUp: Int?
  /// Bytes from the server to clients.
  public var bytesDown: Int?
  /// Wall seconds; never recorded by the bundled engine.
  public var seconds: Double?
  /// Metrics of the round under the source's names, finite values only.
  public var metrics: [String: Double]
  /// Whether the server's model changed; `false` for an abandoned round.
  public var aggregated: Bool?
  /// Fraction of updates that were clipped, for private arms.
  public var clippedFraction: Double?

  /// Creates a round.
  public init(
    round: Int, selected: Int? = nil, completed: Int? = nil, failed: Int? = nil,
    noReply: Int? = nil, causes: [String: Int] = [:], bytesUp: Int? = nil, bytesDown: Int? = nil,
    seconds: Double? = nil, metrics: [String: Double] = [:], aggregated: Bool? = nil,
    clippedFraction: Double? = nil
  ) {
    self.round = round
    self.selected = selected
    self.completed = completed
    self.failed = failed
    self.noReply = noReply
    self.causes = causes
    self.bytesUp = bytesUp
    self.bytesDown = bytesDown
    self.seconds = seconds
    self.metrics = metrics
    self.aggregated = aggregated
    self.clippedFraction = clippedFraction
  }
}

/// One file that a fact was read from.
public struct SourceFile: Hashable, Sendable {
  /// Path relative to the folder the user gave.
  public var path: String
  /// SHA-256 of its bytes, 64 lower-case hexadecimal digits.
  public var sha256: String

  /// Creates a source.
  public init(path: String, sha256: String) {
    self.path = path
    self.sha256 = sha256
  }
}
