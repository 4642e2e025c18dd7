import AssayDiagnostics

/// How fields of a text table are read: the dialect and the columns that are wanted.
struct ReadingPlan: Sendable {
  var delimiter: UInt8
  var columnCount: Int
  /// For each column of the file its place among the columns of numbers, else −1.
  var numberPlace: [Int32]
  /// For each column of the file its place among the columns of texts, else −1.
  var textPlace: [Int32]
  /// For each column of numbers: its position in the file, and whether values may miss.
  var numbers: [(column: Int, allowMissing: Bool)]
  /// For each column of texts: its position in the file.
  var texts: [Int]
  /// The column of the file whose texts are wanted as keys alone, else −1.
  var keyColumn = -1
  /// Whether a comma is taken for a decimal mark where a point does not make a number.
  var allowsComma: Bool
}

/// What one thread made of the chunk it holds; memory that is used again for the next chunk.
///
/// Not for several threads at once.
final class ChunkColumns {
  /// Rows that `numbers` and `codes` have room for.
  private(set) var capacity = 0
  /// For each column of numbers its values, `rowCount` of them.
  private(set) var numbers: [UnsafeMutablePointer<Double>] = []
  /// For each column of texts its codes of this thread, `rowCount` of them.
  private(set) var codes: [UnsafeMutablePointer<Int32>] = []
  /// The key of each row, `rowCount` of them, where a column of keys is wanted.
  private(set) var keys: UnsafeMutablePointer<UInt64>?
  /// Whether the column of keys has an empty field.
  var hasEmptyKey = false
  /// For each column of texts the texts that this thread has met.
  let dictionaries: [TextCodes]
  /// For each column of texts the number of texts known before this chunk.
  var known: [Int]
  var rowCount = 0
  var lineCount = 0
  /// What the numbers of this chunk say about the decimal mark.
  var marks = DecimalMarks()
  /// Problems with the structure, then with values; lines are counted from 1 at the chunk's start.
  var structure = DiagnosticList()
  var values = DiagnosticList()
  /// Whether bytes are no UTF-8, and the first place.
  var notUTF8: Diagnostic?

  private let plan: ReadingPlan

  init(_ plan: ReadingPlan) {
    self.plan = plan
    dictionaries = plan.texts.map { _ in TextCodes() }
    known = plan.texts.map { _ in 0 }
  }

  deinit { release() }

  private func release() {
    for pointer in numbers { pointer.deallocate() }
    for pointer in codes { pointer.deallocate() }
    keys?.deallocate()
  }

  /// Forgets the values of a chunk that is read again; texts that it brought stay known.
  func restart() {
    rowCount = 0
    lineCount = 0
    marks = DecimalMarks()
  }

  /// Forgets the chunk before and makes room for that many rows.
  func begin(rows: Int) {
    if rows > capacity {
      release()
      capacity = rows
      numbers = plan.numbers.map { _ in .allocate(capacity: rows) }
      codes = plan.texts.map { _ in .allocate(capacity: rows) }
      keys = plan.keyColumn < 0 ? nil : .allocate(capacity: rows)
    }
    known = dictionaries.map(\.count)
    rowCount = 0
    lineCount = 0
    marks = DecimalMarks()
    structure = DiagnosticList()
    values = DiagnosticList()
    notUTF8 = nil
  }
}

/// Which decimal marks the numbers of a table are written with.
struct DecimalMarks: Sendable {
  /// A number holds a point.
  var hasPoint = false
  /// A field is a number only when its comma is the decimal mark.
  var hasComma = false
  /// One of those cannot be a whole number with commas between groups of three digits.
  var hasPlainComma = false

  mutating func merge(_ other: DecimalMarks) {
    hasPoint = hasPoint || other.hasPoint
    hasComma = hasComma || other.hasComma
    hasPlainComma = hasPlainComma || other.hasPlainComma
  }

  /// Notes a number with a decimal comma. `1,234` may be meant as a thousand and more; `0,999`, `1,5`
  /// and `12345,678` cannot.
  mutating func noteComma(_ text: UnsafeBufferPointer<UInt8>) {
    hasComma = true
    if !hasPlainComma, !Self.isGrouped(text) { hasPlainComma = true }
  }

  private static func isGrouped(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    var digits = text[...]
    if let first = digits.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
      digits = digits.dropFirst()
    }
    let groups = digits.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    guard let first = groups.first, groups.count > 1, (1...3).contains(first.count) else {
      return false
    }
    return first.first != UInt8(ascii: "0") && groups.dropFirst().allSatisfy { $0.count == 3 }
      && digits.allSatisfy { $0 == UInt8(ascii: ",") || $0 &- 0x30 < 10 }
  }
}
