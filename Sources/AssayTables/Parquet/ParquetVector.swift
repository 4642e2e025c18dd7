/// The values of a column chunk, decoded, in the type in which they stand in the file.
///
/// The array of the column's own kind has one entry per row of the row group from the start; pages
/// fill it from the front. The others stay empty.
struct ParquetVector {
  /// Which of the arrays holds the values.
  enum Kind {
    case booleans, integers, singles, doubles, codes

    init(_ physical: ParquetPhysicalType) {
      self =
        switch physical {
        case .boolean: .booleans
        case .int32, .int64, .int96: .integers
        case .float: .singles
        case .double: .doubles
        case .byteArray, .fixedByteArray: .codes
        }
    }
  }

  let kind: Kind
  /// Rows that were filled.
  var filled = 0
  var booleans: [Bool] = []
  var integers: [Int64] = []
  var singles: [Float] = []
  var doubles: [Double] = []
  /// Codes into `texts`.
  var codes: [Int32] = []
  var texts = ByteTexts()
  /// Whether each row is missing; empty as long as none is.
  private(set) var missing: [Bool] = []
  private let rowCount: Int

  init(_ physical: ParquetPhysicalType, rowCount: Int) {
    kind = Kind(physical)
    self.rowCount = rowCount
    switch kind {
    case .booleans: booleans = [Bool](repeating: false, count: rowCount)
    case .integers: integers = [Int64](repeating: 0, count: rowCount)
    case .singles: singles = [Float](repeating: 0, count: rowCount)
    case .doubles: doubles = [Double](repeating: 0, count: rowCount)
    case .codes: codes = [Int32](repeating: 0, count: rowCount)
    }
  }

  /// Moves the values of a page, which stand together at `filled`, to the rows that have one.
  /// - Parameter levels: 1 for a row with a value and 0 for one without, for each row of the page.
  mutating func spread(_ levels: [Int32], values: Int) {
    if missing.isEmpty { missing = [Bool](repeating: false, count: rowCount) }
    for (index, level) in levels.enumerated() { missing[filled + index] = level == 0 }
    switch kind {
    case .booleans: Self.spread(&booleans, filled, levels, values, false)
    case .integers: Self.spread(&integers, filled, levels, values, 0)
    case .singles: Self.spread(&singles, filled, levels, values, 0)
    case .doubles: Self.spread(&doubles, filled, levels, values, 0)
    case .codes: Self.spread(&codes, filled, levels, values, 0)
    }
  }

  /// From the last row to the first, so that no value is overwritten before it was moved.
  private static func spread<Value>(
    _ array: inout [Value], _ start: Int, _ levels: [Int32], _ values: Int, _ filler: Value
  ) {
    var source = start + values
    for index in levels.indices.reversed() {
      if levels[index] == 0 {
        array[start + index] = filler
      } else {
        source -= 1
        array[start + index] = array[source]
      }
    }
  }
}
