import AssayDiagnostics
import AssayFiles

/// A folder whose Parquet files are parts of one table, as Spark, Dask, Polars and DuckDB write it.
///
/// Parts are taken in the order of their paths. Names that begin with `_` or `.` are not part of the
/// table (`_SUCCESS`, `_metadata`, checksums). A folder named `region=north` gives the column `region`
/// for the parts within, as Hive has it.
enum ParquetFolder {
  private static let endings = [".parquet", ".parq", ".pq"]
  private static let mostParts = 100_000
  private static let deepest = 16
  /// The name that Hive gives to a missing value.
  private static let missing = "__HIVE_DEFAULT_PARTITION__"

  /// All parts, opened.
  static func parts(of path: String) throws(Diagnostic) -> [ParquetPart] {
    let folder = try InputFolder(path)
    var parts: [ParquetPart] = []
    try collect(folder, "", [], &parts)
    return parts
  }

  private static func collect(
    _ folder: InputFolder, _ relative: String, _ partitions: [(name: String, value: String?)],
    _ parts: inout [ParquetPart]
  ) throws(Diagnostic) {
    for entry in try folder.entries(relative) {
      let inner = relative.isEmpty ? entry.name : relative + "/" + entry.name
      let partition = entry.kind == .folder ? partition(entry.name) : nil
      if entry.name.hasPrefix(".") || (entry.name.hasPrefix("_") && partition == nil) { continue }
      let location = SourceLocation(path: folder.display(inner))
      switch entry.kind {
      case .folder:
        guard partitions.count < deepest, inner.split(separator: "/").count <= deepest else {
          throw Diagnostic(
            .overLimit(what: "folders within one another", found: "more", limit: "\(deepest)"),
            at: location)
        }
        try collect(folder, inner, partitions + (partition.map { [$0] } ?? []), &parts)
      case .file:
        guard endings.contains(where: entry.name.lowercased().hasSuffix) else {
          throw Diagnostic(
            .other(
              found: "'\(entry.name)'",
              expected:
                "only Parquet files (\(endings.joined(separator: ", "))) in a folder of parts"),
            at: location, help: "move other files away, or give one file")
        }
        guard parts.count < mostParts else {
          throw Diagnostic(
            .overLimit(what: "parts", found: "more", limit: "\(mostParts)"), at: location)
        }
        var part = try ParquetPart(try folder.openFile(inner))
        part.partitions = partitions
        parts.append(part)
      case .other:
        throw Diagnostic(
          .unsafePath(path: inner, why: "is a link, a pipe or a device"), at: location)
      }
    }
  }

  /// The column and the value of a folder's name; `nil` for a name without `=`.
  private static func partition(_ name: String) -> (name: String, value: String?)? {
    guard let sign = name.firstIndex(of: "="), sign > name.startIndex else { return nil }
    let value = decoded(String(name[name.index(after: sign)...]))
    return (decoded(String(name[..<sign])), value == missing ? nil : value)
  }

  /// Text in which `%` and two hexadecimal digits stand for a byte.
  static func decoded(_ text: String) -> String {
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
        bytes[index + 1] != UInt8(ascii: "+"),
        let byte = UInt8(
          String(decoding: bytes[(index + 1)...(index + 2)], as: UTF8.self), radix: 16)
      {
        result.append(byte)
        index += 3
      } else {
        result.append(bytes[index])
        index += 1
      }
    }
    // A name that does not decode to text stays as it is.
    return String(validating: result, as: UTF8.self) ?? text
  }

  /// Checks that a part has the columns of the first one, by name, with values of the same meaning.
  static func check(_ part: ParquetPart, against first: ParquetPart) throws(Diagnostic) {
    let location = SourceLocation(path: part.file.path)
    let wanted = first.footer.columns.map(\.name) + first.partitions.map(\.name)
    let found = part.footer.columns.map(\.name) + part.partitions.map(\.name)
    for name in wanted where !found.contains(name) {
      throw Diagnostic(
        .other(found: "none", expected: "the column '\(name)', which '\(first.file.path)' has"),
        at: location)
    }
    for name in found where !wanted.contains(name) {
      throw Diagnostic(
        .other(
          found: "the column '\(name)'", expected: "only the columns that '\(first.file.path)' has"),
        at: location)
    }
    guard Set(found).count == found.count else {
      throw Diagnostic(
        .other(found: "one of them twice", expected: "each column once"), at: location)
    }
    for column in part.footer.columns {
      guard let other = first.footer.columns.first(where: { $0.name == column.name }) else {
        throw Diagnostic(
          .other(
            found: "the column '\(column.name)' in this file",
            expected: "it in the folder's name, as in '\(first.file.path)'"), at: location)
      }
      guard column.meaning.isCompatible(with: other.meaning) else {
        throw Diagnostic(
          .wrongType(
            column: column.name, found: column.meaning.noun,
            expected: "\(other.meaning.noun) as in '\(first.file.path)'"), at: location)
      }
    }
  }

  /// SHA-256 of the list of digests: a line for each part with its digest, two spaces and its path
  /// within the folder, as `sha256sum` prints it.
  static func digest(_ parts: [ParquetPart], of path: String, _ digests: [String]) -> String {
    var list = ""
    for (part, digest) in zip(parts, digests) {
      let relative = part.file.path.dropFirst(path.count).drop { $0 == "/" }
      list += "\(digest)  \(relative)\n"
    }
    return SHA256.hexDigest(list)
  }
}
