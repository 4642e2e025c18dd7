import AssayDiagnostics
import AssayFiles

/// Reads a comma-separated table in parts of whole rows, so that memory does not grow with the file.
///
/// Rows, messages and their places are those of ``CSVReader``: both use one scanner. Problems with
/// the structure are thrown at the end of the file, as many as are reported.
public final class CSVStream {
  /// The path as the user gave it.
  public let path: String
  /// The names of the columns, as a table without rows.
  public let header: Table
  /// Rows of all parts so far.
  public private(set) var rowCount = 0

  private let stream: FileStream
  private let partSize: Int
  private let delimiter: UInt8
  /// Bytes that were read and not yet given out, and where they start in the file.
  private var pending: [UInt8]
  private var offset: Int
  private let contentEnd: Int
  private var line: Int
  private var problems = DiagnosticList()
  private var isFinished = false
  /// Fields of the largest part so far, for the memory of the next.
  private var fieldCount = 0

  /// Opens a file and reads its header.
  /// - Parameter partSize: Bytes that are read at once; a row that is longer is read whole.
  /// - Throws: What ``CSVReader/read(path:)`` throws for a file that cannot be read or whose header is
  ///   no header.
  public init(path: String, partSize: Int = 1 << 16) throws(DiagnosticList) {
    let stream = try listing { () throws(Diagnostic) in
      try FileStream(path, limit: CSVReader.sizeLimit)
    }
    let contentEnd = try listing { () throws(Diagnostic) in try stream.contentEnd() }
    var bytes: [UInt8] = []
    var names: [String]?
    var end = (position: 0, line: 1)
    var delimiter = UInt8(ascii: ",")
    while names == nil {
      try listing { () throws(Diagnostic) in
        try stream.read(max(partSize, bytes.count), into: &bytes)
      }
      if bytes.isEmpty {
        throw DiagnosticList([Diagnostic(.fileEmpty, at: SourceLocation(path: path))])
      }
      let isLast = stream.isAtEnd
      var problems = DiagnosticList()
      bytes.withUnsafeBufferPointer { buffer in
        delimiter = CSVScanner.delimiter(of: buffer)
        var scanner = CSVScanner(
          buffer, path: path, delimiter: delimiter, isFirst: true, isLast: isLast,
          contentEnd: contentEnd, line: 1)
        names = scanner.header()
        end = (scanner.position, scanner.line)
        problems = scanner.problems
      }
      if names != nil, !problems.isEmpty || !CSVReader.isUTF8(bytes[..<end.position]) {
        throw Self.refusal(of: path, problems)
      }
    }
    self.path = path
    self.stream = stream
    self.partSize = partSize
    self.delimiter = delimiter
    self.contentEnd = contentEnd
    header = Table(
      path: path, sha256: "", bytes: [], columns: names ?? [], fields: [], lines: [])
    pending = Array(bytes[end.position...])
    (offset, line) = end
  }

  /// SHA-256 of the file, once all parts were read.
  public var sha256: String { stream.hexDigest }

  /// The next rows; `nil` after the last.
  /// - Throws: At the end of the file, the first twenty problems with its structure.
  public func next() throws(DiagnosticList) -> Table? {
    while !isFinished {
      if !stream.isAtEnd {
        // A row that is longer than a part doubles what is read, so that rescanning it stays cheap.
        try listing { () throws(Diagnostic) in
          try stream.read(max(partSize, pending.count), into: &pending)
        }
      }
      let isLast = stream.isAtEnd
      let bytes = pending
      let scanner = bytes.withUnsafeBufferPointer { buffer in
        var scanner = CSVScanner(
          buffer, path: path, delimiter: delimiter, isFirst: false, isLast: isLast,
          contentEnd: contentEnd - offset, line: line)
        scanner.problems = problems
        scanner.fields.reserveCapacity(fieldCount)
        scanner.rows(columns: header.columns.count)
        return scanner
      }
      problems = scanner.problems
      fieldCount = max(fieldCount, scanner.fields.count + 16)
      isFinished = isLast || (scanner.isFull && !problems.isEmpty)
      if !CSVReader.isUTF8(isLast ? bytes[...] : bytes[..<scanner.position]) {
        throw Self.refusal(of: path, problems)
      }
      rowCount += scanner.lines.count
      if isFinished {
        if !problems.isEmpty { throw Self.refusal(of: path, problems) }
        if rowCount == 0 {
          throw DiagnosticList([Diagnostic(.noRows, at: SourceLocation(path: path, line: 1))])
        }
      }
      pending = isFinished ? [] : Array(bytes[scanner.position...])
      offset += scanner.position
      line = scanner.line
      if scanner.lines.isEmpty { continue }
      return Table(
        path: path, sha256: "", bytes: bytes, columns: header.columns, fields: scanner.fields,
        lines: scanner.lines)
    }
    return nil
  }

  /// What a file is refused for: bytes that are no text come before any problem with its rows. Reads the
  /// file whole, as only one that is refused has to be.
  private static func refusal(of path: String, _ problems: DiagnosticList) -> DiagnosticList {
    do {
      let bytes = try InputFile.read(path, limit: CSVReader.sizeLimit)
      return CSVReader.isUTF8(bytes[...])
        ? problems : DiagnosticList([UTF8Text.invalid(bytes, path: path)])
    } catch {
      return DiagnosticList([error])
    }
  }
}
