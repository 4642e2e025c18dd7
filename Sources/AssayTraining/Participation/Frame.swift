import AssayFiles
import CKernels

/// One upload as it arrives at the server.
struct Frame {
  /// Who sends it.
  var client: Int
  /// For which round.
  var round: Int
  /// The version of the model that the client started from.
  var modelVersion: Int
  /// Number of values that the sender announces.
  var valueCount: Int
  /// The values that arrived.
  var values: UnsafeBufferPointer<Float>
  /// Weight of the update in the mean.
  var weight: Double
  /// SHA-256 of the values as the sender computed it; `nil` where transport is reliable.
  var checksum: String?

  /// SHA-256 of values as they lie in memory: IEEE 754 floats, little-endian.
  static func digest(_ values: UnsafeBufferPointer<Float>) -> String {
    SHA256.hexDigest(UnsafeRawBufferPointer(values))
  }
}

/// What the server says of a frame.
enum Verdict: Hashable, Sendable {
  /// It is valid and the first of its client in the round.
  case accepted
  /// It equals the one that was accepted before; nothing is added twice.
  case duplicateAcknowledged
  /// It is not taken.
  case refused(OutcomeCause)
}

/// The server's desk for the frames of one client in one round. It judges a frame by what is in it.
///
/// The key of acceptance is (run, round, client, digest): the first valid frame wins, an equal one is
/// acknowledged again, and an unequal one is refused.
struct Inbox {
  /// The round that is open.
  let round: Int
  /// The version of the model that was sent out.
  let modelVersion: Int
  /// Values of the model.
  let valueCount: Int
  /// Largest weight that is plausible.
  let weightLimit: Double
  /// Whether an accepted frame's digest is kept, for duplicates and for the log.
  let keepsDigest: Bool
  /// Whether a frame was accepted.
  private(set) var hasAccepted = false
  /// SHA-256 of the accepted values, where it is kept.
  private(set) var acceptedDigest: String?

  init(
    round: Int, modelVersion: Int, valueCount: Int, weightLimit: Double, keepsDigest: Bool
  ) {
    self.round = round
    self.modelVersion = modelVersion
    self.valueCount = valueCount
    self.weightLimit = weightLimit
    self.keepsDigest = keepsDigest
  }

  /// Judges a frame; the first reason that applies is named.
  mutating func receive(_ frame: Frame) -> Verdict {
    if frame.round != round || frame.modelVersion != modelVersion { return .refused(.wrongVersion) }
    if frame.values.count < frame.valueCount { return .refused(.truncated) }
    if frame.valueCount != valueCount || frame.values.count != valueCount {
      return .refused(.wrongShape)
    }
    var digest: String?
    if let checksum = frame.checksum {
      let found = Frame.digest(frame.values)
      if found != checksum { return .refused(.checksum) }
      digest = found
    } else if keepsDigest {
      digest = Frame.digest(frame.values)
    }
    // Written so that NaN fails.
    guard frame.weight >= 0, frame.weight <= weightLimit else { return .refused(.absurdWeight) }
    if let base = frame.values.baseAddress,
      !assay_all_finite(base, Int64(frame.values.count))
    {
      return .refused(.nonFinite)
    }
    if hasAccepted {
      return digest == acceptedDigest && digest != nil
        ? .duplicateAcknowledged : .refused(.conflictingDuplicate)
    }
    hasAccepted = true
    acceptedDigest = digest
    return .accepted
  }
}
