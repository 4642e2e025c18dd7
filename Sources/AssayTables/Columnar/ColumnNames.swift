import AssayDiagnostics

/// What typed tables have in common: columns by name, places by row and column.
enum ColumnNames {
  /// Refuses two columns of one name.
  static func check(_ names: [String], path: String) throws(DiagnosticList) {
    var first: [String: Int] = [:]
    var problems = DiagnosticList()
    for (index, name) in names.enumerated() {
      if let earlier = first[name] {
        problems.append(
          Diagnostic(
            .duplicateColumn(name: name, first: earlier + 1), at: SourceLocation(path: path)))
      } else {
        first[name] = index
      }
    }
    try problems.throwIfNotEmpty()
  }

  /// The position of a column.
  static func index(
    of name: String, in names: [String], path: String
  ) throws(DiagnosticList) -> Int {
    if let index = names.firstIndex(of: name) { return index }
    throw DiagnosticList([
      Diagnostic(.unknownColumn(name: name, known: names), at: SourceLocation(path: path))
    ])
  }

  /// The place of a value in a file without lines; rows are counted from 1.
  static func diagnostic(
    _ fact: Fact, path: String, row: Int, column: String, help: String?
  ) -> Diagnostic {
    Diagnostic(
      fact, at: SourceLocation(path: path, part: "row \(row + 1), column '\(column)'"), help: help)
  }
}
