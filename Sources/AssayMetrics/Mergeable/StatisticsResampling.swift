import AssayStatistics

/// The bootstrap of statistics: counts are drawn anew where rows are the sampled units
/// (``CellBootstrap``), and clients get the weights, and the bags, that ``BootstrapWeights`` gives
/// them in a table of rows.
struct StatisticsResampling: Sendable {
  let replicates: Int
  /// Draws counts anew.
  let counts: CellBootstrap
  private let weights: BootstrapWeights
  private let bagOfClient: [GroupName: UInt8]

  /// - Parameter clients: All clients in order.
  init(seed: UInt64, replicates: Int, clients: [GroupName], shape: StatisticsShape) {
    self.replicates = replicates
    counts = CellBootstrap(
      seed: seed, replicates: replicates, layout: shape.layout, bins: shape.bins)
    let weights = BootstrapWeights(seed: seed, replicates: replicates)
    self.weights = weights
    let bags = weights.bags(
      of: [], clients: clients.indices.map { Int32(clamping: $0) }, clientCount: clients.count)
    bagOfClient = Dictionary(zip(clients, bags), uniquingKeysWith: { first, _ in first })
  }

  /// Sums over clients in every replicate, clients being the sampled units.
  /// - Parameters:
  ///   - clients: The clients of the cell.
  ///   - values: One number for each of them.
  func resample(_ clients: [ClientStatistics], _ values: [Double]) -> [Double] {
    var sums = [Double](repeating: 0, count: BootstrapWeights.bagCount)
    for (client, value) in zip(clients, values) {
      if let bag = bagOfClient[client.name] { sums[Int(bag)] += value }
    }
    return weights.resample(sums)
  }

  /// The totals of a cell in every replicate, clients being the sampled units.
  func totals(_ clients: [ClientStatistics], _ totals: [[Double]], layout: TotalsLayout)
    -> ResampledTotals
  {
    ResampledTotals(
      columns: (0..<layout.count).map { index in resample(clients, totals.map { $0[index] }) })
  }
}
