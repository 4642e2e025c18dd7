import AssayFiles

/// The labelled rows of a table from the highest score down.
struct ScoreOrder: Sendable {
  /// `row << 1`, plus 1 where the row's score is lower than the one before.
  let entries: [UInt32]

  /// - Parameter input: Below 2³¹ rows.
  init(_ input: RankInput, threads: Int) {
    let rows = RankRows(input, .ofRows, threads: threads)
    nonisolated(unsafe) let entries = UnsafeMutablePointer<UInt32>.allocate(
      capacity: max(1, rows.count))
    defer { entries.deallocate() }
    _ = OrderedJobs.results(count: rows.chunks.count, threads: threads) { chunk in
      var sorter = BucketSorter()
      for bucket in rows.chunks[chunk] {
        let start = rows.bucketStarts[bucket]
        let count = rows.bucketStarts[bucket + 1] - start
        sorter.sort(rows.records + start, count: count)
        // Row `start + place` from below is row `rows.count − 1 − start − place` from above: buckets
        // write places of their own. Rows of one score never lie in two buckets.
        for place in 0..<count {
          let record = rows.records[start + place]
          let isLast =
            place + 1 == count || rows.records[start + place + 1].key != record.key
          entries[rows.count - 1 - start - place] =
            UInt32(truncatingIfNeeded: record.fields >> 2) << 1 | (isLast ? 1 : 0)
        }
      }
    }
    self.entries = Array(UnsafeBufferPointer(start: entries, count: rows.count))
  }
}
