/// Numbers distinct texts in the order in which they come.
///
/// Texts are equal when their bytes are: two spellings of `é` are two texts, as in every reader that
/// compares bytes.
struct TextNumbering {
  /// The distinct texts; a text's code is its position.
  private(set) var texts: [String] = []
  private var known: [Key: Int32] = [:]
  private var emptyCode: Int32 = -1

  private struct Key: Hashable {
    let text: String

    static func == (a: Key, b: Key) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

    func hash(into hasher: inout Hasher) {
      var copy = text
      copy.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
  }

  /// The code of a text, a new one at its first sight.
  mutating func code(of text: String) -> Int32 {
    if text.isEmpty {
      if emptyCode < 0 {
        emptyCode = Int32(texts.count)
        texts.append("")
      }
      return emptyCode
    }
    let key = Key(text: text)
    if let code = known[key] { return code }
    let code = Int32(texts.count)
    known[key] = code
    texts.append(text)
    return code
  }
}

/// Joins pieces of a column that follow one another into the whole.
struct ColumnJoiner {
  private var numbers: [Double] = []
  private var codes: [Int32] = []
  private var numbering = TextNumbering()
  private let isText: Bool

  /// An empty column.
  init(role: ColumnRequest.Role, rowCount: Int) {
    isText = role == .text
    if isText { codes.reserveCapacity(rowCount) } else { numbers.reserveCapacity(rowCount) }
  }

  /// Adds the next rows, read in the same role.
  mutating func append(_ piece: ColumnTable.Values) {
    switch piece {
    case .numbers(let values): numbers += values
    case .texts(let pieceCodes, let texts):
      let map = texts.map { numbering.code(of: $0) }
      if map.indices.allSatisfy({ Int(map[$0]) == $0 }) {
        codes += pieceCodes
      } else {
        codes += pieceCodes.lazy.map { map[Int($0)] }
      }
    }
  }

  /// The whole column; distinct texts in the order of their first row.
  consuming func finish() -> ColumnTable.Values {
    isText ? .texts(codes: codes, texts: numbering.texts) : .numbers(numbers)
  }
}
