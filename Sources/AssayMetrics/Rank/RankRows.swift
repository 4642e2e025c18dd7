import AssayFiles

/// The labelled rows of a table, dealt into buckets that ascend by score; rows of one score share a
/// bucket. Within a bucket the order is not yet that of scores.
///
/// Sendable: written by `init` alone, where each thread writes its own places; afterwards a bucket is
/// sorted by the one thread that took the chunk it belongs to.
final class RankRows: @unchecked Sendable {
  let records: UnsafeMutablePointer<RankRecord>
  let count: Int
  /// Where each bucket starts, and the end of the last.
  let bucketStarts: [Int]
  /// Buckets of each chunk, the unit of work of a thread; chunks ascend by score.
  let chunks: [Range<Int>]
  /// By chunk, cell and label: labelled rows.
  let chunkCounts: [UInt32]
  /// By cell and prediction: rows without a label.
  let unlabelled: [Int]

  deinit { records.deallocate() }

  /// Rows of a bucket aimed at: with a copy of it the sort works in the second-level cache.
  private static let bucketRows = 4096
  private static let mostBuckets = 2048
  /// Rows whose fields are packed at a time.
  private static let packRows = 2048

  /// - Parameter threads: Ranges of rows that are dealt at once; the rows of a bucket are the same
  ///   whatever their number, and in the same order.
  init(_ input: RankInput, _ packing: RankPacking, threads: Int) {
    let rows = input.scores.count
    let partition = ScorePartition(input.scores)
    let parts = Self.parts(of: rows, count: max(1, min(threads, rows / 65536)))
    let histograms = OrderedJobs.results(count: parts.count, threads: threads) { part in
      Self.histogram(input, parts[part], partition)
    }
    let layout = BucketLayout(
      histograms, rowsPerBucket: max(Self.bucketRows, rows / Self.mostBuckets),
      cells: packing.cellCount)
    bucketStarts = layout.starts
    chunks = layout.chunks
    count = layout.starts.last ?? 0
    // At least one record, so that the pointer is valid.
    nonisolated(unsafe) let records = UnsafeMutablePointer<RankRecord>.allocate(
      capacity: max(1, count))
    self.records = records
    let counts = OrderedJobs.results(count: parts.count, threads: threads) { part in
      Self.deal(input, packing, parts[part], partition, layout, part: part, into: records)
    }
    chunkCounts = Self.sum(counts.map(\.labelled))
    unlabelled = Self.sum(counts.map(\.unlabelled))
  }

  private static func parts(of rows: Int, count: Int) -> [Range<Int>] {
    (0..<count).map { (rows * $0 / count)..<(rows * ($0 + 1) / count) }
  }

  private static func sum<Number: FixedWidthInteger>(_ lists: [[Number]]) -> [Number] {
    var total = lists.first ?? []
    for list in lists.dropFirst() {
      for index in total.indices { total[index] += list[index] }
    }
    return total
  }

  private static func histogram(
    _ input: RankInput, _ rows: Range<Int>, _ partition: ScorePartition
  ) -> [UInt32] {
    var counts = [UInt32](repeating: 0, count: ScorePartition.binCount)
    counts.withUnsafeMutableBufferPointer { counts in
      input.scores.withUnsafeBufferPointer { scores in
        input.labels.withUnsafeBufferPointer { labels in
          // A bin is below binCount for every score in 0...1, which RankInput promises.
          for row in rows where labels[row] == 0 || labels[row] == 1 {
            counts[partition.bin(scores[row])] &+= 1
          }
        }
      }
    }
    return counts
  }

  /// What was counted while rows were dealt.
  private struct Counts: Sendable {
    var labelled: [UInt32]
    var unlabelled: [Int]
  }

