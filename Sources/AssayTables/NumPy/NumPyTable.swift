import AssayDiagnostics
import AssayFiles

/// A table in NumPy's formats: one array (NPY), or an archive of arrays (NPZ).
///
/// An array of one axis is a column of its name; one of two axes gives columns `name[0]`, `name[1]`
/// and so on. A lone array is named by its file. Arrays of other shapes, of objects or of types that
/// are not read may stand in an archive and cannot be asked for.
public struct NumPyTable: ColumnSource {
  /// The path as the user gave it.
  public let path: String
  /// The names of the columns, in the order of the archive.
  public let columnNames: [String]
  private let content: Content
  private let columns: [Column]

  /// Where the arrays are.
  private enum Content: Sendable {
    case lone([UInt8])
    case archive(ZIPArchive, bytes: [UInt8])
  }

  /// A column: which array, and which part of it.
  private struct Column: Sendable {
    /// Index of the member; 0 for a lone array.
    var member: Int
    /// Index along the second axis.
    var part: Int
    /// Why it cannot be asked for.
    var fault: TypedFileFault?
  }

  /// Opens a file and reads what its arrays are.
  /// - Throws: A problem with the file: unreadable, damaged, refused, or two columns of one name.
  public init(path: String) throws(DiagnosticList) {
    try self.init(
      path: path, bytes: try listing { () throws(Diagnostic) in try InputFile.read(path) })
  }

  /// Opens a table in memory; `path` is used in messages and gives a lone array its name.
  init(path: String, bytes: [UInt8]) throws(DiagnosticList) {
    if bytes.isEmpty {
      throw DiagnosticList([Diagnostic(.fileEmpty, at: SourceLocation(path: path))])
    }
    self.path = path
    var names: [String] = []
    var columns: [Column] = []
    do throws(TypedFileFault) {
      if bytes.starts(with: NPYHeader.magic) {
        content = .lone(bytes)
        let header = try NPYArray(bytes[...]).header
        names = try NPYArray.columns(of: header, named: Self.stem(of: path))
        if names.isEmpty { throw Self.shapeFault(header) }
        columns = names.indices.map { Column(member: 0, part: $0) }
      } else {
        let archive = try ZIPArchive(bytes)
        content = .archive(archive, bytes: bytes)
        for (index, member) in archive.members.enumerated() {
          let name = member.name.hasSuffix(".npy") ? String(member.name.dropLast(4)) : member.name
          let (found, fault) = try Self.columns(archive, member, name)
          names += found
          columns += found.indices.map { Column(member: index, part: $0, fault: fault) }
        }
        if names.isEmpty {
          throw .refused(
            what: "an archive without arrays", why: "there is no column in it", help: nil)
        }
      }
    } catch { throw DiagnosticList([error.diagnostic(format: "NumPy data", path: path)]) }
    try ColumnNames.check(names, path: path)
    columnNames = names
    self.columns = columns
  }

  /// The file's name without folder and ending.
  private static func stem(of path: String) -> String {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return name.hasSuffix(".npy") && name.count > 4 ? String(name.dropLast(4)) : name
  }

  private static func shapeFault(_ header: NPYHeader) -> TypedFileFault {
    .refused(
      what: "an array of shape (\(header.shape.map(String.init).joined(separator: ", ")))",
      why: "one axis for rows, or two for rows and columns, are read",
      help: "reshape it, for example: array.reshape(len(array), -1)")
  }

  /// The columns of a member, or its name with the reason why it cannot be asked for.
  ///
  /// A damaged member is an error at once; one of a kind that is not read is one when it is asked for.
  private static func columns(
    _ archive: ZIPArchive, _ member: ZIPArchive.Member, _ name: String
  ) throws(TypedFileFault) -> ([String], TypedFileFault?) {
    do throws(TypedFileFault) {
      let header = try NPYArray(try archive.content(member)).header
      let names = try NPYArray.columns(of: header, named: name)
      return names.isEmpty && header.shape.count != 2 ? ([name], shapeFault(header)) : (names, nil)
    } catch {
      if case .refused = error { return ([name], error) }
      throw error
    }
  }

  /// Reads columns; see ``ColumnSource/read(_:threads:)``.
  ///
  /// Columns of different length are an error that names them.
  public func read(
    _ requests: [ColumnRequest], threads: Int
  ) throws(DiagnosticList) -> ColumnTable {
    var wanted: [Column] = []
    for request in requests {
      let column = columns[
        try ColumnNames.index(of: request.name, in: columnNames, path: path)]
      if let fault = column.fault {
        throw DiagnosticList([
          fault.diagnostic(
            format: "NumPy data", path: path, part: "column '\(request.name)'")
        ])
      }
      wanted.append(column)
    }
    let arrays: [Int: NPYArray]
    do throws(TypedFileFault) { arrays = try self.arrays(of: wanted, threads: threads) } catch {
      throw DiagnosticList([error.diagnostic(format: "NumPy data", path: path)])
    }
    let lengths = wanted.map { arrays[$0.member]?.header.shape.first ?? 0 }
    for (index, length) in lengths.enumerated() where length != lengths[0] {
      throw DiagnosticList([
        Diagnostic(
          .other(
            found: "\(length) rows in '\(requests[index].name)' and \(lengths[0]) in "
              + "'\(requests[0].name)'",
            expected: "columns of one length"), at: SourceLocation(path: path))
      ])
    }
    let sound = arrays
    let (asked, chosen) = (requests, wanted)
    let parts = OrderedJobs.results(count: wanted.count, threads: threads) { index in
      let request = asked[index]
      let decoded =
        sound[chosen[index].member]?.column(chosen[index].part)
        ?? DecodedValues(values: .doubles([], missing: nil))
      return ColumnParts.part(decoded, request: request, firstRow: 0) {
        diagnostic($0, row: $1, column: request.name, help: $2)
      }
    }
    var problems = DiagnosticList()
    for part in parts { problems.append(part.problems) }
    try problems.throwIfNotEmpty()
    let bytes =
      switch content {
      case .lone(let bytes): bytes
      case .archive(_, let bytes): bytes
      }
    return ColumnTable(
      path: path, sha256: SHA256.hexDigest(bytes), rowCount: lengths.first ?? rowCount(),
      columns: parts.map(\.values))
  }

  /// The rows of the first column that can be asked for.
  private func rowCount() -> Int {
    guard let column = columns.first(where: { $0.fault == nil }),
      let arrays = try? arrays(of: [column], threads: 1)
    else { return 0 }
    return arrays[column.member]?.header.shape.first ?? 0
  }

  private func arrays(
    of columns: [Column], threads: Int
  ) throws(TypedFileFault) -> [Int: NPYArray] {
    switch content {
    case .lone(let bytes): return [0: try NPYArray(bytes[...])]
    case .archive(let archive, _):
      let members = Set(columns.map(\.member)).sorted()
      let results = OrderedJobs.results(count: members.count, threads: threads) { index in
        Result { () throws(TypedFileFault) in
          try NPYArray(try archive.content(archive.members[members[index]]))
        }
      }
      var arrays: [Int: NPYArray] = [:]
      for (member, result) in zip(members, results) { arrays[member] = try result.get() }
      return arrays
    }
  }

  /// The place of one value: its row and column.
  public func diagnostic(_ fact: Fact, row: Int, column: String, help: String?) -> Diagnostic {
    ColumnNames.diagnostic(fact, path: path, row: row, column: column, help: help)
  }
}
