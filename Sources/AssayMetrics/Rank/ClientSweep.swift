/// Walks down the sorted scores of some chunks a second time and adds every row to its client's sums
/// in each of its cells.
///
/// Pointers stay within their arrays as in ``RankSweep``; a pair's number is below `pairs.count`
/// because the row that is added was there when pairs were numbered.
struct ClientSweep: ~Copyable {
  private let packing: RankPacking
  private let client: RankPacking.Field
  private let pairs: ClientPairs
  private let fields: [RankPacking.Field]
  private let totals: [RankSums]
  private let sums: UnsafeMutablePointer<ClientSums>
  private let gaps: UnsafeMutablePointer<Int128>
  private let cells: UnsafeMutablePointer<Cell>
  private let touched: UnsafeMutablePointer<UInt32>
  private var step: UInt64 = 0
  private var calibrationBin = -1
  private var scoreBin = -1
  /// Rows by pair and bin of the clients' histogram, from the highest bin down; empty unless wanted.
  private var bins: [RankBin] = []
  private let wantsScores: Bool

  /// What a cell has above the current step, and in it.
  private struct Cell {
    var positives: UInt64 = 0
    var negatives: UInt64 = 0
    /// As in ``RankSums``, above the step.
    var inverses: Int64 = 0
    var shares: Int64 = 0
    var here = SIMD2<UInt32>(repeating: 0)
    var lastStep: UInt64 = 0
    /// What a positive and a negative of the current step add to their client's sums.
    var aheadOfPositive: UInt64 = 0
    var aheadOfNegative: UInt64 = 0
    var ofPositive: Int64 = 0
    var ofNegative: Int64 = 0
  }

  /// - Parameter totals: The sums of whole cells.
  init(
    _ packing: RankPacking, client: RankPacking.Field, fields: [RankPacking.Field],
    pairs: ClientPairs, totals: [RankSums], wantsScores: Bool
  ) {
    self.packing = packing
    self.wantsScores = wantsScores
    self.client = client
    self.pairs = pairs
    self.totals = totals
    self.fields = fields
    sums = .allocate(capacity: max(1, pairs.count))
    sums.initialize(repeating: ClientSums(), count: pairs.count)
    let gapCount = CalibrationError.binaryBins * pairs.count
    gaps = .allocate(capacity: max(1, gapCount))
    gaps.initialize(repeating: 0, count: gapCount)
    cells = .allocate(capacity: packing.cellCount)
    cells.initialize(repeating: Cell(), count: packing.cellCount)
    touched = .allocate(capacity: packing.cellCount)
    touched.initialize(repeating: 0, count: packing.cellCount)
  }

  deinit {
    sums.deallocate()
    gaps.deallocate()
    cells.deallocate()
    touched.deallocate()
  }

  /// Starts a chunk: `above` are the sums of each cell's higher scores.
  func start(above: [RankSums]) {
    for cell in 0..<packing.cellCount {
      cells[cell].positives = above[cell].positives
      cells[cell].negatives = above[cell].negatives
      cells[cell].inverses = above[cell].inverses
      cells[cell].shares = above[cell].shares
    }
  }

  /// Takes rows in ascending order, below all rows of the chunk taken before.
  mutating func take(_ records: UnsafeMutablePointer<RankRecord>, count: Int) {
    var end = count
    while end > 0 {
      let key = records[end &- 1].key
      var start = end &- 1
      while start > 0, records[start &- 1].key == key { start &-= 1 }
      take(step: records + start, count: end &- start, score: Double(bitPattern: key))
      end = start
    }
  }

  /// The sums of everything taken.
  mutating func finish() -> (sums: [ClientSums], gaps: [Int128], bins: [RankBin]) {
    closeCalibrationBin()
    closeScoreBin()
    return (
      Array(UnsafeBufferPointer(start: sums, count: pairs.count)),
      Array(
        UnsafeBufferPointer(start: gaps, count: CalibrationError.binaryBins * pairs.count)),
      bins
    )
  }

  private mutating func closeScoreBin() {
    if scoreBin < 0 || !wantsScores { return }
    for pair in 0..<pairs.count {
      let counts = sums[pair].confusion
      let positives = counts[2] &+ counts[3] &- sums[pair].binPositives
      let negatives = counts[0] &+ counts[1] &- sums[pair].binNegatives
      if positives | negatives == 0 { continue }
      bins.append(
        RankBin(
          cell: UInt32(truncatingIfNeeded: pair), bin: UInt32(truncatingIfNeeded: scoreBin),
          positives: positives, negatives: negatives))
      sums[pair].binPositives &+= positives
      sums[pair].binNegatives &+= negatives
    }
  }

