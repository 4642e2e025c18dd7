/// Groups of one column: one cell is measured for each.
struct RankColumn: Sendable {
  /// Group of every row; rows whose code is not in `0..<groupCount` belong to no cell.
  var codes: [Int32]
  var groupCount: Int
  /// Whether the score histogram of every group is wanted; costs 64 KiB a group.
  var wantsHistogram = true
}

/// What the exact evaluation of one binary arm reads.
struct RankInput: Sendable {
  /// Probability of label 1, within `0...1`.
  var scores: [Double]
  /// 0 or 1; anything else is a missing label.
  var labels: [Int32]
  /// Stated classes, 0 or 1; any other value, and every row without them, follows from the score.
  var predictions: [Int32]?
  /// A row is predicted positive when its score is at least this.
  var threshold: Double
  var columns: [RankColumn]

  /// Whether every score is a number in `0...1`, which the sort relies on.
  static func accepts(_ scores: [Double]) -> Bool {
    var isFine = true
    for score in scores { isFine = isFine && score >= 0 && score <= 1 }
    return isFine
  }
}

/// How a row's label, prediction and groups share 64 bits: bit 0 the prediction, bit 1 the label,
/// then one field for each column.
struct RankPacking: Sendable {
  /// One column's field; a row outside of its groups has the value `groupCount`.
  struct Field: Sendable {
    var shift: UInt64
    var mask: UInt64
    /// Number of the first group's cell; cells of a column are followed by one for rows outside.
    var firstCell: Int
    var groupCount: Int
    var column: Int
  }

  var fields: [Field] = []
  /// Cells, with one more for each column for rows outside of its groups.
  var cellCount = 0

  /// Packs as many columns as fit, from `first` on, at least one.
  init(_ columns: [RankColumn], from first: Int) {
    var used: UInt64 = 2
    for index in first..<columns.count {
      let groups = max(0, columns[index].groupCount)
      let width = UInt64(64 - groups.leadingZeroBitCount)
      // Bit 63 stays 0 in every row with a label.
      if used + width > 63 { break }
      fields.append(
        Field(
          shift: used, mask: width == 0 ? 0 : ~0 >> (64 - width), firstCell: cellCount,
          groupCount: groups, column: index))
      used += width
      cellCount += groups + 1
    }
  }
}

/// One labelled row: the bits of its score, in the order of scores, and its packed fields.
struct RankRecord {
  var key: UInt64
  var fields: UInt64
}
