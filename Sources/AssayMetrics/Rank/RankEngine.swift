import AssayFiles

/// Exact counts and sums of every cell of one binary arm, from the rows.
struct RankTotals: Sendable {
  /// By column, then group.
  var cells: [[Cell]]
  /// Distinct scores of the first column's rows from the highest down, if asked for.
  var steps: [RankStep]

  /// One cell.
  struct Cell: Sendable {
    /// Rows without a label by prediction.
    var unlabelled: (negative: Int, positive: Int) = (0, 0)
    var sums = RankSums()
    /// Equal-width bins of the score.
    var calibration: [RankCalibration] = []
    /// Bins of the histogram that hold rows, ascending; empty where none is wanted.
    var bins: [RankBin] = []
    /// Clients that hold rows, ascending; empty where none are wanted.
    var clients: [Client] = []
  }

  /// One client's share of a cell.
  struct Client: Sendable {
    var client: Int
    var sums: ClientSums
    /// By calibration bin: sum of label minus score, units of 2⁻⁶⁴.
    var gaps: [Int128]
    /// Rows without a label by prediction.
    var unlabelled: (negative: Int, positive: Int)
    /// Bins of the clients' histogram that hold rows, ascending; empty unless wanted.
    var bins: [RankBin] = []
  }
}

/// Sorts the rows of a binary arm once and walks down the scores once, for all cells together.
///
/// Goals in order: exact, the same bits for any order of rows and number of threads, fast. Rows are
/// dealt into some two thousand buckets by score, then each bucket is sorted and swept while it is in
/// the cache. Memory: 16 bytes for each row beside the input.
/// - Complexity: O(rows · columns) for scores that are spread out or repeat.
/// - Note: Sources: DeLong, DeLong, Clarke-Pearson 1988, Biometrics 44, 837–845; Sun and Xu 2014,
///   IEEE Signal Processing Letters 21, 1389–1393 (placements from ranks).
struct RankEngine {
  let input: RankInput
  let threads: Int

  /// - Parameter wantsSteps: Whether the distinct scores of all rows of the first column's groups
  ///   are listed; 16 bytes each.
  /// - Returns: `nil` when clients' shares are wanted and there are too many cells and clients.
  func totals(wantsSteps: Bool = false) -> RankTotals? {
    var result = RankTotals(
      cells: input.columns.map { Array(repeating: .init(), count: max(0, $0.groupCount)) },
      steps: [])
    var next = 0
    while next < input.columns.count {
      let packing = RankPacking(input.columns, clients: input.clients, from: next)
      guard sweep(packing, wantsSteps: wantsSteps && next == 0, into: &result) else { return nil }
      next += packing.fields.count
    }
    return result
  }

  private func sweep(
    _ packing: RankPacking, wantsSteps: Bool, into result: inout RankTotals
  ) -> Bool {
    let rows = RankRows(input, packing, threads: threads)
    let cells = packing.cellCount
    // Rows above each chunk, and all rows, by cell and label.
    var above = [[UInt64]](repeating: [], count: rows.chunks.count)
    var sum = [UInt64](repeating: 0, count: cells * 2)
    for chunk in rows.chunks.indices.reversed() {
      above[chunk] = sum
      for index in sum.indices { sum[index] += UInt64(rows.chunkCounts[chunk * cells * 2 + index]) }
    }
    let all = (0..<cells).map {
      (
        positives: Int64(truncatingIfNeeded: sum[$0 * 2 + 1]),
        negatives: Int64(truncatingIfNeeded: sum[$0 * 2])
      )
    }
    let histogramCells = packing.fields.filter { input.columns[$0.column].wantsHistogram }.flatMap {
      $0.firstCell..<($0.firstCell + $0.groupCount)
    }
    let aboveChunks = above
    let parts = OrderedJobs.results(count: rows.chunks.count, threads: threads) {
      index -> ChunkSums in
      var sweep = RankSweep(
        packing, above: aboveChunks[index], totals: all, histogramCells: histogramCells,
        wantsSteps: wantsSteps)
      var sorter = BucketSorter()
      for bucket in rows.chunks[index].reversed() {
        let start = rows.bucketStarts[bucket]
        let count = rows.bucketStarts[bucket + 1] - start
        sorter.sort(rows.records + start, count: count)
        sweep.take(rows.records + start, count: count)
      }
      return sweep.finish()
    }
    let cellSums = collect(packing, rows, parts, totals: sum, into: &result)
    if packing.client == nil { return true }
    guard let shares = shares(packing, rows, parts, totals: cellSums) else { return false }
    for field in packing.fields where input.columns[field.column].wantsClients {
      for group in 0..<field.groupCount {
        result.cells[field.column][group].clients = shares.clients(of: field.firstCell + group)
      }
    }
    return true
  }