  /// Packs the rows of a range and writes each into its bucket.
  private static func deal(
    _ input: RankInput, _ packing: RankPacking, _ rows: Range<Int>, _ partition: ScorePartition,
    _ layout: BucketLayout, part: Int, into records: UnsafeMutablePointer<RankRecord>
  ) -> Counts {
    let cells = packing.cellCount
    var counts = Counts(
      labelled: [UInt32](repeating: 0, count: layout.chunks.count * cells * 2),
      unlabelled: [Int](repeating: 0, count: cells * 2))
    var next = layout.partStarts[part]
    var packed = [UInt64](repeating: 0, count: packRows)
    let fields = packing.fields
    var start = rows.lowerBound
    while start < rows.upperBound {
      let end = min(rows.upperBound, start + packRows)
      pack(input, packing, start..<end, into: &packed)
      next.withUnsafeMutableBufferPointer { next in
        counts.labelled.withUnsafeMutableBufferPointer { labelled in
          packed.withUnsafeBufferPointer { packed in
            input.scores.withUnsafeBufferPointer { scores in
              layout.bucketOfBin.withUnsafeBufferPointer { bucketOfBin in
                layout.chunkOfBucket.withUnsafeBufferPointer { chunkOfBucket in
                  for row in start..<end {
                    let value = packed[row - start]
                    if value == unlabelledMark { continue }
                    // −0 becomes 0, so that equal scores have equal bits.
                    let score = scores[row] + 0
                    let bucket = Int(bucketOfBin[partition.bin(score)])
                    // The layout gives this range of rows exactly the places it counted.
                    records[next[bucket]] = RankRecord(key: score.bitPattern, fields: value)
                    next[bucket] &+= 1
                    let base = Int(chunkOfBucket[bucket]) &* cells
                    let label = Int(truncatingIfNeeded: value &>> 1) & 1
                    for field in fields {
                      let code = Int(truncatingIfNeeded: (value &>> field.shift) & field.mask)
                      labelled[(base &+ field.firstCell &+ code) &* 2 &+ label] &+= 1
                    }
                  }
                }
              }
            }
          }
        }
      }
      for row in start..<end where packed[row - start] == unlabelledMark {
        countUnlabelled(input, packing, row, &counts.unlabelled)
      }
      start = end
    }
    return counts
  }

  /// Stands for a row without a label; bit 63 is 0 in every other.
  private static let unlabelledMark = UInt64.max

  private static func countUnlabelled(
    _ input: RankInput, _ packing: RankPacking, _ row: Int, _ counts: inout [Int]
  ) {
    let predicted = Int(input.prediction(row))
    for field in packing.fields {
      let code = RankPacking.code(input.columns[field.column], row)
      counts[(field.firstCell + code) * 2 + predicted] += 1
    }
  }

  private static func pack(
    _ input: RankInput, _ packing: RankPacking, _ rows: Range<Int>, into packed: inout [UInt64]
  ) {
    let start = rows.lowerBound
    for row in rows { packed[row - start] = input.prediction(row) }
    for field in packing.fields + (packing.client.map { [$0] } ?? []) {
      let outside = UInt64(field.groupCount)
      let column = field.column < 0 ? input.clients : input.columns[field.column]
      guard let column, !column.codes.isEmpty else { continue }
      column.codes.withUnsafeBufferPointer { codes in
        packed.withUnsafeMutableBufferPointer { packed in
          for row in rows {
            // A negative code becomes a large number.
            let code = min(UInt64(UInt32(bitPattern: codes[row])), outside)
            packed[row - start] |= code << field.shift
          }
        }
      }
    }
    if let shift = packing.rowShift {
      for row in rows { packed[row - start] |= UInt64(row) << shift }
    }
    for row in rows {
      let label = input.labels[row]
      if label == 1 {
        packed[row - start] |= 2
      } else if label != 0 {
        packed[row - start] = unlabelledMark
      }
    }
  }
}

/// Which bins of scores make a bucket, which buckets a chunk, and where each range of rows writes.
private struct BucketLayout: Sendable {
  var bucketOfBin: [UInt16]
  var starts: [Int]
  /// By range of rows: the place of its first row in each bucket.
  var partStarts: [[Int]]
  var chunks: [Range<Int>] = []
  var chunkOfBucket: [UInt16]

  private static let mostChunks = 32

  init(_ histograms: [[UInt32]], rowsPerBucket: Int, cells: Int) {
    bucketOfBin = [UInt16](repeating: 0, count: ScorePartition.binCount)
    starts = [0]
    var buckets = 0
    var inBucket = 0
    var total = 0
    for bin in 0..<ScorePartition.binCount {
      bucketOfBin[bin] = UInt16(truncatingIfNeeded: buckets)
      for histogram in histograms { inBucket += Int(histogram[bin]) }
      if inBucket >= rowsPerBucket || bin == ScorePartition.binCount - 1 {
        total += inBucket
        starts.append(total)
        buckets += 1
        inBucket = 0
      }
    }
    var place = Array(starts.dropLast())
    partStarts = []
    for histogram in histograms {
      partStarts.append(place)
      for bin in 0..<ScorePartition.binCount { place[Int(bucketOfBin[bin])] += Int(histogram[bin]) }
    }
    // Few chunks where there are many cells: every chunk has its own sums for each cell.
    let chunkCount = max(2, min(Self.mostChunks, (1 << 18) / max(1, cells)))
    let rowsPerChunk = max(rowsPerBucket, total / chunkCount + 1)
    chunkOfBucket = []
    var first = 0
    for bucket in 0..<buckets {
      chunkOfBucket.append(UInt16(truncatingIfNeeded: chunks.count))
      if starts[bucket + 1] - starts[first] >= rowsPerChunk || bucket == buckets - 1 {
        chunks.append(first..<(bucket + 1))
        first = bucket + 1
      }
    }
  }
}
