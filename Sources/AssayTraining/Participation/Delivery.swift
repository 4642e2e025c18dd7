/// What the server saw of one client in one round, once all its uploads are over.
struct Delivery: Hashable, Sendable {
  /// What the client did up to its first upload.
  var course: ClientCourse
  /// Why no update of it was accepted; `nil` when one was.
  var cause: OutcomeCause?
  /// When its update was accepted, or when its part ended without; virtual seconds.
  var at: Double
  /// Weight of its update.
  var weight: Double
  /// Bytes that it sent, every upload counted and a broken one up to where it broke.
  var bytesUp: Int
  /// SHA-256 of the accepted values, where digests are kept.
  var digest: String?
  /// Every upload in order; empty when there was exactly one and it was accepted, which is the usual
  /// case and needs no memory.
  var uploads: [Upload] = []

  /// One upload.
  struct Upload: Hashable, Sendable {
    /// What became of it.
    enum Outcome: Hashable, Sendable {
      /// The server answered.
      case judged(Verdict)
      /// It did not arrive.
      case lost
      /// It had not arrived by the deadline.
      case late
      /// The client went offline while sending.
      case brokenOff
    }
    /// What became of it.
    var outcome: Outcome
    /// When the server answered, or when the client gave up; virtual seconds.
    var at: Double
    /// Bytes sent.
    var bytes: Int
    /// The weight that it carried; `nil` when it was NaN, so that equal deliveries are equal.
    var weight: Double?
  }

  /// The client.
  var client: Int { course.client }
  /// Whether an update was accepted, be it used later or not.
  var isAccepted: Bool { cause == nil }
}

extension Delivery {
  /// A client that never uploads.
  init(ended course: ClientCourse) {
    precondition(!course.uploads, "a course that ended")
    self.init(
      course: course, cause: course.cause, at: course.at, weight: 0, bytesUp: course.bytesCut)
  }
}
