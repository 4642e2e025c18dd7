import AssayDiagnostics

/// Opens a table of any supported format; the content tells the format, not the name.
/// - Parameter decimalMark: The decimal mark of text tables.
/// - Throws: What reading the beginning of the file finds wrong.
public func openTable(
  _ path: String, decimalMark: DecimalMark = .automatic
) throws(DiagnosticList) -> any ColumnSource {
  let format = try listing { () throws(Diagnostic) in try TableFormat.detect(path) }
  switch format {
  case .delimitedText, .gzippedDelimitedText:
    return try CSVColumns(path: path, decimalMark: decimalMark)
  case .jsonLines, .jsonRecords: return try JSONRecordsTable(path: path)
  case .parquetFile, .parquetFolder: return try ParquetFile.open(path: path)
  case .arrowFile, .arrowStream: return try ArrowTable(path: path)
  case .npy, .npz: return try NumPyTable(path: path)
  }
}

/// The number that a text means, as fields of text tables are read; `nil` for any other text.
public func decimalNumber(_ text: String) -> Double? {
  var copy = text
  return copy.withUTF8 { NumberText.parse($0) }
}
