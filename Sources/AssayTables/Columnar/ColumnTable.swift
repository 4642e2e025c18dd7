import AssayDiagnostics

/// What a caller wants a column to be.
public struct ColumnRequest: Hashable, Sendable {
  /// How the values of a column are read.
  public enum Role: Hashable, Sendable {
    /// Finite numbers. A missing value is NaN, or an error where none may miss.
    case number(allowMissing: Bool)
    /// Names: texts as they stand, numbers in their shortest decimal form, a missing value as the
    /// empty text.
    case text
  }

  /// The column's name.
  public var name: String
  /// How its values are read.
  public var role: Role

  /// Creates a request.
  public init(_ name: String, as role: Role) {
    self.name = name
    self.role = role
  }
}

/// The columns of a table that were asked for, in memory.
public struct ColumnTable: Sendable {
  /// The values of one column.
  public enum Values: Sendable {
    /// One number for each row; NaN where missing.
    case numbers([Double])
    /// Index into `texts` for each row; the empty text stands for a missing value.
    case texts(codes: [Int32], texts: [String])
  }

  /// The path as the user gave it.
  public var path: String
  /// SHA-256 of the file, or of the list of digests of a folder of parts.
  public var sha256: String
  /// Number of rows.
  public var rowCount: Int
  /// The columns in the order in which they were asked for.
  public var columns: [Values]

  /// Creates a table; every column has `rowCount` values.
  public init(path: String, sha256: String, rowCount: Int, columns: [Values]) {
    self.path = path
    self.sha256 = sha256
    self.rowCount = rowCount
    self.columns = columns
  }
}

/// A table in a file of any format, opened: its columns are known, its rows are not yet read.
public protocol ColumnSource: Sendable {
  /// The path as the user gave it.
  var path: String { get }
  /// The names of the columns in the file's order; each once.
  var columnNames: [String] { get }

  /// Reads columns.
  /// - Parameters:
  ///   - requests: Columns that exist; a name may be asked for twice under different roles.
  ///   - threads: Threads to use; the result does not depend on it.
  /// - Throws: The first twenty problems with the file or with values that are not what was asked
  ///   for, each with the place: file, line and column of a text file, row and column name otherwise.
  func read(_ requests: [ColumnRequest], threads: Int) throws(DiagnosticList) -> ColumnTable

  /// The place of one value, for a problem that is found after reading.
  func diagnostic(_ fact: Fact, row: Int, column: String, help: String?) -> Diagnostic
}
