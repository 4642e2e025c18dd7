import AssayStatistics

/// What an attacker says about canaries or rows, and the truth: the input of an audit.
public struct AttackScores: Hashable, Sendable {
  /// One score for each; the larger, the surer the attacker is that it was used in training.
  public let scores: [Double]
  /// Whether it was.
  public let isMember: [Bool]
  /// How many were used in training.
  public let members: Int

  /// How many there are.
  public var count: Int { scores.count }
  /// How many were not used in training.
  public var nonMembers: Int { count - members }

  /// Creates and checks the input.
  /// - Throws: ``PrivacyError`` when the counts differ, nothing is given, or a score is NaN.
  public init(scores: [Double], isMember: [Bool]) throws(PrivacyError) {
    if scores.isEmpty || scores.count != isMember.count {
      throw .parameterOutOfRange(
        name: "scores", found: "\(scores.count) scores, \(isMember.count) memberships",
        expected: "one membership for each score, and at least one")
    }
    if let index = scores.firstIndex(where: \.isNaN) {
      throw .parameterOutOfRange(
        name: "scores", found: "NaN at position \(index + 1)", expected: "numbers")
    }
    self.scores = scores
    self.isMember = isMember
    members = isMember.count { $0 }
  }

  /// The area under the attack's ROC curve, in `0...1`: ½ is guessing; a tie counts half. `nil` without
  /// members or without non-members.
  public var area: Double? {
    guard members > 0, nonMembers > 0 else { return nil }
    let order = scores.indices.sorted { scores[$0] < scores[$1] }
    var (wins, below, start) = (0.0, 0, 0)
    while start < order.count {
      var end = start
      var (tiedMembers, tiedOthers) = (0, 0)
      while end < order.count, scores[order[end]] == scores[order[start]] {
        if isMember[order[end]] { tiedMembers += 1 } else { tiedOthers += 1 }
        end += 1
      }
      wins += Double(tiedMembers) * (Double(below) + Double(tiedOthers) / 2)
      below += tiedOthers
      start = end
    }
    return wins / Double(members) / Double(nonMembers)
  }

  /// Random bits that belong to a position: the place in the file must not break ties or choose halves,
  /// because files list members first.
  static func bits(_ position: Int) -> UInt64 {
    CounterGenerator(seed: 0xA55A_0D17, stream: 1).bits(at: UInt64(position))
  }

  /// Positions in an order that knows neither score nor membership.
  var shuffled: [Int] { Self.shuffle(Array(scores.indices)) }

  static func shuffle(_ positions: [Int]) -> [Int] {
    let keys = positions.map(bits)
    return positions.indices.sorted { keys[$0] != keys[$1] ? keys[$0] < keys[$1] : $0 < $1 }
      .map { positions[$0] }
  }

  /// Positions from the largest score to the smallest, ties in an order that knows nothing.
  var ranked: [Int] {
    let keys = scores.indices.map(Self.bits)
    return scores.indices.sorted {
      if scores[$0] != scores[$1] { return scores[$0] > scores[$1] }
      return keys[$0] != keys[$1] ? keys[$0] < keys[$1] : $0 < $1
    }
  }

  /// Refuses members that no fair coins drew: two-sided probability below 1e-6.
  func requireFairCoins(_ method: AuditMethod) throws(PrivacyError) {
    let law = BinomialWindow(trials: count, odds: 1)
    if 2 * law.atLeast(max(members, nonMembers)) < 1e-6 {
      throw .parameterOutOfRange(
        name: "member", found: "\(members) members of \(count)",
        expected:
          "about half, because method '\(method.rawValue)' needs every canary to be included by "
          + "the toss of a fair coin; clopper-pearson and gaussian do not")
    }
  }
}
