import AssayDiagnostics

/// One pass over the bytes of a file, or of a part of one that starts where a row starts.
///
/// `bytes` must outlive the scanner.
struct CSVScanner {
  let bytes: UnsafeBufferPointer<UInt8>
  let path: String
  let delimiter: UInt8
  /// Whether this is the beginning of the file, where a byte-order mark may stand.
  let isFirst: Bool
  /// Whether the file ends with these bytes; otherwise a last row without line end is left for later.
  let isLast: Bool
  /// Where the last line of the file that is not blank ends, counted from the first of these bytes.
  let contentEnd: Int
  var position = 0
  var line: Int
  var problems = DiagnosticList()
  /// Whether a quoted field ran to the end of the file.
  var isUnterminated = false
  var fields: [Table.FieldSlice] = []
  var lines: [UInt32] = []

  /// The three bytes of a byte-order mark.
  static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

  init(
    _ bytes: UnsafeBufferPointer<UInt8>, path: String, delimiter: UInt8, isFirst: Bool,
    isLast: Bool, contentEnd: Int, line: Int
  ) {
    self.bytes = bytes
    self.path = path
    self.delimiter = delimiter
    self.isFirst = isFirst
    self.isLast = isLast
    self.contentEnd = contentEnd
    self.line = line
    position = isFirst && bytes.starts(with: Self.mark) ? 3 : 0
  }

  /// Comma, semicolon, tab or vertical bar: the first of them that the header line holds.
  static func delimiter(of bytes: UnsafeBufferPointer<UInt8>) -> UInt8 {
    let end = bytes.firstIndex(of: 0x0A) ?? bytes.count
    let candidates: [UInt8] = [UInt8(ascii: ","), UInt8(ascii: ";"), 0x09, UInt8(ascii: "|")]
    return candidates.first { bytes[..<end].contains($0) } ?? UInt8(ascii: ",")
  }

  /// Reads the header row.
  /// - Returns: The column names; `nil` when the row does not end within these bytes.
  mutating func header() -> [String]? {
    if isLast, bytes.contains(0x0D), !bytes.contains(0x0A) {
      report(
        .other(found: "carriage returns alone", expected: "lines that end in LF or CRLF"), line: 1,
        at: bytes.firstIndex(of: 0x0D) ?? 0)
      return []
    }
    let headerLine = line
    if !readRow(), !isLast { return nil }
    let names = fields.map { field in
      let raw = bytes[Int(field.start)..<Int(field.start) + field.length]
      let text = String(decoding: raw, as: UTF8.self)
      return field.isEscaped
        ? text.split(separator: "\"\"", omittingEmptySubsequences: false).joined(separator: "\"")
        : text
    }
    checkHeader(names, fields, line: headerLine)
    fields.removeAll()
    return names
  }

  /// Reads rows of that many columns until the bytes end, or too many problems were found.
  mutating func rows(columns: Int) {
    while position < bytes.count {
      // A blank line at the end, or between rows, is no row.
      if skipBlankLine(columns: columns) { continue }
      let start = fields.count
      let rowLine = line
      let rowStart = position
      let before = problems
      if !readRow(), !isLast {
        // The rest of this row stands in the next part.
        fields.removeLast(fields.count - start)
        (position, line, problems, isUnterminated) = (rowStart, rowLine, before, false)
        return
      }
      if isFull { return }
      let found = fields.count - start
      if isUnterminated { return }
      if found != columns {
        report(.raggedRow(expected: columns, found: found), line: rowLine, at: rowStart)
        fields.removeLast(found)
        continue
      }
      lines.append(UInt32(rowLine))
    }
  }

  /// Whether as many problems were found as are reported.
  var isFull: Bool { problems.diagnostics.count >= DiagnosticList.reportLimit }

