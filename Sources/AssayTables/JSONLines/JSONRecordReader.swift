import AssayDiagnostics

/// Reads the records of a block into columns.
///
/// A record that is no JSON is reported and skipped in a file of lines, where the next line is sound
/// again; in an array nothing can be told behind it.
struct JSONRecordReader {
  private let path: String
  private let block: JSONRecordBlock
  private var columns: [JSONColumn]
  /// The names that were met, wanted ones first.
  private var names = TextInterner()
  /// The columns of each wanted name.
  private let slots: [[Int]]
  /// The record that had each name last, from 1.
  private var lastRecord: [Int] = []
  /// The names of the record before, in order.
  private var layout: [Int32] = []
  private var problems = DiagnosticList()
  /// Whether enough problems were found before, so that these are counted and no place is looked for.
  private let isCounting: Bool
  private var omitted = 0
  private var rowCount = 0
  /// Records so far, those that were no JSON included.
  private var recordNumber = 0
  /// A row and the position of a wanted column whose place is looked for.
  private var target: (row: Int, column: Int)?
  private var targetOffset: Int?

  /// What a block came to.
  struct Outcome: Sendable {
    var rowCount: Int
    var columns: [ColumnTable.Values]
    var problems: DiagnosticList
    /// All names of the block, wanted ones first.
    var names: [String]
    /// Which of the wanted names some record has.
    var isPresent: [Bool]
    /// The place that was looked for.
    var targetOffset: Int?
  }

  /// - Parameters:
  ///   - isCounting: Whether problems are counted only.
  ///   - target: A row of the block and the position of a request whose place is wanted.
  init(
    _ block: JSONRecordBlock, path: String, requests: [ColumnRequest],
    isCounting: Bool = false, target: (row: Int, column: Int)? = nil
  ) {
    self.block = block
    self.isCounting = isCounting
    self.path = path
    self.target = target
    columns = requests.map { JSONColumn($0) }
    var slots: [[Int]] = []
    for (index, request) in requests.enumerated() {
      let code = Int(names.code(request.name) ?? 0)
      if code == slots.count { slots.append([]) }
      slots[code].append(index)
    }
    self.slots = slots
    lastRecord = Array(repeating: 0, count: slots.count)
  }

  /// Reads all records.
  consuming func read() -> Outcome {
    let bytes = block.bytes
    bytes.withUnsafeBufferPointer { buffer in
      switch block.form {
      case .lines: lines(buffer)
      case .array: array(buffer)
      }
    }
    let isPresent = slots.indices.map { lastRecord[$0] > 0 }
    return Outcome(
      rowCount: rowCount, columns: columns.map { $0.values },
      problems: isCounting ? DiagnosticList(omitted: omitted) : problems,
      names: names.texts, isPresent: isPresent, targetOffset: targetOffset)
  }

  private mutating func report(_ fact: Fact, at offset: Int, help: String? = nil) {
    if isCounting {
      omitted += 1
      return
    }
    let (block, path) = (block, path)
    problems.append(block.diagnostic(fact, path: path, offset: offset, help: help))
  }

  private mutating func report(_ fault: JSONFault) {
    report(.syntax(format: "JSON", problem: fault.problem), at: fault.offset)
  }

  // MARK: Records

  private mutating func lines(_ bytes: UnsafeBufferPointer<UInt8>) {
    var start = block.isFirst && bytes.starts(with: CSVScanner.mark) ? 3 : 0
    while start < bytes.count {
      var end = start
      while end < bytes.count, bytes[end] != 0x0A { end += 1 }
      var scanner = JSONScanner(bytes: bytes, end: end, position: start)
      start = end + 1
      scanner.skipSpace()
      // A blank line is no record.
      if scanner.position == end { continue }
      do throws(JSONFault) {
        try record(&scanner)
        scanner.skipSpace()
        if scanner.position < end {
          throw scanner.fault("expected the end of the line behind a record")
        }
      } catch { report(error) }
    }
  }

