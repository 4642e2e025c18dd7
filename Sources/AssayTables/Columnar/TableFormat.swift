import AssayDiagnostics
import AssayFiles

/// The formats of tables that are read, and which of them a path holds.
public enum TableFormat: String, Hashable, Sendable, CaseIterable {
  /// Text with commas, semicolons or tabs.
  case delimitedText = "CSV or TSV"
  /// The same, compressed with gzip.
  case gzippedDelimitedText = "CSV or TSV in gzip"
  /// One JSON object a line.
  case jsonLines = "JSON Lines"
  /// One JSON array of objects.
  case jsonRecords = "JSON array of records"
  /// One Parquet file.
  case parquetFile = "Parquet"
  /// A folder of Parquet files.
  case parquetFolder = "folder of Parquet files"
  /// Arrow IPC file, which is also Feather version 2.
  case arrowFile = "Arrow file or Feather"
  /// Arrow IPC stream.
  case arrowStream = "Arrow stream"
  /// One NumPy array.
  case npy = "NPY"
  /// An archive of NumPy arrays.
  case npz = "NPZ"

  /// Bytes at the start of a file that are looked at.
  private static let startSize = 4_096

  /// Tells the format of a file or folder: by its first bytes, and for text by the ending of its
  /// name and then by its first character.
  /// - Throws: A problem with the path, or the names of the formats that are read.
  public static func detect(_ path: String) throws(Diagnostic) -> TableFormat {
    if isFolder(path) { return try detectFolder(path) }
    let stream = try FileStream(path)
    if stream.size == 0 { throw Diagnostic(.fileEmpty, at: SourceLocation(path: path)) }
    var start: [UInt8] = []
    try stream.read(startSize, into: &start)
    let name = path.split(separator: "/").last.map { $0.lowercased() } ?? ""
    if GzipStream.isGzip(start) { return try detectGzip(path, name) }
    if let format = binaryFormat(start, name) { return format }
    if let (what, help) = refusal(start) {
      throw Diagnostic(
        .other(found: what, expected: formats), at: SourceLocation(path: path), help: help)
    }
    let isUTF16 = start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF])
    if start.contains(0), !isUTF16 {
      throw Diagnostic(
        .other(found: "a binary file of another kind", expected: formats),
        at: SourceLocation(path: path))
    }
    return textFormat(start, name)
  }

  /// All formats, as a part of a sentence.
  private static let formats =
    "one of the table formats " + allCases.map(\.rawValue).joined(separator: ", ")

  private static func isFolder(_ path: String) -> Bool { (try? InputFolder(path)) != nil }

  private static func detectFolder(_ path: String) throws(Diagnostic) -> TableFormat {
    // Partitions of a table stand in folders such as `year=2026`.
    let isParquet = try InputFolder(path).entries().contains { entry in
      entry.kind == .folder
        ? entry.name.contains("=") : entry.name.lowercased().hasSuffix(".parquet")
    }
    if isParquet { return .parquetFolder }
    throw Diagnostic(
      .other(found: "a folder without Parquet files", expected: "a file, or such a folder"),
      at: SourceLocation(path: path))
  }

  private static func detectGzip(
    _ path: String, _ name: String
  ) throws(Diagnostic) -> TableFormat {
    var start: [UInt8] = []
    try GzipStream(path).read(startSize, into: &start)
    let inner = name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
    guard binaryFormat(start, "") == nil, refusal(start) == nil, !start.contains(0),
      textFormat(start, inner) == .delimitedText
    else {
      throw Diagnostic(
        .other(found: "another format in gzip", expected: "CSV or TSV in gzip"),
        at: SourceLocation(path: path), help: "decompress the file first: gunzip --keep FILE")
    }
    return .gzippedDelimitedText
  }

  private static func binaryFormat(_ start: [UInt8], _ name: String) -> TableFormat? {
    if start.starts(with: "PAR1".utf8) || start.starts(with: "PARE".utf8) { return .parquetFile }
    // The readers of Arrow and of NumPy refuse the older kinds by name.
    if start.starts(with: "ARROW1".utf8) || start.starts(with: "FEA1".utf8) { return .arrowFile }
    if start.starts(with: [0xFF, 0xFF, 0xFF, 0xFF]) { return .arrowStream }
    if start.starts(with: NPYHeader.magic) { return .npy }
    if start.starts(with: "PK\u{3}\u{4}".utf8) || start.starts(with: "PK\u{5}\u{6}".utf8) {
      return .npz
    }
    // Before version 0.15 a stream began with the length of its schema.
    return start.contains(0) && (name.hasSuffix(".arrows") || name.hasSuffix(".arrow"))
      ? .arrowStream : nil
  }

  /// What else is often mistaken for a table, and what to do about it.
  private static func refusal(_ start: [UInt8]) -> (what: String, help: String?)? {
    let kinds: [(mark: [UInt8], what: String, help: String?)] = [
      ([0x28, 0xB5, 0x2F, 0xFD], "a file in Zstandard", "decompress it first: unzstd FILE"),
      (Array("BZh".utf8), "a file in bzip2", "decompress it first: bunzip2 --keep FILE"),
      ([0xFD] + Array("7zXZ".utf8), "a file in xz", "decompress it first: unxz --keep FILE"),
      (Array("SQLite format 3".utf8), "an SQLite database", "export the table as CSV or Parquet"),
      ([0x89] + Array("HDF".utf8), "an HDF5 file", "export the table as CSV or Parquet"),
      (Array("ORC".utf8), "an ORC file", "export the table as CSV or Parquet"),
    ]
    for kind in kinds where start.starts(with: kind.mark) { return (kind.what, kind.help) }
    if start.count > 1, start[0] == 0x80, (2...5).contains(start[1]) {
      return (
        "a Python pickle, which can run code when it is loaded",
        "export the table as CSV or Parquet"
      )
    }
    return nil
  }

  private static func textFormat(_ start: [UInt8], _ name: String) -> TableFormat {
    let content = start.starts(with: CSVScanner.mark) ? start[3...] : start[...]
    let dense = content.filter { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
    let isArray = dense.first == UInt8(ascii: "[")
    let ending = name.split(separator: ".").last ?? ""
    switch ending {
    case "csv", "tsv", "tab": return .delimitedText
    case "jsonl", "ndjson", "json": return isArray ? .jsonRecords : .jsonLines
    default: break
    }
    if dense.starts(with: "{\"".utf8) || dense.starts(with: "{}".utf8) { return .jsonLines }
    if dense.starts(with: "[{".utf8) || dense.starts(with: "[]".utf8) { return .jsonRecords }
    return .delimitedText
  }
}
