import AssayTables

/// The label of every row of one file: a class, or a number for a regression.
struct LabelColumn {
  /// The class; −1 where the field is empty. For a regression 0 and −1.
  var labels: [Int32]
  /// The number, NaN where the field is empty; no entries where the label is a class.
  var targets: [Double]
  /// Number of classes; 0 for a regression.
  var classCount: Int
}

/// Reads labels of either kind while rows go by.
struct LabelColumnReader {
  private var classes: LabelReader
  private var numbers = TargetReader()
  private let isRegression: Bool

  /// - Parameter classCount: The number of classes when it is known; not used for a regression.
  init(isRegression: Bool, classCount: Int?) {
    self.isRegression = isRegression
    classes = LabelReader(classCount: classCount)
  }

  /// Rows read so far.
  var count: Int { isRegression ? numbers.values.count : classes.labels.count }

  /// Whether a row has no label, or none that can be read.
  func isMissing(_ row: Int) -> Bool {
    isRegression ? numbers.values[row].isNaN : classes.labels[row] < 0
  }

  mutating func append(_ part: Table, column: Int) {
    if isRegression {
      numbers.append(part, column: column)
    } else {
      classes.append(part, column: column)
    }
  }

  /// The labels.
  /// - Throws: The first twenty fields that are none.
  func finish() throws -> LabelColumn {
    guard isRegression else {
      let found = try classes.finish()
      return LabelColumn(labels: found.labels, targets: [], classCount: found.classCount)
    }
    let targets = try numbers.finish()
    return LabelColumn(labels: targets.map { $0.isNaN ? -1 : 0 }, targets: targets, classCount: 0)
  }
}

/// The tenth of all values in which a value stands, which takes the place of a class where a numeric label
/// is dealt to clients or compared between them.
///
/// The decile of v among n values is `⌊10 · #{values < v} / n⌋`, so equal values have one decile, and
/// values that are all equal have decile 0.
enum Deciles {
  static func of(_ values: [Double]) -> [Int32] {
    let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
    var result = [Int32](repeating: 0, count: values.count)
    var below = 0
    for (position, index) in order.enumerated() {
      if position > 0, values[order[position - 1]] < values[index] { below = position }
      result[index] = Int32(below * 10 / values.count)
    }
    return result
  }
}