  private mutating func closeCalibrationBin() {
    if calibrationBin < 0 { return }
    let base = calibrationBin * pairs.count
    for pair in 0..<pairs.count {
      gaps[base + pair] &+= sums[pair].gap
      sums[pair].gap = 0
    }
  }

  @inline(__always)
  private mutating func take(
    step rows: UnsafeMutablePointer<RankRecord>, count: Int, score: Double
  ) {
    let calibration = PreparedSeed.bin(score, of: CalibrationError.binaryBins)
    if calibration != calibrationBin {
      closeCalibrationBin()
      calibrationBin = calibration
    }
    let coarse = PreparedSeed.bin(score, of: StatisticsShape.clientBins)
    if coarse != scoreBin {
      closeScoreBin()
      scoreBin = coarse
    }
    var positives: UInt64 = 0
    for row in 0..<count { positives &+= (rows[row].fields &>> 1) & 1 }
    let values = StepValues(
      score: score, hasNegatives: positives < UInt64(count), hasPositives: positives > 0)
    let scoreUnits = Int128(truncatingIfNeeded: values.score)
    step &+= 1
    for field in fields {
      var touchedCount = 0
      for row in 0..<count {
        let packed = rows[row].fields
        let cell =
          field.firstCell &+ Int(truncatingIfNeeded: (packed &>> field.shift) & field.mask)
        touched[touchedCount] = UInt32(truncatingIfNeeded: cell)
        touchedCount &+= cells[cell].lastStep != step ? 1 : 0
        cells[cell].lastStep = step
        cells[cell].here[Int(truncatingIfNeeded: packed &>> 1) & 1] &+= 1
      }
      for index in 0..<touchedCount {
        let cell = Int(touched[index])
        Self.advance(&cells[cell], of: totals[cell])
      }
      for row in 0..<count {
        let packed = rows[row].fields
        let cell =
          field.firstCell &+ Int(truncatingIfNeeded: (packed &>> field.shift) & field.mask)
        let holder = Int(truncatingIfNeeded: (packed &>> client.shift) & client.mask)
        let pair = sums + pairs.number(cell: cell, client: holder)
        pair.pointee.confusion[Int(truncatingIfNeeded: packed & 3)] &+= 1
        if packed & 2 != 0 {
          pair.pointee.aheadOfPositives &+= cells[cell].aheadOfPositive
          pair.pointee.precisions &+= Int128(cells[cell].ofPositive)
          pair.pointee.logLoss &+= values.ofPositive.logLoss
          pair.pointee.squaredError &+= values.ofPositive.squaredError
          pair.pointee.gap &+= (Int128(1) << 64) &- scoreUnits
        } else {
          pair.pointee.aheadOfNegatives &+= cells[cell].aheadOfNegative
          pair.pointee.precisions &+= Int128(cells[cell].ofNegative)
          pair.pointee.logLoss &+= values.ofNegative.logLoss
          pair.pointee.squaredError &+= values.ofNegative.squaredError
          pair.pointee.gap &-= scoreUnits
        }
      }
    }
  }

  /// Works out what rows of the step add, then moves below it.
  ///
  /// A positive adds `precision + I − S` to the derivative of positives times average precision and a
  /// negative `−S`, with `I` and `S` the sums of `1 / rows` and `precision / rows` over positives at
  /// or below it: those of the whole cell less those above.
  @inline(__always)
  private static func advance(_ cell: inout Cell, of totals: borrowing RankSums) {
    let q = UInt64(cell.here[0])
    let p = UInt64(cell.here[1])
    cell.here = SIMD2(repeating: 0)
    cell.aheadOfPositive = 2 &* cell.negatives &+ q
    cell.aheadOfNegative = 2 &* cell.positives &+ p
    let inverses = totals.inverses &- cell.inverses
    let shares = totals.shares &- cell.shares
    cell.positives &+= p
    cell.negatives &+= q
    cell.ofNegative = 0 &- shares
    if p > 0 {
      let rows = Double(cell.positives &+ cell.negatives)
      let precision = Double(cell.positives) / rows
      cell.ofPositive = RankSums.shareUnits(precision) &+ inverses &- shares
      let share = Double(p) / rows
      cell.inverses &+= RankSums.shareUnits(share)
      cell.shares &+= RankSums.shareUnits(share * precision)
    }
  }
}
