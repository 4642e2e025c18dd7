/// Why a client that was asked is not part of a round, or why one of its uploads was not accepted.
///
/// Raw values are the names under which causes are counted in a round's record.
public enum OutcomeCause: String, Hashable, Sendable, BitwiseCopyable, CaseIterable {
  /// It was drawn and could not be reached.
  case unavailable = "unavailable"
  /// It was asked and never answered.
  case dropoutBeforeTraining = "dropout-before-training"
  /// It trained and vanished before it sent anything.
  case dropoutBeforeUpload = "dropout-before-upload"
  /// The time in which it could be reached ended before its update had arrived.
  case wentOffline = "went-offline"
  /// Its upload, and all repetitions, were lost on the way.
  case uploadLost = "upload-lost"

  /// It vanished once its update had arrived; the update counts.
  case dropoutAfterUpload = "dropout-after-upload"

  /// The battery is lower than it may be.
  case declinedBattery = "declined-low-battery"
  /// The network costs money by volume.
  case declinedMetered = "declined-metered-network"
  /// The processor is busy.
  case declinedBusy = "declined-busy-processor"
  /// Too little memory is free.
  case declinedMemory = "declined-low-memory"
  /// It has nothing to train on; in a private arm it sends a zero update instead.
  case noRows = "no training rows"
  /// It had not finished, or its update had not arrived, by the deadline.
  case late = "late"
  /// Fewer values arrived than were announced.
  case truncated = "truncated-upload"
  /// The bytes that arrived are not those that were sent.
  case checksum = "checksum-mismatch"
  /// It sent NaN or an infinity.
  case nonFinite = "non-finite update"
  /// It sent another number of values than the model has.
  case wrongShape = "wrong-shape"
  /// It trained another version of the model.
  case wrongVersion = "wrong-model-version"
  /// Its weight is negative, not finite or above the limit.
  case absurdWeight = "absurd-weight"
  /// It had sent another update for this round before.
  case conflictingDuplicate = "conflicting-duplicate"
  /// Its update is valid, and enough others were there before.
  case surplus = "surplus"
  /// Its update is valid, and too few others were.
  case roundAbandoned = "round-abandoned"

  /// The count of a round that a client belongs to.
  public enum Count: String, Hashable, Sendable {
    /// Its update was used.
    case completed
    /// It answered with an error, declined, was refused, or was late.
    case failed
    /// It never answered.
    case noReply = "no_reply"
  }

  /// The count that a client belongs to whose round ended for this cause.
  public var count: Count {
    switch self {
    case .dropoutAfterUpload: .completed
    case .unavailable, .dropoutBeforeTraining, .dropoutBeforeUpload, .wentOffline, .uploadLost:
      .noReply
    default: .failed
    }
  }

  /// Whether another upload may help: the fault lies on the way, not in the update.
  public var isTransient: Bool {
    switch self {
    case .uploadLost, .truncated, .checksum: true
    default: false
    }
  }
}
