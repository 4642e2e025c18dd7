import AssayDiagnostics
import AssayTables

/// How columns become inputs: numbers stay, text becomes one input per category.
///
/// Categories come from the training rows alone; a category first met in the test rows has no
/// input of its own, so all inputs of its column are 0.
struct Encoding {
  struct Input {
    var name: String
    /// Numbers of each table, NaN where missing; `nil` for text.
    var numbers: [[Double]]?
    /// Texts of each table, for text columns.
    var texts: [[String]]
    /// Category to input, for text columns.
    var categories: [String: Int]
    /// First input of the column.
    var start: Int
  }

  var inputs: [Input] = []
  var names: [String] = []
  var isNumeric: [Bool] = []

  init(
    plan: Pilot.DataPlan, tables: [Table], columns: [Columns], rows: [DataPreparation.Row]
  ) throws {
    for (position, column) in columns[0].features.enumerated() {
      let name = tables[0].columns[column]
      let places = try tables.enumerated().map { index, table in
        index == 0 ? column : try Self.place(name, table, columns[index], position)
      }
      let isNumber = zip(tables, places).allSatisfy { $0.kind($1) == .number }
      if isNumber {
        let numbers = try zip(tables, places).map { try $0.numbers($1) }
        inputs.append(
          Input(name: name, numbers: numbers, texts: [], categories: [:], start: names.count))
        names.append(name)
        isNumeric.append(true)
        continue
      }
      let texts = zip(tables, places).map { $0.texts($1) }
      let present = sortedNames(
        rows.compactMap { row in
          let text = texts[row.table][row.row]
          return row.isTest || text.isEmpty ? nil : text
        })
      guard present.count <= DataPreparation.categoryLimit else {
        throw Diagnostic(
          .overLimit(
            what: "categories in the text column '\(name)'", found: "\(present.count)",
            limit: "\(DataPreparation.categoryLimit)"),
          at: SourceLocation(path: tables[0].path, line: 1),
          help: "it looks like an identifier; name the inputs under data: features:")
      }
      var categories: [String: Int] = [:]
      for (offset, category) in present.enumerated() {
        categories[category] = offset
        names.append("\(name)=\(category)")
        isNumeric.append(false)
      }
      inputs.append(
        Input(
          name: name, numbers: nil, texts: texts, categories: categories,
          start: names.count - present.count))
    }
  }

  private static func place(
    _ name: String, _ table: Table, _ columns: Columns, _ position: Int
  ) throws(Diagnostic) -> Int {
    try table.index(of: name)
  }

  /// Whether some column was turned into categories.
  var hasCategories: Bool { isNumeric.contains(false) }

  /// Appends one row.
  func encode(_ row: DataPreparation.Row, into part: inout PreparedData.Part, client: Int32) {
    part.rows.append(row.row + 1)
    part.labels.append(row.label)
    part.clients.append(client)
    for input in inputs {
      if let numbers = input.numbers {
        part.features.append(Float(numbers[row.table][row.row]))
        continue
      }
      let hot = input.categories[input.texts[row.table][row.row]]
      for offset in 0..<input.categories.count { part.features.append(offset == hot ? 1 : 0) }
    }
  }

  /// Missing fields by column, columns without any left out.
  func missing(_ rows: [DataPreparation.Row]) -> [(column: String, count: Int)] {
    inputs.compactMap { input in
      let count = rows.count { row in
        input.numbers.map { $0[row.table][row.row].isNaN }
          ?? input.texts[row.table][row.row].isEmpty
      }
      return count > 0 ? (input.name, count) : nil
    }
  }

  /// Test rows with a category that no training row has.
  func unseen(_ rows: [DataPreparation.Row]) -> Int {
    rows.count { row in
      inputs.contains { input in
        guard input.numbers == nil else { return false }
        let text = input.texts[row.table][row.row]
        return !text.isEmpty && input.categories[text] == nil
      }
    }
  }
}
