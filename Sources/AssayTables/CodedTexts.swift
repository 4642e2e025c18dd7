import AssayDiagnostics

/// A column of texts as codes into a list of distinct texts, in order of their first row.
public struct CodedTexts: Sendable {
  /// The distinct texts; an empty field is the empty text.
  public private(set) var texts: [String] = []
  /// Index into ``texts`` of every row.
  public private(set) var codes: [Int32] = []
  private var index: [String: Int32] = [:]

  /// No rows.
  public init() {}

  /// Adds the rows of a table, or of a part of one.
  public mutating func append(_ table: Table, column: Int) {
    for row in 0..<table.rowCount {
      // Rows of one client or group often stand together.
      if row > 0, table.hasEqualField(row - 1, row, column), let last = codes.last {
        codes.append(last)
        continue
      }
      append(table.text(row, column))
    }
  }

  /// Adds one row.
  public mutating func append(_ text: String) {
    if let known = index[text] {
      codes.append(known)
    } else {
      let code = Int32(texts.count)
      index[text] = code
      texts.append(text)
      codes.append(code)
    }
  }

  /// The text of a row.
  public subscript(row: Int) -> String { texts[Int(codes[row])] }
}

extension Table {
  /// Whether two rows have the same bytes in a column.
  func hasEqualField(_ first: Int, _ second: Int, _ column: Int) -> Bool {
    let (a, b) = (slice(first, column), slice(second, column))
    guard a.lengthAndEscape == b.lengthAndEscape else { return false }
    return bytes.withUnsafeBufferPointer { buffer in
      for position in 0..<a.length
      where buffer[Int(a.start) + position] != buffer[Int(b.start) + position] {
        return false
      }
      return true
    }
  }
}
