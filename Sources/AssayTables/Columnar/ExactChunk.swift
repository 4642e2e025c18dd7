import AssayDiagnostics
import AssayFiles

/// A chunk of rows read by ``CSVScanner``: any row, with every problem and its place.
///
/// Lines are counted from 1 at the start of the chunk, because what stands before it may not be known.
struct ExactChunk {
  let plan: ReadingPlan
  let path: String
  let names: [String]

  /// The rows as a table, and the problems with their structure.
  func table(_ buffer: TextBuffer, isLast: Bool) -> (
    table: Table, structure: DiagnosticList, lineCount: Int
  ) {
    let bytes = Array(buffer.content)
    let scanner = bytes.withUnsafeBufferPointer { content in
      var scanner = CSVScanner(
        content, path: path, delimiter: plan.delimiter, isFirst: false, isLast: true,
        contentEnd: isLast ? TextChunk.contentEnd(content) : .max, line: 1)
      scanner.rows(columns: plan.columnCount)
      return scanner
    }
    let table = Table(
      path: path, sha256: "", bytes: bytes, columns: names, fields: scanner.fields,
      lines: scanner.lines)
    return (table, scanner.problems, scanner.line - 1)
  }

  /// Reads a chunk into columns, with its problems.
  func parse(_ buffer: TextBuffer, isLast: Bool, into columns: ChunkColumns) {
    let (table, structure, lineCount) = table(buffer, isLast: isLast)
    columns.structure = structure
    columns.lineCount = lineCount
    // After as many problems as are reported the scanner stops, and rows mean nothing any more.
    columns.rowCount = structure.isEmpty ? table.rowCount : 0
    for row in 0..<columns.rowCount {
      for (place, wanted) in plan.numbers.enumerated() {
        columns.numbers[place][row] = number(
          table, row, wanted.column, wanted.allowMissing, columns)
      }
      if plan.keyColumn >= 0, let keys = columns.keys {
        let bytes = fieldBytes(table, row, plan.keyColumn)
        keys[row] = TextCodes.key(bytes)
        if bytes.isEmpty { columns.hasEmptyKey = true }
      }
      for (place, column) in plan.texts.enumerated() {
        columns.codes[place][row] = columns.dictionaries[place].code(
          fieldBytes(table, row, column))
      }
    }
  }

  private func fieldBytes(_ table: Table, _ row: Int, _ column: Int) -> ArraySlice<UInt8> {
    table.slice(row, column).isEscaped
      ? Array(table.text(row, column).utf8)[...] : table.rawBytes(row, column)
  }

  private func number(
    _ table: Table, _ row: Int, _ column: Int, _ allowMissing: Bool, _ columns: ChunkColumns
  ) -> Double {
    switch table.numberField(row, column) {
    case .missing:
      if !allowMissing {
        columns.values.append(
          table.diagnostic(.missingValue(column: names[column]), row: row, column: column))
      }
      return .nan
    case .number(let value):
      if table.rawBytes(row, column).contains(UInt8(ascii: ".")) { columns.marks.hasPoint = true }
      return value
    case .notFinite:
      columns.values.append(table.notFinite(row, column))
      return .nan
    case .notANumber:
      if plan.allowsComma, !table.slice(row, column).isEscaped,
        let value = table.withRawBytes(
          row, column, { NumberText.parse($0, point: UInt8(ascii: ",")) }), value.isFinite
      {
        table.withRawBytes(row, column) { columns.marks.noteComma($0) }
        return value
      }
      columns.values.append(table.notANumber(row, column))
      return .nan
    }
  }

  /// The first place of a chunk where bytes are no UTF-8; `nil` when all are.
  func invalidText(_ buffer: TextBuffer) -> Diagnostic? {
    if FieldScan.isASCII(buffer.content) { return nil }
    if String(validating: buffer.content, as: UTF8.self) != nil { return nil }
    return UTF8Text.invalid(Array(buffer.content), path: path)
  }
}
