/// Why a round changed nothing.
public enum AbandonReason: String, Hashable, Sendable, CaseIterable {
  /// Fewer clients than needed could be reached, so nobody was asked.
  case tooFewAvailable = "too-few-available"
  /// Fewer updates than the quorum were accepted.
  case quorumMissed = "quorum-missed"
  /// No update was accepted.
  case noUpdate = "no-update"
}

/// The end of a round: which updates are used, why the others are not, and when it ends.
struct RoundClosing: Hashable, Sendable {
  /// For each delivery, why it is not used; `nil` when it is.
  var causes: [OutcomeCause?]
  /// Positions of the deliveries that are used, ascending.
  var used: [Int]
  /// When the round ends, in virtual seconds.
  var end: Double
  /// Why nothing was aggregated; `nil` when something was.
  var abandoned: AbandonReason?

  /// Closes a round.
  ///
  /// The accepted updates are taken in the order in which they arrived, equal times by client, until
  /// the goal is reached; then the round ends. When it is not reached, the round ends with the last
  /// answer, or at the deadline when a client is still missing (without a deadline: when the last
  /// client has ended its part, which a real server could not know).
  /// - Parameters:
  ///   - deliveries: One for each client that was asked, ascending by client.
  ///   - goal: Updates that are wanted: the cohort before over-selection.
  ///   - start: When the round started.
  ///   - isPrivate: A private round takes every accepted update and is never abandoned: its cohort
  ///     was drawn, so it must release.
  ///   - isTimingHidden: Whether the end of the round must say nothing of its clients.
  init(
    _ deliveries: [Delivery], goal: Int, start: Double, plan: ParticipationPlan, isPrivate: Bool,
    isTimingHidden: Bool = false
  ) {
    precondition(isPrivate || goal > 0, "a round that wants an update")
    causes = deliveries.map(\.cause)
    let deadline = plan.deadline.map { start + $0 } ?? .infinity
    var accepted = deliveries.indices.filter { deliveries[$0].isAccepted }
    let isReached = !isPrivate && accepted.count >= goal && !accepted.isEmpty
    if isReached {
      // Ties keep the order of clients.
      accepted.sort { (deliveries[$0].at, $0) < (deliveries[$1].at, $1) }
      for surplus in accepted[goal...] { causes[surplus] = .surplus }
      end = deliveries[accepted[goal - 1]].at
      accepted = accepted[..<goal].sorted()
    } else {
      let isMissing = causes.contains { $0?.count == .noReply }
      if isMissing, deadline.isFinite {
        end = deadline
      } else {
        end = deliveries.reduce(start) { max($0, min($1.at, deadline)) }
      }
    }
    // An arrival within rounding of the deadline was accepted.
    end = min(end, deadline)
    // What happens next must not depend on how long a client took: under privacy the clock moves by the
    // deadline, or not at all.
    if isTimingHidden { end = deadline.isFinite ? deadline : start }
    used = accepted
    if isPrivate { return }
    if used.isEmpty {
      abandoned = .noUpdate
    } else if used.count < plan.quorumCount(goal: goal) {
      abandoned = .quorumMissed
      for index in used { causes[index] = .roundAbandoned }
      used = []
    }
  }

  /// A round for which too few clients could be reached: nobody is asked, nothing is released, and
  /// the server tries again one deadline later.
  init(skippedAt start: Double, plan: ParticipationPlan) {
    causes = []
    used = []
    end = start + (plan.deadline ?? 0)
    abandoned = .tooFewAvailable
  }

  /// Clients in each count.
  func count(_ count: OutcomeCause.Count) -> Int {
    causes.reduce(0) { $0 + (($1?.count ?? .completed) == count ? 1 : 0) }
  }

  /// How many clients ended for each cause, for the round's record.
  var causeCounts: [String: Int] {
    var counts: [String: Int] = [:]
    for case let cause? in causes { counts[cause.rawValue, default: 0] += 1 }
    return counts
  }
}