  /// Every client's share of each cell, by a second walk down the sorted rows.
  private func shares(
    _ packing: RankPacking, _ rows: RankRows, _ parts: [ChunkSums], totals: [RankSums]
  ) -> ClientShares? {
    guard let client = packing.client,
      let pairs = ClientPairs(input, packing, threads: threads)
    else { return nil }
    var above = [[RankSums]](repeating: [], count: parts.count)
    var running = Array(repeating: RankSums(), count: packing.cellCount)
    for chunk in parts.indices.reversed() {
      above[chunk] = running
      for cell in running.indices {
        running[cell].positives = parts[chunk].cells[cell].positives
        running[cell].negatives = parts[chunk].cells[cell].negatives
        running[cell].inverses &+= parts[chunk].cells[cell].inverses
        running[cell].shares &+= parts[chunk].cells[cell].shares
      }
    }
    let starts = above
    let fields = packing.fields.filter { input.columns[$0.column].wantsClients }
    // One table of sums for each thread: they are whole numbers, so how chunks are divided over
    // threads does not show.
    let workers = max(1, min(threads, parts.count))
    let tables = OrderedJobs.results(count: workers, threads: threads) { worker in
      var sweep = ClientSweep(
        packing, client: client, fields: fields, pairs: pairs, totals: totals,
        wantsScores: input.wantsClientScores)
      let chunks =
        (parts.count * worker / workers)..<(parts.count * (worker + 1) / workers)
      for chunk in chunks.reversed() {
        sweep.start(above: starts[chunk])
        for bucket in rows.chunks[chunk].reversed() {
          let start = rows.bucketStarts[bucket]
          sweep.take(rows.records + start, count: rows.bucketStarts[bucket + 1] - start)
        }
      }
      return sweep.finish()
    }
    var shares = ClientShares(
      pairs: pairs, sums: tables[0].sums, gaps: tables[0].gaps,
      unlabelled: [UInt32](repeating: 0, count: pairs.count * 2))
    for table in tables.dropFirst() {
      for pair in shares.sums.indices { shares.sums[pair].merge(table.sums[pair]) }
      for index in shares.gaps.indices { shares.gaps[index] &+= table.gaps[index] }
    }
    if input.wantsClientScores {
      shares.bins = RankBin.lists(tables.reversed().map(\.bins), count: pairs.count)
    }
    shares.addUnlabelled(input, fields)
    return shares
  }

  /// Joins the chunks, from the highest scores down.
  private func collect(
    _ packing: RankPacking, _ rows: RankRows, _ parts: [ChunkSums], totals: [UInt64],
    into result: inout RankTotals
  ) -> [RankSums] {
    let cells = packing.cellCount
    var sums = Array(repeating: RankSums(), count: cells)
    var calibration = Array(
      repeating: RankCalibration(), count: CalibrationError.binaryBins * cells)
    let bins = RankBin.lists(parts.reversed().map(\.bins), count: cells)
    for part in parts.reversed() {
      for cell in 0..<cells { sums[cell].merge(part.cells[cell], positives: totals[cell * 2 + 1]) }
      for index in calibration.indices { calibration[index] += part.calibration[index] }
      result.steps += part.steps
    }
    for field in packing.fields {
      for group in 0..<field.groupCount {
        let cell = field.firstCell + group
        result.cells[field.column][group] = RankTotals.Cell(
          unlabelled: (rows.unlabelled[cell * 2], rows.unlabelled[cell * 2 + 1]), sums: sums[cell],
          calibration: (0..<CalibrationError.binaryBins).map { calibration[$0 * cells + cell] },
          bins: bins[cell])
      }
    }
    return sums
  }
}
