/// Reads a chunk of whole rows into columns: the fast way, for rows without any problem.
///
/// Whatever is not plain ends it: ``ExactChunk`` then reads the chunk again, finds the problems or the
/// values, and words them. Rules are those of ``CSVScanner``.
struct ChunkParser {
  let plan: ReadingPlan

  /// Reads a chunk.
  /// - Parameter buffer: The rows; a missing line feed at the end is added.
  /// - Returns: Whether every row was plain; otherwise what stands in `columns` means nothing.
  func parse(_ buffer: TextBuffer, isLast: Bool, into columns: ChunkColumns) -> Bool {
    let count = buffer.count
    if count == 0 { return true }
    var end = count
    if buffer.base[count - 1] != 0x0A {
      // A last line of one carriage return is told from a blank one by the exact reading.
      if buffer.base[count - 1] == 0x0D, count == 1 || buffer.base[count - 2] == 0x0A {
        return false
      }
      // Within the padding.
      buffer.base[count] = 0x0A
      end = count + 1
    }
    defer { if end > count { buffer.base[count] = 0 } }
    let contentEnd =
      plan.columnCount == 1 && isLast ? TextChunk.contentEnd(buffer.content) : Int.max
    let tables = columns.dictionaries.map(\.table)
    return withExtendedLifetime(columns) {
      plan.numberPlace.withUnsafeBufferPointer { numberPlace in
        plan.textPlace.withUnsafeBufferPointer { textPlace in
          tables.withUnsafeBufferPointer { tables in
            columns.numbers.withUnsafeBufferPointer { numbers in
              columns.codes.withUnsafeBufferPointer { codes in
                let sinks = Sinks(
                  numberPlace: numberPlace, textPlace: textPlace, numbers: numbers, codes: codes,
                  tables: tables,
                  keys: columns.keys)
                return scan(
                  UnsafePointer(buffer.base), end: end, contentEnd: contentEnd, sinks, columns)
              }
            }
          }
        }
      }
    }
  }

  /// Where values go, by pointers that live as long as the loop.
  private struct Sinks {
    var numberPlace: UnsafeBufferPointer<Int32>
    var textPlace: UnsafeBufferPointer<Int32>
    var numbers: UnsafeBufferPointer<UnsafeMutablePointer<Double>>
    var codes: UnsafeBufferPointer<UnsafeMutablePointer<Int32>>
    var tables: UnsafeBufferPointer<UnsafeMutablePointer<TextTable>>
    var keys: UnsafeMutablePointer<UInt64>?
  }

  /// The loop over rows. `base` holds `end` bytes, the last of them a line feed, and padding; every row
  /// writes one value to each wanted column, and `columns` has room for as many rows as there can be.
  private func scan(
    _ base: UnsafePointer<UInt8>, end: Int, contentEnd: Int, _ sinks: Sinks,
    _ columns: ChunkColumns
  ) -> Bool {
    let delimiters = SIMD16<UInt8>(repeating: plan.delimiter)
    let columnCount = plan.columnCount
    let keyColumn = plan.keyColumn
    let quote = UInt8(ascii: "\"")
    var position = 0
    var row = 0
    var line = 0
    var marks = columns.marks
    while position < end {
      if columnCount > 1 || position >= contentEnd {
        // The byte after a carriage return is within the chunk: the chunk ends with a line feed.
        let first = base[position]
        if first == 0x0A || (first == 0x0D && base[position + 1] == 0x0A) {
          position += first == 0x0A ? 1 : 2
          line += 1
          continue
        }
      }
      var column = 0
      while true {
        var start = position
        var stop: Int
        var isEscaped = false
        if base[position] == quote {
          guard
            let field = Self.quoted(base, position, end, plan.delimiter, lines: &line)
          else { return false }
          start = position + 1
          stop = field.stop
          isEscaped = field.isEscaped
          position = field.next
        } else {
          stop = FieldScan.end(base, position, delimiters)
          position = stop
        }
        let isRowEnd = base[position] == 0x0A
        if isRowEnd, stop > start, stop == position, base[stop - 1] == 0x0D { stop -= 1 }
        let number = Int(sinks.numberPlace[column])
        if number >= 0 {
          guard !isEscaped,
            let value = self.number(base + start, stop - start, number, &marks)
          else { return false }
          sinks.numbers[number][row] = value
        }
        if column == keyColumn, let keys = sinks.keys {
          keys[row] =
            isEscaped
            ? TextCodes.key(Self.unescaped(base + start, stop - start)[...])
            : TextTable.key(base + start, length: stop - start)
          if stop == start { columns.hasEmptyKey = true }
        }
        let text = Int(sinks.textPlace[column])
        if text >= 0 {
          sinks.codes[text][row] =
            isEscaped
            ? columns.dictionaries[text].code(Self.unescaped(base + start, stop - start)[...])
            : sinks.tables[text].pointee.code(base + start, length: stop - start)
        }
        column += 1
        position += 1
        if isRowEnd { break }
        if column == columnCount { return false }
      }
      if column != columnCount { return false }
      row += 1
      line += 1
    }
    columns.rowCount = row
    columns.lineCount = line
    columns.marks = marks
    return true
  }

  @inline(__always)
  private func number(
    _ text: UnsafePointer<UInt8>, _ length: Int, _ place: Int, _ marks: inout DecimalMarks
  ) -> Double? {
    if length == 0 { return plan.numbers[place].allowMissing ? .nan : nil }
    if let value = FieldScan.shortDecimal(text, length, point: UInt8(ascii: ".")) {
      if length > 1 { marks.hasPoint = true }
      return value
    }
    return other(UnsafeBufferPointer(start: text, count: length), &marks)
  }

  /// Any number but the short ones.
  private func other(_ text: UnsafeBufferPointer<UInt8>, _ marks: inout DecimalMarks) -> Double? {
    if let value = NumberText.parse(text), value.isFinite {
      if plan.allowsComma, !marks.hasPoint, text.contains(UInt8(ascii: ".")) {
        marks.hasPoint = true
      }
      return value
    }
    guard plan.allowsComma, let value = NumberText.parse(text, point: UInt8(ascii: ",")),
      value.isFinite
    else { return nil }
    marks.noteComma(text)
    return value
  }

  /// Where a quoted field ends; `nil` when it does not end as it should.
  private static func quoted(
    _ base: UnsafePointer<UInt8>, _ open: Int, _ end: Int, _ delimiter: UInt8, lines: inout Int
  ) -> (stop: Int, next: Int, isEscaped: Bool)? {
    var position = open + 1
    var isEscaped = false
    // Positions stay below `end`; the byte at `end` is padding.
    while position < end {
      let byte = base[position]
      if byte == 0x0A { lines += 1 }
      if byte == UInt8(ascii: "\"") {
        guard base[position + 1] == byte, position + 1 < end else { break }
        isEscaped = true
        position += 1
      }
      position += 1
    }
    guard position < end else { return nil }
    var next = position + 1
    if base[next] == 0x0D, next + 1 < end, base[next + 1] == 0x0A { next += 1 }
    guard next < end, base[next] == delimiter || base[next] == 0x0A else { return nil }
    return (position, next, isEscaped)
  }

  /// A text in which doubled quotation marks stand for one.
  private static func unescaped(_ text: UnsafePointer<UInt8>, _ length: Int) -> [UInt8] {
    var result: [UInt8] = []
    var index = 0
    while index < length {
      result.append(text[index])
      index += text[index] == UInt8(ascii: "\"") ? 2 : 1
    }
    return result
  }
}