  private mutating func checkHeader(_ names: [String], _ slices: [Table.FieldSlice], line: Int) {
    var first: [String: Int] = [:]
    for (index, name) in names.enumerated() {
      if let earlier = first[name] {
        report(
          .duplicateColumn(name: name, first: earlier + 1), line: line,
          at: Int(slices[index].start), width: name.count)
      } else {
        first[name] = index
      }
      if name.isEmpty {
        report(
          .other(
            found: "an empty name in column \(index + 1)", expected: "a name for every column"),
          line: line, at: Int(slices[index].start))
      }
    }
  }

  private mutating func skipBlankLine(columns: Int) -> Bool {
    // In a table of one column a blank line is a row with a missing value, unless nothing follows.
    guard columns > 1 || position >= contentEnd else { return false }
    if bytes[position] == 0x0A {
      position += 1
      line += 1
      return true
    }
    if bytes[position] == 0x0D, position + 1 < bytes.count, bytes[position + 1] == 0x0A {
      position += 2
      line += 1
      return true
    }
    return false
  }

  /// Reads fields to the end of the row and appends them; false when the bytes end before a line end.
  private mutating func readRow() -> Bool {
    while true {
      if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
        if !readQuoted() { return false }
      } else {
        let start = position
        var at = position
        let (count, delimiter) = (bytes.count, delimiter)
        while at < count {
          let byte = bytes[at]
          if byte == delimiter || byte == 0x0A { break }
          at += 1
        }
        position = at
        let atLineEnd = at == count || bytes[at] == 0x0A
        if atLineEnd, at > start, bytes[at - 1] == 0x0D { at -= 1 }
        fields.append(.init(start: start, length: at - start, isEscaped: false))
      }
      guard position < bytes.count else { return false }
      let byte = bytes[position]
      position += 1
      if byte == 0x0A {
        line += 1
        return true
      }
    }
  }

  /// Reads a quoted field and stands before the delimiter, line feed or end; false when it never ends.
  private mutating func readQuoted() -> Bool {
    let open = position
    let openLine = line
    position += 1
    let start = position
    var isEscaped = false
    while position < bytes.count {
      let byte = bytes[position]
      if byte == 0x0A { line += 1 }
      if byte == UInt8(ascii: "\"") {
        if position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "\"") {
          isEscaped = true
          position += 2
          continue
        }
        break
      }
      position += 1
    }
    guard position < bytes.count else {
      // In a part of a file the rest of the field may follow; `rows` takes this back.
      report(.unterminatedQuote, line: openLine, at: open)
      isUnterminated = true
      fields.append(.init(start: start, length: position - start, isEscaped: isEscaped))
      return false
    }
    fields.append(.init(start: start, length: position - start, isEscaped: isEscaped))
    position += 1
    if position < bytes.count, bytes[position] == 0x0D,
      position + 1 == bytes.count || bytes[position + 1] == 0x0A
    {
      position += 1
    }
    if position < bytes.count, bytes[position] != delimiter, bytes[position] != 0x0A {
      report(.strayQuote, line: line, at: position)
      while position < bytes.count, bytes[position] != delimiter, bytes[position] != 0x0A {
        position += 1
      }
    }
    return true
  }

  private mutating func report(_ fact: Fact, line: Int, at offset: Int, width: Int = 1) {
    var start = min(offset, bytes.count)
    // A byte order mark is no column.
    let first = isFirst && bytes.starts(with: Self.mark) ? 3 : 0
    while start > first, bytes[start - 1] != 0x0A { start -= 1 }
    var end = min(offset, bytes.count)
    while end < bytes.count, bytes[end] != 0x0A, end - start < 8192 { end += 1 }
    let column = String(decoding: bytes[start..<min(offset, bytes.count)], as: UTF8.self).count + 1
    problems.append(
      Diagnostic(
        fact, at: SourceLocation(path: path, line: line, column: column),
        sourceLine: String(decoding: bytes[start..<end], as: UTF8.self).filter {
          $0 != "\r" && $0 != "\r\n"
        }, width: width))
  }
}
