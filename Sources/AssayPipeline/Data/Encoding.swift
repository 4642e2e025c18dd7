import AssayDiagnostics
import AssayTables

/// How columns become inputs: numbers stay, text becomes one input per category.
///
/// Categories come from the training rows alone; a category first met in the test rows has no
/// input of its own, so all inputs of its column are 0.
struct Encoding {
  struct Input {
    var name: String
    /// The column's place in each file.
    var places: [Int]
    /// First input of the column, and how many there are.
    var start: Int
    var count: Int
    /// For text: the category of every row of each file, counted from `start`; −1 for an empty field,
    /// −2 for a category that no training row has. `nil` for numbers.
    var categories: [[Int32]]?
  }

  private(set) var inputs: [Input] = []
  private(set) var names: [String] = []
  private(set) var isNumeric: [Bool] = []

  /// - Throws: The first column, in order, that is missing in a file, holds a field that is no number
  ///   among numbers, or has too many categories.
  init(files: [FileScan], features: [String], rows: [DataPreparation.Row]) throws {
    func isNumber(_ input: Int) -> Bool {
      files.allSatisfy { $0.inputs[input].map { $0.check.kind == .number } ?? true }
    }
    let texts = features.indices.filter { !isNumber($0) }
    let coded = try Self.read(texts, of: files)
    for (index, name) in features.enumerated() {
      let places = try files.map { file in
        if let input = file.inputs[index] { return input.place }
        return try file.header.index(of: name)
      }
      if let text = texts.firstIndex(of: index) {
        try append(name, places, texts: coded.map { $0[text] }, rows: rows, path: files[0].path)
        continue
      }
      for file in files { try file.inputs[index]?.check.problems.throwIfNotEmpty() }
      inputs.append(Input(name: name, places: places, start: names.count, count: 1))
      names.append(name)
      isNumeric.append(true)
    }
  }

  /// Reads the texts of some columns: a reading of its own, since what a column is shows only when
  /// all of it was seen.
  private static func read(_ texts: [Int], of files: [FileScan]) throws -> [[CodedTexts]] {
    if texts.isEmpty { return files.map { _ in [] } }
    return try files.map { file in
      var columns = texts.map { _ in CodedTexts() }
      try file.readAgain { part, _ in
        for (index, text) in texts.enumerated() {
          if let input = file.inputs[text] { columns[index].append(part, column: input.place) }
        }
      }
      return columns
    }
  }

  private mutating func append(
    _ name: String, _ places: [Int], texts: [CodedTexts], rows: [DataPreparation.Row],
    path: String
  ) throws {
    var isPresent = texts.map { [Bool](repeating: false, count: $0.texts.count) }
    for row in rows where !row.isTest {
      isPresent[Int(row.table)][Int(texts[Int(row.table)].codes[Int(row.row)])] = true
    }
    let present = sortedNames(
      zip(texts, isPresent).flatMap { column, isPresent in
        zip(column.texts, isPresent).filter { $0.1 && !$0.0.isEmpty }.map(\.0)
      })
    guard present.count <= DataPreparation.categoryLimit else {
      throw Diagnostic(
        .overLimit(
          what: "categories in the text column '\(name)'", found: "\(present.count)",
          limit: "\(DataPreparation.categoryLimit)"),
        at: SourceLocation(path: path, line: 1),
        help: "it looks like an identifier; name the inputs under data: features:")
    }
    var index: [String: Int32] = ["": -1]
    for (offset, category) in present.enumerated() { index[category] = Int32(offset) }
    inputs.append(
      Input(
        name: name, places: places, start: names.count, count: present.count,
        categories: texts.map { column in
          let meanings = column.texts.map { index[$0] ?? -2 }
          return column.codes.map { meanings[Int($0)] }
        }))
    names += present.map { "\(name)=\($0)" }
    isNumeric += present.map { _ in false }
  }

  /// Whether some column was turned into categories.
  var hasCategories: Bool { isNumeric.contains(false) }
}

extension FileScan {
  /// Reads the file once more, part by part; the second argument is the number of rows before.
  /// - Throws: A diagnostic when the file is not the one that was read before.
  func readAgain(_ body: (Table, Int) throws -> Void) throws {
    let stream = try openRows(path)
    var before = 0
    while let part = try stream.next() {
      guard before + part.rowCount <= rowCount, part.columns == header.columns else { break }
      try body(part, before)
      before += part.rowCount
    }
    guard before == rowCount, stream.sha256 == sha256 else {
      throw Diagnostic(
        .unreadable(reason: "the file changed while it was read"), at: SourceLocation(path: path))
    }
  }
}
