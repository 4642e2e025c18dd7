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
  func totals(wantsSteps: Bool = false) -> RankTotals {
    var result = RankTotals(
      cells: input.columns.map { Array(repeating: .init(), count: max(0, $0.groupCount)) },
      steps: [])
    var next = 0
    while next < input.columns.count {
      let packing = RankPacking(input.columns, from: next)
      sweep(packing, wantsSteps: wantsSteps && next == 0, into: &result)
      next += packing.fields.count
    }
    return result
  }

  private func sweep(_ packing: RankPacking, wantsSteps: Bool, into result: inout RankTotals) {
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
    let parts = parallelMap(count: rows.chunks.count, threads: threads) { index -> ChunkSums in
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
    collect(packing, rows, parts, totals: sum, into: &result)
  }

  /// Joins the chunks, from the highest scores down.
  private func collect(
    _ packing: RankPacking, _ rows: RankRows, _ parts: [ChunkSums], totals: [UInt64],
    into result: inout RankTotals
  ) {
    let cells = packing.cellCount
    var sums = Array(repeating: RankSums(), count: cells)
    var calibration = Array(
      repeating: RankCalibration(), count: CalibrationError.binaryBins * cells)
    var bins = Array(repeating: [RankBin](), count: cells)
    for part in parts.reversed() {
      for cell in 0..<cells { sums[cell].merge(part.cells[cell], positives: totals[cell * 2 + 1]) }
      for index in calibration.indices { calibration[index] += part.calibration[index] }
      for bin in part.bins {
        let cell = Int(bin.cell)
        if let last = bins[cell].last, last.bin == bin.bin {
          bins[cell][bins[cell].count - 1].positives += bin.positives
          bins[cell][bins[cell].count - 1].negatives += bin.negatives
        } else {
          bins[cell].append(bin)
        }
      }
      result.steps += part.steps
    }
    for field in packing.fields {
      for group in 0..<field.groupCount {
        let cell = field.firstCell + group
        result.cells[field.column][group] = RankTotals.Cell(
          unlabelled: (rows.unlabelled[cell * 2], rows.unlabelled[cell * 2 + 1]), sums: sums[cell],
          calibration: (0..<CalibrationError.binaryBins).map { calibration[$0 * cells + cell] },
          bins: bins[cell].reversed())
      }
    }
  }
}
