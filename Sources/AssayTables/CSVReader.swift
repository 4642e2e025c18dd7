import AssayDiagnostics
import AssayFiles

/// Reads comma-separated tables as RFC 4180 has them: a header, quoting with `"`, line breaks inside
/// quotes, LF or CRLF. Semicolons and tabs are recognised from the header line.
public enum CSVReader {
  /// Reads a file.
  /// - Throws: A list with the first twenty problems, each with line and column.
  public static func read(path: String) throws(DiagnosticList) -> Table {
    let bytes: [UInt8]
    do { bytes = try InputFile.read(path, limit: Int(UInt32.max) - 1) } catch {
      throw DiagnosticList([error])
    }
    return try parse(bytes, path: path)
  }

  /// Reads a table from bytes; `path` is used in messages.
  public static func parse(_ bytes: [UInt8], path: String) throws(DiagnosticList) -> Table {
    if bytes.isEmpty {
      throw DiagnosticList([Diagnostic(.fileEmpty, at: SourceLocation(path: path))])
    }
    if String(validating: bytes, as: UTF8.self) == nil {
      throw DiagnosticList([UTF8Text.invalid(bytes, path: path)])
    }
    var scanner = CSVScanner(bytes: bytes, path: path)
    return try scanner.table()
  }
}

/// One pass over the bytes.
private struct CSVScanner {
  let bytes: [UInt8]
  let path: String
  let delimiter: UInt8
  /// Where the last line that is not blank ends.
  let contentEnd: Int
  var position = 0
  var line = 1
  var problems = DiagnosticList()
  /// Whether a quoted field ran to the end of the file.
  var isUnterminated = false

  init(bytes: [UInt8], path: String) {
    self.bytes = bytes
    self.path = path
    position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    let end = bytes[position...].firstIndex(of: 0x0A) ?? bytes.count
    let header = bytes[position..<end]
    let candidates: [UInt8] = [UInt8(ascii: ","), UInt8(ascii: ";"), 0x09]
    delimiter = candidates.first { header.contains($0) } ?? UInt8(ascii: ",")
    contentEnd = (bytes.lastIndex { $0 != 0x0A && $0 != 0x0D } ?? -1) + 1
  }

  mutating func table() throws(DiagnosticList) -> Table {
    if bytes.contains(0x0D), !bytes.contains(0x0A) {
      report(
        .other(found: "carriage returns alone", expected: "lines that end in LF or CRLF"), line: 1,
        at: bytes.firstIndex(of: 0x0D) ?? 0)
      try problems.throwIfNotEmpty()
    }
    var header: [Table.FieldSlice] = []
    let headerLine = line
    readRow(into: &header)
    let names = header.map { field in
      let raw = bytes[Int(field.start)..<Int(field.start) + field.length]
      let text = String(decoding: raw, as: UTF8.self)
      return field.isEscaped
        ? text.split(separator: "\"\"", omittingEmptySubsequences: false).joined(separator: "\"")
        : text
    }
    checkHeader(names, header, line: headerLine)
    try problems.throwIfNotEmpty()

    var fields: [Table.FieldSlice] = []
    var lines: [UInt32] = []
    fields.reserveCapacity(bytes.count / 6)
    while position < bytes.count {
      // A blank line at the end, or between rows, is no row.
      if skipBlankLine(columns: names.count) { continue }
      let start = fields.count
      let rowLine = line
      let rowStart = position
      readRow(into: &fields)
      if problems.diagnostics.count >= DiagnosticList.reportLimit && !problems.isEmpty { break }
      let found = fields.count - start
      if isUnterminated { break }
      if found != names.count {
        report(.raggedRow(expected: names.count, found: found), line: rowLine, at: rowStart)
        fields.removeLast(found)
        continue
      }
      lines.append(UInt32(rowLine))
    }
    try problems.throwIfNotEmpty()
    if lines.isEmpty {
      throw DiagnosticList([Diagnostic(.noRows, at: SourceLocation(path: path, line: 1))])
    }
    return Table(
      path: path, sha256: SHA256.hexDigest(bytes), bytes: bytes, columns: names, fields: fields,
      lines: lines)
  }

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

  /// Reads fields to the end of the row; appends them.
  private mutating func readRow(into fields: inout [Table.FieldSlice]) {
    while true {
      if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
        if !readQuoted(into: &fields) { return }
      } else {
        let start = position
        while position < bytes.count {
          let byte = bytes[position]
          if byte == delimiter || byte == 0x0A { break }
          position += 1
        }
        var end = position
        let atLineEnd = position == bytes.count || bytes[position] == 0x0A
        if atLineEnd, end > start, bytes[end - 1] == 0x0D { end -= 1 }
        fields.append(.init(start: start, length: end - start, isEscaped: false))
      }
      guard position < bytes.count else { return }
      let byte = bytes[position]
      position += 1
      if byte == 0x0A {
        line += 1
        return
      }
    }
  }

  /// Reads a quoted field and stands before the delimiter, line feed or end; false when it never ends.
  private mutating func readQuoted(into fields: inout [Table.FieldSlice]) -> Bool {
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
    let first = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
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
