/// What one chunk of scores adds to the cells.
struct ChunkSums: Sendable {
  var cells: [RankSums]
  /// By bin of calibration, then cell.
  var calibration: [RankCalibration]
  /// From the highest bin down.
  var bins: [RankBin] = []
  /// From the highest score down; empty unless asked for.
  var steps: [RankStep] = []
}

/// Walks down the scores of a chunk, step by step, and keeps every cell's sums.
///
/// Unsafe pointers stay within the arrays they come from: a cell number is `firstCell + code` with
/// `code ≤ groupCount`, so it is below the packing's `cellCount`; touched cells of one column number
/// at most `groupCount + 1`.
struct RankSweep: ~Copyable {
  private let packing: RankPacking
  private let histogramCells: [Int]
  private let wantsSteps: Bool
  private let sharesClients: Bool
  private let totals: [(positives: Int64, negatives: Int64)]
  private let sums: UnsafeMutablePointer<RankSums>
  /// Rows of the current step by cell and `label * 2 + prediction`.
  private let here: UnsafeMutablePointer<SIMD4<UInt32>>
  /// The last step that touched a cell, and the cells that the current one touches in a column.
  private let lastStep: UnsafeMutablePointer<UInt64>
  private let touched: UnsafeMutablePointer<UInt32>
  private var step: UInt64 = 0
  private var bin = -1
  private var calibrationBin = -1
  private var result: ChunkSums

  /// - Parameters:
  ///   - above: Rows of higher scores by cell and label.
  ///   - totals: All labelled rows by cell.
  ///   - histogramCells: Cells whose histogram is wanted.
  init(
    _ packing: RankPacking, above: [UInt64], totals: [(positives: Int64, negatives: Int64)],
    histogramCells: [Int], wantsSteps: Bool
  ) {
    self.packing = packing
    self.histogramCells = histogramCells
    self.wantsSteps = wantsSteps
    self.totals = totals
    sharesClients = packing.client != nil
    let cells = packing.cellCount
    sums = .allocate(capacity: cells)
    here = .allocate(capacity: cells)
    lastStep = .allocate(capacity: cells)
    touched = .allocate(capacity: cells)
    for cell in 0..<cells {
      (sums + cell).initialize(
        to: RankSums(positives: above[cell * 2 + 1], negatives: above[cell * 2]))
    }
    here.initialize(repeating: SIMD4(repeating: 0), count: cells)
    lastStep.initialize(repeating: 0, count: cells)
    touched.initialize(repeating: 0, count: cells)
    result = ChunkSums(
      cells: [],
      calibration: Array(
        repeating: RankCalibration(), count: CalibrationError.binaryBins * cells))
  }

  deinit {
    sums.deallocate()
    here.deallocate()
    lastStep.deallocate()
    touched.deallocate()
  }

  /// Takes a bucket of rows in ascending order, below all rows taken before.
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

  /// The sums; the sweep has taken all rows.
  mutating func finish() -> ChunkSums {
    closeBin()
    closeCalibrationBin()
    result.cells = Array(UnsafeBufferPointer(start: sums, count: packing.cellCount))
    return result
  }

  // MARK: One step

  @inline(__always)
  private mutating func take(
    step rows: UnsafeMutablePointer<RankRecord>, count: Int, score: Double
  ) {
    let histogramBin = PreparedSeed.bin(score, of: StatisticsShape.binaryBins)
    if histogramBin != bin {
      closeBin()
      bin = histogramBin
    }
    let calibration = PreparedSeed.bin(score, of: CalibrationError.binaryBins)
    if calibration != calibrationBin {
      closeCalibrationBin()
      calibrationBin = calibration
    }
    var positives: UInt64 = 0
    for row in 0..<count { positives &+= (rows[row].fields &>> 1) & 1 }
    let values = StepValues(
      score: score, hasNegatives: positives < UInt64(count), hasPositives: positives > 0)
    if wantsSteps {
      result.steps.append(
        RankStep(
          score: score, positives: UInt32(truncatingIfNeeded: positives),
          negatives: UInt32(truncatingIfNeeded: UInt64(count) &- positives)))
    }
    step &+= 1
    for field in packing.fields {
      var touchedCount = 0
      for row in 0..<count {
        let fields = rows[row].fields
        let code = Int(truncatingIfNeeded: (fields &>> field.shift) & field.mask)
        let cell = field.firstCell &+ code
        let isFirst = lastStep[cell] != step
        touched[touchedCount] = UInt32(truncatingIfNeeded: cell)
        touchedCount &+= isFirst ? 1 : 0
        lastStep[cell] = step
        here[cell][Int(truncatingIfNeeded: fields & 3)] &+= 1
      }
      for index in 0..<touchedCount {
        let cell = Int(touched[index])
        let counts = here[cell]
        here[cell] = SIMD4(repeating: 0)
        Self.add(
          counts, score: score, values, to: &sums[cell], totals: totals[cell],
          sharesClients: sharesClients)
      }
    }
  }

