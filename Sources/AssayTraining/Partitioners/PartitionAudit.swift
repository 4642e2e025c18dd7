import AssayStatistics

/// How far clients differ from one another in labels and size, whichever way they came about.
public struct PartitionAudit: Hashable, Sendable {
  /// Clients that hold rows; all averages are over them.
  public let clientCount: Int
  /// Rows of all clients.
  public let rowCount: Int
  /// Classes that some row has.
  public let classCount: Int
  /// Mean over clients, each counted once, of the Jensen–Shannon divergence (base 2) of the
  /// client's label distribution P from the pooled one Q: `½·KL(P‖M) + ½·KL(Q‖M)`, `M = (P + Q)/2`.
  /// In `0...1`; 0 when all clients have the pooled distribution.
  /// - Note: Source: Lin 1991, "Divergence measures based on the Shannon entropy", equation 4.1.
  public let meanLabelDivergence: Double
  /// The largest of those divergences.
  public let largestLabelDivergence: Double
  /// Gini coefficient of the clients' sizes x, ascending: `Σ (2i − n − 1)·xᵢ / (n·Σ x)`, i from 1.
  /// In `0..<1`; 0 when all clients are of one size.
  public let sizeGini: Double
  /// Mean over clients of the share of the classes that a client holds, in `0...1`.
  public let classCoverage: Double
  /// Rows of the smallest client.
  public let smallestClient: Int
  /// Median of the clients' rows; the mean of the middle two when their number is even.
  public let medianClient: Double
  /// Rows of the largest client.
  public let largestClient: Int

  /// Audits an assignment.
  /// - Parameters:
  ///   - labels: Class of every row (for a number, its bin), 0 or more.
  ///   - clients: Client of every row, `0..<clientCount`.
  /// - Precondition: At least one row.
  /// - Complexity: O(rows + clients · classes held).
  public init(labels: [Int32], clients: [Int32], clientCount: Int) {
    precondition(labels.count == clients.count && !labels.isEmpty, "one client for each row")
    let bins = Int(labels.max() ?? 0) + 1
    var pooled = [Int](repeating: 0, count: bins)
    for label in labels { pooled[Int(label)] += 1 }
    let rows = RowsByGroup(clients, groupCount: clientCount)
    let total = Double(labels.count)
    let present = pooled.count { $0 > 0 }
    var own = [Int](repeating: 0, count: bins)
    var sizes: [Int] = []
    var divergences = CompensatedSum()
    var coverage = CompensatedSum()
    var largest = 0.0
    for client in 0..<clientCount {
      let members = rows[client]
      if members.isEmpty { continue }
      sizes.append(members.count)
      var held: [Int] = []
      for row in members {
        let label = Int(labels[Int(row)])
        if own[label] == 0 { held.append(label) }
        own[label] += 1
      }
      let divergence = Self.divergence(
        held.sorted().map { (own[$0], pooled[$0]) }, size: Double(members.count), total: total)
      divergences.add(divergence)
      coverage.add(Double(held.count) / Double(present))
      largest = max(largest, divergence)
      for label in held { own[label] = 0 }
    }
    sizes.sort()
    let count = sizes.count
    self.clientCount = count
    rowCount = labels.count
    classCount = present
    meanLabelDivergence = divergences.value / Double(count)
    largestLabelDivergence = largest
    classCoverage = coverage.value / Double(count)
    var weighted = 0
    for (index, size) in sizes.enumerated() { weighted += (2 * (index + 1) - count - 1) * size }
    sizeGini = Double(weighted) / (Double(count) * total)
    smallestClient = sizes[0]
    medianClient = Double(sizes[(count - 1) / 2] + sizes[count / 2]) / 2
    largestClient = sizes[count - 1]
  }

  /// The divergence from the counts of the classes that the client holds; a class that it does not
  /// hold adds `½·q·log2(q / (q/2)) = q/2`, and all of those together half of the rest of Q.
  private static func divergence(
    _ counts: [(own: Int, pooled: Int)], size: Double, total: Double
  ) -> Double {
    let ln2 = 0.6931471805599453
    var sum = CompensatedSum()
    var seen = 0
    for (own, pooled) in counts {
      seen += pooled
      let p = Double(own) / size
      let q = Double(pooled) / total
      let m = 0.5 * (p + q)
      sum.add(0.5 * p * PortableMath.log(p / m) / ln2)
      sum.add(0.5 * q * PortableMath.log(q / m) / ln2)
    }
    sum.add(0.5 * (total - Double(seen)) / total)
    return min(1, max(0, sum.value))
  }
}
