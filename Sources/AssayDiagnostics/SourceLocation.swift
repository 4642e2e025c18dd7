/// A place in a file that a person can open: path, and line and column where the format has them.
///
/// Lines and columns start at 1. Binary formats leave `line` empty and name the place in `part`
/// (`"row 12, column 'score'"`).
public struct SourceLocation: Hashable, Sendable {
  /// The path as the user gave it, or relative to the folder the user gave.
  public var path: String
  /// Line, from 1; `nil` where the whole file is meant or the format has no lines.
  public var line: Int?
  /// Column in characters, from 1; `nil` where the whole line is meant.
  public var column: Int?
  /// A named part of a file without lines, such as a row of a database table.
  public var part: String?

  /// Creates a location.
  public init(path: String, line: Int? = nil, column: Int? = nil, part: String? = nil) {
    self.path = path
    self.line = line
    self.column = column
    self.part = part
  }
}

extension SourceLocation: CustomStringConvertible {
  /// `path:line:column`, as editors and CI annotations read it.
  public var description: String {
    var text = path
    if let line {
      text += ":\(line)"
      if let column { text += ":\(column)" }
    }
    if let part { text += " (\(part))" }
    return text
  }
}
