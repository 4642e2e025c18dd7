import AssayDiagnostics

/// Puts the columns of chunks behind one another in the order of the file, whatever thread read them
/// when.
///
/// Texts get their codes here, in the order of their first row in the file: within one thread texts are
/// known in the order of its chunks, and chunks are joined in the order of the file.
struct ColumnAssembly {
  /// Rows and lines of one chunk, for finding a row's place again.
  struct Mark: Sendable {
    var rowCount: Int
    var lineCount: Int
  }

  /// A chunk that is waiting for one before it.
  private struct Waiting {
    var worker: Int
    var numbers: [[Double]]
    var codes: [[Int32]]
    var keys: [UInt64]
    /// For each column of texts those that the worker met first in this chunk.
    var newTexts: [TextCodes]
    var part: Part
  }

  /// What a chunk adds beside values.
  struct Part {
    var rowCount: Int
    var lineCount: Int
    var byteCount: Int
    var marks: DecimalMarks
    var structure: DiagnosticList
    var values: DiagnosticList
    var notUTF8: Diagnostic?
  }

  private(set) var numbers: [[Double]]
  private(set) var codes: [[Int32]]
  private(set) var texts: [TextCodes]
  private(set) var keys: [UInt64] = []
  /// Whether the column of keys has an empty field.
  private(set) var hasEmptyKey = false
  private(set) var chunks: [Mark] = []
  private(set) var marks = DecimalMarks()
  private(set) var structure = DiagnosticList()
  private(set) var values = DiagnosticList()
  private(set) var notUTF8: Diagnostic?
  private(set) var rowCount = 0
  /// The line on which the next chunk starts.
  private var line: Int
  /// Codes in the file of each worker's own codes, for each column of texts.
  private var translations: [[[Int32]]]
  private var waiting: [Int: Waiting] = [:]
  /// Bytes of all rows, where known, for the memory of the columns.
  private let byteCount: Int?
  private let hasKeys: Bool

  init(_ plan: ReadingPlan, workers: Int, firstLine: Int, byteCount: Int?) {
    numbers = plan.numbers.map { _ in [] }
    codes = plan.texts.map { _ in [] }
    texts = plan.texts.map { _ in TextCodes() }
    translations = Array(
      repeating: Array(repeating: [], count: plan.texts.count), count: workers)
    line = firstLine
    self.byteCount = byteCount
    hasKeys = plan.keyColumn >= 0
  }

  /// Takes a chunk that a worker has read.
  mutating func add(_ number: Int, _ columns: ChunkColumns, byteCount: Int, worker: Int) {
    hasEmptyKey = hasEmptyKey || columns.hasEmptyKey
    let part = Part(
      rowCount: columns.rowCount, lineCount: columns.lineCount, byteCount: byteCount,
      marks: columns.marks, structure: columns.structure, values: columns.values,
      notUTF8: columns.notUTF8)
    guard number == chunks.count else {
      // Copies: the worker goes on with its memory.
      waiting[number] = Waiting(
        worker: worker,
        numbers: columns.numbers.map {
          Array(UnsafeBufferPointer(start: $0, count: part.rowCount))
        },
        codes: columns.codes.map { Array(UnsafeBufferPointer(start: $0, count: part.rowCount)) },
        keys: columns.keys.map {
          Array(UnsafeBufferPointer(start: $0, count: part.rowCount))
        } ?? [],
        newTexts: zip(columns.dictionaries, columns.known).map { TextCodes(copying: $0, from: $1) },
        part: part)
      return
    }
    begin(part)
    for (index, pointer) in columns.numbers.enumerated() {
      // `rowCount` values were written to every column of the chunk.
      numbers[index].append(contentsOf: UnsafeBufferPointer(start: pointer, count: part.rowCount))
    }
    if let pointer = columns.keys {
      keys.append(contentsOf: UnsafeBufferPointer(start: pointer, count: part.rowCount))
    }
    for (index, pointer) in columns.codes.enumerated() {
      learn(index, worker, columns.dictionaries[index], from: columns.known[index])
      append(UnsafeMutableBufferPointer(start: pointer, count: part.rowCount), index, worker)
    }
    end(part)
    while let next = waiting.removeValue(forKey: chunks.count) { append(next) }
  }

