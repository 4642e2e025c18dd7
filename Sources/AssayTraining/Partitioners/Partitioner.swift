import AssayDiagnostics

/// A way to deal pooled rows to clients: a pure function from labels, number of clients and seed to
/// one client for each row.
///
/// Every partitioner draws its order from the seed, so the order of the input decides nothing about
/// who holds which classes. Random numbers are addressed by class and client, not drawn in turn.
public enum Partitioner: Hashable, Sendable {
  /// Every client has the same distribution and, up to one row, the same size.
  case iid
  /// Label skew: see ``DirichletSkew``.
  case dirichlet(concentration: Double)
  /// Label skew by few classes a client: see ``ShardDeal``.
  case shards(perClient: Int)
  /// Clients of unequal size with the same distribution: see ``QuantitySkew``.
  case quantity(concentration: Double)

  /// Deals the rows.
  /// - Parameters:
  ///   - labels: Class of every row, 0 or more.
  ///   - clients: How many clients there are, 1 or more.
  ///   - seed: Decides everything that is drawn.
  ///   - minimumRows: Every client ends with at least so many rows; see ``MinimumRows``.
  /// - Returns: The client of every row, `0..<clients`.
  /// - Throws: A diagnostic when there are fewer rows than clients × `minimumRows`, or than shards.
  public func assign(
    labels: [Int32], clients: Int, seed: Int, minimumRows: Int = 1
  ) throws(Diagnostic) -> [Int32] {
    precondition(clients >= 1 && minimumRows >= 1, "at least one client and one row for each")
    let (least, overflow) = clients.multipliedReportingOverflow(by: max(minimumRows, shardCount))
    guard !overflow, labels.count >= least else {
      throw Diagnostic(
        .other(
          found: "\(labels.count) usable rows",
          expected: overflow
            ? "fewer rows for each client"
            : "at least \(least): \(clients) clients × \(max(minimumRows, shardCount))"),
        help: "ask for fewer clients")
    }
    let randomness = Randomness(seed: seed)
    var result: [Int32]
    switch self {
    case .iid: result = equalShares(labels.count, clients: clients, randomness)
    case .dirichlet(let concentration):
      result = DirichletSkew(concentration: concentration).assign(labels, clients, randomness)
    case .shards(let perClient):
      result = ShardDeal(shardsPerClient: perClient).assign(labels, clients, randomness)
    case .quantity(let concentration):
      result = QuantitySkew(concentration: concentration).assign(
        labels.count, clients, randomness)
    }
    MinimumRows(count: minimumRows, clients: clients).enforce(&result, randomness)
    return result
  }

  private var shardCount: Int { if case .shards(let count) = self { count } else { 1 } }

  /// Rows in a drawn order, dealt round and round.
  private func equalShares(_ rows: Int, clients: Int, _ randomness: Randomness) -> [Int32] {
    var result = [Int32](repeating: 0, count: rows)
    for (position, row) in randomness.partitionOrder(rows, stream: 0).enumerated() {
      result[Int(row)] = Int32(position % clients)
    }
    return result
  }
}

extension Randomness {
  /// The numbers `0..<count` in a drawn order.
  func partitionOrder(_ count: Int, stream: Int) -> [Int32] {
    var order = Array(0..<Int32(count))
    order.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      shuffle(start, count: count, .partitionOrder, client: 0, round: stream)
    }
    return order
  }
}

/// Rows of every class, each class in a drawn order of its own.
func shuffledClasses(_ labels: [Int32], _ randomness: Randomness) -> [[Int32]] {
  let classCount = Int(labels.max() ?? -1) + 1
  let rows = RowsByGroup(labels, groupCount: classCount)
  return (0..<classCount).map { label in
    let members = Array(rows[label])
    return randomness.partitionOrder(members.count, stream: label + 1).map { members[Int($0)] }
  }
}

/// Deals a list of rows in consecutive parts of given shares: client `k` gets the positions from
/// `round(n · (s₀ + … + s₍ₖ₋₁₎))` to `round(n · (s₀ + … + sₖ))`.
func deal(_ rows: [Int32], by shares: [Double], into result: inout [Int32]) {
  var cumulative = 0.0
  var start = 0
  for (client, share) in shares.enumerated() {
    cumulative += share
    let isLast = client == shares.count - 1
    let end =
      isLast ? rows.count : min(rows.count, Int((cumulative * Double(rows.count)).rounded()))
    if end > start {
      for position in start..<end { result[Int(rows[position])] = Int32(client) }
      start = end
    }
  }
}
