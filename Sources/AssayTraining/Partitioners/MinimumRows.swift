/// Gives every client at least a minimum of rows, moving as few rows as that needs.
///
/// The rows come from the largest clients: sizes above a level L are cut down to it, L being the
/// highest level that frees enough (when it frees more, the first of those clients keep L + 1). Which of its
/// rows a client gives is drawn; they go to the clients that lack rows, in order.
struct MinimumRows {
  /// The minimum; clients × minimum is at most the number of rows.
  let count: Int
  let clients: Int

  func enforce(_ assignment: inout [Int32], _ randomness: Randomness) {
    var sizes = [Int](repeating: 0, count: clients)
    for client in assignment { sizes[Int(client)] += 1 }
    var needed = 0
    for size in sizes { needed += max(0, count - size) }
    if needed == 0 { return }
    var given = surplus(sizes, needed)
    var order = Array(0..<Int32(assignment.count))
    order.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      randomness.shuffle(start, count: buffer.count, .partitionRepair, round: 0)
    }
    var receiver = 0
    for row in order where needed > 0 {
      let donor = Int(assignment[Int(row)])
      guard given[donor] > 0 else { continue }
      while sizes[receiver] >= count { receiver += 1 }
      given[donor] -= 1
      sizes[receiver] += 1
      needed -= 1
      assignment[Int(row)] = Int32(receiver)
    }
  }

  /// How many rows each client gives.
  private func surplus(_ sizes: [Int], _ needed: Int) -> [Int] {
    var low = count
    var high = sizes.max() ?? count
    // The highest level that frees enough; the level `count` does.
    while low < high {
      let middle = (low + high + 1) / 2
      let freed = sizes.reduce(0) { $0 + max(0, $1 - middle) }
      if freed >= needed { low = middle } else { high = middle - 1 }
    }
    var given = sizes.map { max(0, $0 - low) }
    var excess = given.reduce(0, +) - needed
    for client in given.indices where excess > 0 && given[client] > 0 {
      given[client] -= 1
      excess -= 1
    }
    return given
  }
}