  private mutating func array(_ bytes: UnsafeBufferPointer<UInt8>) {
    let start = block.isFirst && bytes.starts(with: CSVScanner.mark) ? 3 : 0
    var scanner = JSONScanner(bytes: bytes, end: bytes.count, position: start)
    do throws(JSONFault) {
      var isFirst = block.isFirst
      scanner.skipSpace()
      if isFirst { try scanner.expect(UInt8(ascii: "["), "expected '['") }
      while true {
        scanner.skipSpace()
        if scanner.position == bytes.count, !block.isLast { return }
        if scanner.peek == UInt8(ascii: "]") {
          scanner.position += 1
          break
        }
        if !isFirst {
          try scanner.expect(UInt8(ascii: ","), "expected ',' or ']' behind a record")
          scanner.skipSpace()
        }
        isFirst = false
        try record(&scanner)
      }
      scanner.skipSpace()
      if scanner.position < bytes.count {
        throw scanner.fault("expected the end of the file behind the array")
      }
    } catch { report(error) }
  }

  private mutating func record(_ scanner: inout JSONScanner) throws(JSONFault) {
    let start = scanner.position
    recordNumber += 1
    guard scanner.peek == UInt8(ascii: "{") else {
      throw scanner.fault("expected a record, which is an object in braces")
    }
    scanner.position += 1
    if target?.row == rowCount { targetOffset = start }
    var position = 0
    scanner.skipSpace()
    if scanner.peek == UInt8(ascii: "}") {
      scanner.position += 1
    } else {
      while true {
        scanner.skipSpace()
        try member(&scanner, position: position)
        position += 1
        scanner.skipSpace()
        if scanner.peek == UInt8(ascii: "}") {
          scanner.position += 1
          break
        }
        try scanner.expect(UInt8(ascii: ","), "expected ',' or '}'")
      }
    }
    for index in columns.indices where columns[index].count == rowCount {
      if let problem = columns[index].appendMissing() {
        report(problem, at: start)
      }
    }
    rowCount += 1
  }

  private mutating func member(
    _ scanner: inout JSONScanner, position: Int
  ) throws(JSONFault) {
    let start = scanner.position
    guard scanner.peek == UInt8(ascii: "\"") else {
      throw scanner.fault("expected a name in quotes")
    }
    let (range, hasEscapes) = try scanner.string()
    let code = try name(scanner, range, hasEscapes, position: position)
    if lastRecord[code] == recordNumber {
      throw JSONFault(problem: "the name '\(names.texts[code])' stands twice", offset: start)
    }
    lastRecord[code] = recordNumber
    scanner.skipSpace()
    try scanner.expect(UInt8(ascii: ":"), "expected ':' after a name")
    scanner.skipSpace()
    let offset = scanner.position
    let value = try scanner.value()
    guard code < slots.count else { return }
    for index in slots[code] {
      if let target, target.row == rowCount, target.column == index { targetOffset = offset }
      if let problem = try columns[index].append(value, scanner) {
        report(problem.fact, at: offset, help: problem.help)
      }
    }
  }

  /// The number of a name; most records have the names of the one before, in the same order.
  private mutating func name(
    _ scanner: JSONScanner, _ range: Range<Int>, _ hasEscapes: Bool, position: Int
  ) throws(JSONFault) -> Int {
    let raw = UnsafeRawBufferPointer(scanner.raw(range))
    if !hasEscapes, position < layout.count, names.matches(layout[position], raw) {
      return Int(layout[position])
    }
    let code =
      hasEscapes
      ? try scanner.unescaped(range).withUnsafeBytes { names.code($0) } : names.code(raw)
    guard let code else {
      throw JSONFault(problem: "a name that is not UTF-8", offset: range.lowerBound)
    }
    if Int(code) == lastRecord.count { lastRecord.append(0) }
    if position < layout.count { layout[position] = code } else { layout.append(code) }
    return Int(code)
  }
}
