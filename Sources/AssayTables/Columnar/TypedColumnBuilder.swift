import AssayDiagnostics

/// Puts a column together from parts that were decoded apart, in the order of rows.
///
/// Codes of texts are given in the order in which rows first have them, so that the result depends
/// neither on how the rows were cut into parts nor on the order of a dictionary.
struct TypedColumnBuilder {
  private var doubles: [Double] = []
  private var integers: [Int64] = []
  private var booleans: [Bool] = []
  private var codes: [Int32] = []
  private var interner = TextInterner()
  private var missing: [Bool]?
  /// For each dictionary, the code of each of its texts that was met; −1 for the others.
  private var knownCodes: [Int: [Int32]] = [:]
  /// Rows so far.
  private(set) var rowCount = 0
  /// The first problems, with rows counted from the first part.
  private(set) var problems: [ValueProblem] = []

  /// No rows.
  init(capacity: Int) { self.capacity = capacity }
  private let capacity: Int

  /// Adds values.
  mutating func append(_ part: DecodedValues) {
    let rows = rowCount
    for problem in part.problems {
      problems.report(row: rows + problem.row, found: problem.found, expected: problem.expected)
    }
    switch part.values {
    case .doubles(let values, let gaps):
      doubles.append(values, capacity: capacity)
      addRows(values.count, gaps)
    case .integers(let values, let gaps):
      integers.append(values, capacity: capacity)
      addRows(values.count, gaps)
    case .booleans(let values, let gaps):
      booleans.append(values, capacity: capacity)
      addRows(values.count, gaps)
    case .texts(let values, let texts, let gaps):
      var known = [Int32](repeating: -1, count: texts.count)
      append(values, of: texts, gaps, &known)
    }
  }

  /// Adds values that stand in a dictionary.
  /// - Parameters:
  ///   - indices: Index into the dictionary of each row; arbitrary where missing.
  ///   - key: A number that stands for the dictionary.
  mutating func append(
    indices: [Int32], missing gaps: [Bool]?, of dictionary: TypedValues, key: Int
  ) {
    switch dictionary {
    case .doubles(let values, let holes):
      doubles.reserveCapacity(capacity)
      addRows(indices, gaps, holes) { doubles.append($0.map { values[$0] } ?? 0) }
    case .integers(let values, let holes):
      integers.reserveCapacity(capacity)
      addRows(indices, gaps, holes) { integers.append($0.map { values[$0] } ?? 0) }
    case .booleans(let values, let holes):
      booleans.reserveCapacity(capacity)
      addRows(indices, gaps, holes) { booleans.append($0.map { values[$0] } ?? false) }
    case .texts(let values, let texts, let holes):
      var known = knownCodes[key] ?? [Int32](repeating: -1, count: texts.count)
      knownCodes[key] = nil
      var rows: [Int32] = []
      rows.reserveCapacity(indices.count)
      let rowGaps = Self.gaps(indices, gaps, holes)
      for (row, index) in indices.enumerated() {
        rows.append(rowGaps?[row] == true ? 0 : values[Int(index)])
      }
      append(rows, of: texts, rowGaps, &known)
      knownCodes[key] = known
    }
  }

  /// The column. Without any part it is one of no texts.
  func finish(isText: Bool, like part: TypedValues?) -> TypedValues {
    switch part {
    case .doubles: .doubles(doubles, missing: missing)
    case .integers: .integers(integers, missing: missing)
    case .booleans: .booleans(booleans, missing: missing)
    case .texts: .texts(codes: codes, texts: interner.texts, missing: missing)
    case nil: isText ? .texts(codes: [], texts: [], missing: nil) : .doubles([], missing: nil)
    }
  }

  private mutating func append(
    _ values: [Int32], of texts: [String], _ gaps: [Bool]?, _ known: inout [Int32]
  ) {
    codes.reserveCapacity(capacity)
    for (row, value) in values.enumerated() {
      if gaps?[row] == true || texts.isEmpty {
        codes.append(0)
        continue
      }
      if known[Int(value)] < 0 { known[Int(value)] = interner.code(texts[Int(value)]) ?? 0 }
      codes.append(known[Int(value)])
    }
    addRows(values.count, gaps)
  }

  private static func gaps(_ indices: [Int32], _ gaps: [Bool]?, _ holes: [Bool]?) -> [Bool]? {
    guard let holes else { return gaps }
    let all = indices.enumerated().map { row, index in
      gaps?[row] == true || holes[Int(index)]
    }
    return all.contains(true) ? all : nil
  }

  private mutating func addRows(
    _ indices: [Int32], _ gaps: [Bool]?, _ holes: [Bool]?, _ add: (Int?) -> Void
  ) {
    let all = Self.gaps(indices, gaps, holes)
    for (row, index) in indices.enumerated() { add(all?[row] == true ? nil : Int(index)) }
    addRows(indices.count, all)
  }

  private mutating func addRows(_ count: Int, _ gaps: [Bool]?) {
    if gaps != nil, missing == nil {
      missing = Array(repeating: false, count: rowCount)
      missing?.reserveCapacity(capacity)
    }
    if missing != nil { missing?.append(contentsOf: gaps ?? Array(repeating: false, count: count)) }
    rowCount += count
  }
}

extension Array {
  /// Appends values to a column of that many rows; the first part that is all of it is kept as it is.
  fileprivate mutating func append(_ values: [Element], capacity: Int) {
    if isEmpty, values.count == capacity {
      self = values
    } else {
      reserveCapacity(capacity)
      append(contentsOf: values)
    }
  }
}
