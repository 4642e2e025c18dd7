import AssayDiagnostics

/// Opens a table of any supported format; the content tells the format, not the name.
/// - Parameter decimalMark: The decimal mark of text tables.
/// - Throws: What reading the beginning of the file finds wrong.
public func openTable(
  _ path: String, decimalMark: DecimalMark = .automatic
) throws(DiagnosticList) -> any ColumnSource {
  try CSVColumns(path: path, decimalMark: decimalMark)
}

/// The number that a text means, as fields of text tables are read; `nil` for any other text.
public func decimalNumber(_ text: String) -> Double? {
  var copy = text
  return copy.withUTF8 { NumberText.parse($0) }
}