  private mutating func append(_ chunk: Waiting) {
    begin(chunk.part)
    for index in numbers.indices { numbers[index].append(contentsOf: chunk.numbers[index]) }
    keys.append(contentsOf: chunk.keys)
    for index in codes.indices {
      learn(index, chunk.worker, chunk.newTexts[index], from: 0)
      var own = chunk.codes[index]
      own.withUnsafeMutableBufferPointer { append($0, index, chunk.worker) }
    }
    end(chunk.part)
  }

  /// Makes room for all rows, as far as their number can be told from the first chunk.
  private mutating func begin(_ part: Part) {
    guard chunks.isEmpty, let byteCount, part.byteCount > 0, part.rowCount > 0 else { return }
    let expected = Double(byteCount) / Double(part.byteCount) * Double(part.rowCount) * 1.01 + 1_000
    let rows = Int(min(expected, Double(Int32.max)))
    for index in numbers.indices { numbers[index].reserveCapacity(rows) }
    for index in codes.indices { codes[index].reserveCapacity(rows) }
    if hasKeys { keys.reserveCapacity(rows) }
  }

  /// Gives codes in the file to texts that a worker met first in this chunk.
  private mutating func learn(_ index: Int, _ worker: Int, _ met: TextCodes, from start: Int) {
    for code in start..<met.count {
      let own = met.withBytes(of: code) { texts[index].code($0, length: $1) }
      translations[worker][index].append(own)
    }
  }

  private mutating func append(
    _ own: UnsafeMutableBufferPointer<Int32>, _ index: Int, _ worker: Int
  ) {
    translations[worker][index].withUnsafeBufferPointer { translation in
      // A worker's codes are below the number of texts that it has met, all of which were learnt.
      for row in own.indices { own[row] = translation[Int(own[row])] }
    }
    codes[index].append(contentsOf: UnsafeBufferPointer(own))
  }

  /// Hands a column of numbers over.
  mutating func takeNumbers(_ index: Int) -> [Double] {
    var column: [Double] = []
    swap(&column, &numbers[index])
    return column
  }

  /// Hands the keys over.
  mutating func takeKeys() -> [UInt64] {
    var column: [UInt64] = []
    swap(&column, &keys)
    return column
  }

  /// Hands a column of texts over. Texts that are canonically equivalent are one, as for strings.
  mutating func takeTexts(_ index: Int) -> (codes: [Int32], texts: [String]) {
    var column: [Int32] = []
    swap(&column, &codes[index])
    let all = (0..<texts[index].count).map { texts[index].text($0) }
    if all.allSatisfy({ $0.utf8.allSatisfy { $0 < 0x80 } }) { return (column, all) }
    var first: [String: Int32] = [:]
    var distinct: [String] = []
    var translation: [Int32] = []
    for text in all {
      let code = first[text] ?? Int32(distinct.count)
      if Int(code) == distinct.count {
        first[text] = code
        distinct.append(text)
      } else if text.unicodeScalars.lexicographicallyPrecedes(distinct[Int(code)].unicodeScalars) {
        // The same spelling stands for all, whichever row comes first.
        distinct[Int(code)] = text
      }
      translation.append(code)
    }
    if distinct.count == all.count { return (column, all) }
    for row in column.indices { column[row] = translation[Int(column[row])] }
    return (column, distinct)
  }

  private mutating func end(_ part: Part) {
    chunks.append(Mark(rowCount: part.rowCount, lineCount: part.lineCount))
    rowCount += part.rowCount
    marks.merge(part.marks)
    if notUTF8 == nil { notUTF8 = part.notUTF8.map { $0.shifted(by: line - 1) } }
    // A scanner stops after as many problems as are reported, and so do several.
    structure = DiagnosticList(
      Array(
        (structure.diagnostics + part.structure.shifted(by: line - 1).diagnostics)
          .prefix(DiagnosticList.reportLimit)))
    values.append(part.values.shifted(by: line - 1))
    line += part.lineCount
  }
}

extension Diagnostic {
  /// The same problem that many lines further down.
  func shifted(by lines: Int) -> Diagnostic {
    var moved = self
    if let line = location?.line { moved.location?.line = line + lines }
    return moved
  }
}

extension DiagnosticList {
  /// The same problems that many lines further down.
  func shifted(by lines: Int) -> DiagnosticList {
    isEmpty ? self : DiagnosticList(diagnostics.map { $0.shifted(by: lines) }, omitted: omitted)
  }
}