  @inline(__always)
  private static func add(
    _ counts: SIMD4<UInt32>, score: Double, _ values: borrowing StepValues,
    to sums: inout RankSums, totals: (positives: Int64, negatives: Int64), sharesClients: Bool
  ) {
    let p = UInt64(counts[2]) &+ UInt64(counts[3])
    let q = UInt64(counts[0]) &+ UInt64(counts[1])
    sums.confusion &+= SIMD4<UInt64>(truncatingIfNeeded: counts)
    let aheadOfPositive = 2 &* sums.negatives &+ q
    let aheadOfNegative = 2 &* sums.positives &+ p
    sums.twiceU &+= q &* aheadOfNegative
    sums.squaresOfPositives &+=
      UInt128(p) &* UInt128(aheadOfPositive &* aheadOfPositive)
    sums.squaresOfNegatives &+=
      UInt128(q) &* UInt128(aheadOfNegative &* aheadOfNegative)
    let rowsAbove = sums.positives &+ sums.negatives
    let before = rowsAbove == 0 ? 1.0 : Double(sums.positives) / Double(rowsAbove)
    sums.positives &+= p
    sums.negatives &+= q
    let rows = sums.positives &+ sums.negatives
    let gap =
      Int64(truncatingIfNeeded: sums.positives) &* totals.negatives
      &- Int64(truncatingIfNeeded: sums.negatives) &* totals.positives
    if p > 0 {
      let precision = Double(sums.positives) / Double(rows)
      // Both are at most 1, so their units fit; rounding to the nearest unit is symmetric.
      sums.precisions &+= UInt128(p) &* UInt128(Self.precisionUnits(precision))
      sums.earlierPrecisions &+= UInt128(p) &* UInt128(Self.precisionUnits(before))
      if sharesClients {
        let share = Double(p) / Double(rows)
        sums.inverses &+= RankSums.shareUnits(share)
        sums.shares &+= RankSums.shareUnits(share * precision)
      }
      if gap > sums.largestGap {
        sums.largestGap = gap
        sums.largestGapScore = score
      }
      if RankSums.isBetterF1(
        sums.positives, of: rows, than: sums.bestPositives, of: sums.bestRows,
        positives: UInt64(truncatingIfNeeded: totals.positives))
      {
        sums.bestPositives = sums.positives
        sums.bestRows = rows
        sums.bestScore = score
      }
    }
    if gap < sums.leastGap { sums.leastGap = gap }
    let (wideP, wideQ) = (UInt128(p), UInt128(q))
    let (a, b) = (values.ofPositive, values.ofNegative)
    sums.logLoss &+= wideP &* a.logLoss &+ wideQ &* b.logLoss
    sums.logLossSquares &+= wideP &* a.logLossSquare &+ wideQ &* b.logLossSquare
    sums.squaredErrors &+= wideP &* a.squaredError &+ wideQ &* b.squaredError
    sums.squaredErrorSquares &+= wideP &* a.squaredErrorSquare &+ wideQ &* b.squaredErrorSquare
    sums.scores &+= UInt128(p &+ q) &* values.score
    sums.clipped &+= p &* a.isClipped &+ q &* b.isClipped
  }

  /// A number in `0...1` in units of 2⁻⁵², to the nearest.
  @inline(__always)
  private static func precisionUnits(_ precision: Double) -> UInt64 {
    UInt64(truncatingIfNeeded: Int64(precision * 0x1p52 + 0.5))
  }

  // MARK: Bins

  private mutating func closeBin() {
    if bin < 0 { return }
    for cell in histogramCells {
      let positives = sums[cell].positives &- sums[cell].binPositives
      let negatives = sums[cell].negatives &- sums[cell].binNegatives
      if positives | negatives == 0 { continue }
      result.bins.append(
        RankBin(
          cell: UInt32(truncatingIfNeeded: cell), bin: UInt32(truncatingIfNeeded: bin),
          positives: UInt32(truncatingIfNeeded: positives),
          negatives: UInt32(truncatingIfNeeded: negatives)))
      sums[cell].binPositives = sums[cell].positives
      sums[cell].binNegatives = sums[cell].negatives
    }
  }

  private mutating func closeCalibrationBin() {
    if calibrationBin < 0 { return }
    let base = calibrationBin * packing.cellCount
    for cell in 0..<packing.cellCount {
      result.calibration[base + cell] += RankCalibration(
        positives: sums[cell].positives &- sums[cell].calibrationPositives,
        negatives: sums[cell].negatives &- sums[cell].calibrationNegatives,
        scores: sums[cell].scores, squaredErrors: sums[cell].squaredErrors)
      sums[cell].calibrationPositives = sums[cell].positives
      sums[cell].calibrationNegatives = sums[cell].negatives
      sums[cell].scores = 0
      sums[cell].squaredErrors = 0
    }
  }
}
