/// Groups of one column: one cell is measured for each.
struct RankColumn: Sendable {
  /// Group of every row; rows whose code is not in `0..<groupCount` belong to no cell. Empty where
  /// all rows are of group 0.
  var codes: [Int32]
  var groupCount: Int
  /// Whether the score histogram of every group is wanted; costs 64 KiB a group.
  var wantsHistogram = true
  /// Whether every client's share of each group is wanted.
  var wantsClients = false
  /// Whether two arms' calibration bins are counted together; costs 8 KiB a group.
  var wantsJoint = false
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
  /// Which client holds each row, where shares are wanted.
  var clients: RankColumn?
  /// Whether clients' shares have histograms of the score.
  var wantsClientScores = false

  /// The predicted class of a row.
  @inline(__always)
  func prediction(_ row: Int) -> UInt64 {
    if let stated = predictions?[row], stated == 0 || stated == 1 { return UInt64(stated) }
    return scores[row] >= threshold ? 1 : 0
  }

  /// Whether every score is a number in `0...1`, which the sort relies on.
  static func accepts(_ scores: [Double]) -> Bool {
    var isFine = true
    for score in scores { isFine = isFine && score >= 0 && score <= 1 }
    return isFine
  }
}

/// How a row's label, prediction, client and groups share 64 bits: bit 0 the prediction, bit 1 the
/// label, then the client, then one field for each column.
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
  /// The client's field; `nil` without clients.
  var client: Field?
  /// Where the row's own number starts; `nil` where it is not kept.
  var rowShift: UInt64?
  /// Cells, with one more for each column for rows outside of its groups.
  var cellCount = 0

  /// The row's number in place of groups.
  static let ofRows: RankPacking = {
    var packing = RankPacking([], clients: nil, from: 0)
    packing.rowShift = 2
    return packing
  }()

  /// Packs as many columns as fit, from `first` on, at least one.
  ///
  /// The client and one column always fit, because no column has more than 2²⁹ groups.
  init(_ columns: [RankColumn], clients: RankColumn?, from first: Int) {
    var used: UInt64 = 2
    func field(_ column: RankColumn, _ index: Int) -> Field {
      let groups = max(0, column.groupCount)
      let width = UInt64(64 - groups.leadingZeroBitCount)
      return Field(
        shift: used, mask: width == 0 ? 0 : ~0 >> (64 - width), firstCell: cellCount,
        groupCount: groups, column: index)
    }
    if let clients {
      client = field(clients, -1)
      used += UInt64(64 - clients.groupCount.leadingZeroBitCount)
    }
    for index in first..<columns.count {
      let next = field(columns[index], index)
      let width = UInt64(64 - next.groupCount.leadingZeroBitCount)
      // Bit 63 stays 0 in every row with a label.
      if used + width > 63 { break }
      fields.append(next)
      used += width
      cellCount += next.groupCount + 1
    }
  }

  /// The code of a row in a field: `groupCount` for one outside of the groups.
  static func code(_ column: RankColumn, _ row: Int) -> Int {
    if column.codes.isEmpty { return 0 }
    return min(Int(UInt32(bitPattern: column.codes[row])), column.groupCount)
  }
}

/// One labelled row: the bits of its score, in the order of scores, and its packed fields.
struct RankRecord {
  var key: UInt64
  var fields: UInt64
}
