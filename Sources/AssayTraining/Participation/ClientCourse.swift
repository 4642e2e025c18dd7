/// What a client has to do in a round.
struct ClientWork: Hashable, BitwiseCopyable {
  /// Its training rows.
  var rows: Int
  /// Gradient steps that the plan asks of it.
  var plannedSteps: Int
  /// Rows that go through training, each epoch counted.
  var examples: Int
}

/// What becomes of a client in a round up to its first upload; known before anything is trained.
struct ClientCourse: Hashable, BitwiseCopyable {
  /// The client.
  var client: Int
  /// The round.
  var round: Int
  /// What the client was asked to do.
  var work: ClientWork
  /// Why it ends before an upload; `nil` when it trains and uploads.
  var cause: OutcomeCause?
  /// Gradient steps that it takes: all planned ones, fewer as partial work, or those that were lost
  /// when it ended early.
  var steps: Int
  /// When its part ends without an upload, or when its first upload starts; virtual seconds.
  var at: Double
  /// Bytes that it received.
  var bytesDown: Int
  /// Bytes that it had sent when it ended while sending; 0 when it had not begun, or uploads.
  var bytesCut = 0
  /// Its uplink in bytes per virtual second; may be infinite.
  var uplink: Double
  /// When nothing is accepted any more; infinity without a deadline.
  var deadline: Double
  /// When it goes offline; infinity when it does not.
  var offline: Double
  /// Whether it vanishes once its update has arrived.
  var vanishesAfterUpload: Bool

  /// Whether it trains and uploads.
  var uploads: Bool { cause == nil }
  /// Whether it sends fewer steps than planned.
  var isPartial: Bool { uploads && steps < work.plannedSteps }
}
