/// Label skew by few classes: rows sorted by label are cut into clients × s shards of equal size,
/// up to one row, and every client is dealt s shards at random, so that most hold at most about s
/// classes.
/// - Note: Source: McMahan, Moore, Ramage, Hampson, Agüera y Arcas 2017, arXiv:1602.05629,
///   section 3 ("pathological non-IID"), with s = 2.
struct ShardDeal {
  /// s, 1 or more.
  let shardsPerClient: Int

  func assign(_ labels: [Int32], _ clients: Int, _ randomness: Randomness) -> [Int32] {
    var result = [Int32](repeating: 0, count: labels.count)
    let sorted = shuffledClasses(labels, randomness).flatMap { $0 }
    let shards = clients * shardsPerClient
    for (position, shard) in randomness.partitionOrder(shards, stream: 0).enumerated() {
      let start = Int(shard) * sorted.count / shards
      let end = (Int(shard) + 1) * sorted.count / shards
      for row in sorted[start..<end] { result[Int(row)] = Int32(position / shardsPerClient) }
    }
    return result
  }
}
