import AssayFiles

/// One line of `rounds.jsonl`.
public enum RoundLogLine: Hashable, Sendable {
  /// What became of a client, or of one of its uploads.
  case client(ClientOutcome)
  /// How a round ended; its last line.
  case end(RoundEnd)
}

/// What became of a client that was asked, or of one of its uploads.
public struct ClientOutcome: Hashable, Sendable {
  /// What happened, in one word.
  public enum Outcome: String, Hashable, Sendable, CaseIterable {
    /// The update is valid and the first of the client in this round.
    case accepted
    /// The same update came again; it is not counted again.
    case acknowledged
    /// The server does not take the update.
    case refused
    /// The upload did not arrive.
    case lost
    /// The client was not ready, or its update not there, by the deadline.
    case late
    /// The client declined to train.
    case declined
    /// The client vanished without an update.
    case dropped
    /// The client vanished once its update had arrived; the update counts.
    case vanished
    /// An accepted update is not used.
    case discarded
  }

  /// The round.
  public var round: Int
  /// The client's index.
  public var client: Int
  /// Number of the upload, from 1; 0 when nothing was uploaded.
  public var attempt: Int
  /// What happened.
  public var outcome: Outcome
  /// Why; `nil` for an update that was accepted or acknowledged.
  public var cause: OutcomeCause?
  /// Gradient steps taken.
  public var steps: Int
  /// Gradient steps planned.
  public var plannedSteps: Int
  /// Training rows of the client.
  public var rows: Int
  /// The weight that the upload carried; `nil` when nothing was uploaded, or when it was NaN.
  public var weight: Double?
  /// SHA-256 of the accepted values, where digests are kept.
  public var updateSHA256: String?
  /// In an asynchronous arm, how many models the server had made when the client started from the last of
  /// them; `nil` where all clients start from the round's own.
  public var modelVersion: Int?
  /// Virtual seconds since the start of the run.
  public var at: Double
  /// Bytes that this upload sent.
  public var bytes: Int
  /// The count of the round's record that the client belongs to; on exactly one line of each client
  /// and round, `nil` on its others.
  public var countsAs: OutcomeCause.Count?
}

/// How a round ended.
public struct RoundEnd: Hashable, Sendable {
  /// The round.
  public var round: Int
  /// Why nothing was aggregated; `nil` for a completed round.
  public var abandoned: AbandonReason?
  /// When it started, in virtual seconds.
  public var start: Double
  /// When it ended, in virtual seconds.
  public var end: Double
  /// Clients that could have been asked.
  public var available: Int
  /// Updates that were wanted.
  public var goal: Int
  /// Clients that were asked.
  public var selected: Int
  /// Clients whose update was used.
  public var completed: Int
  /// Clients that answered with an error, declined, were refused, late or not needed.
  public var failed: Int
  /// Clients that never answered.
  public var noReply: Int
  /// The clients whose updates were added up, in that order.
  public var accepted: [Int]
  /// Their weights.
  public var weights: [Double]
  /// What the weighted sum was divided by; `nil` for an abandoned round.
  public var divisor: Double?
  /// SHA-256 of the model behind the round as a safetensors file.
  public var modelSHA256: String?
}
