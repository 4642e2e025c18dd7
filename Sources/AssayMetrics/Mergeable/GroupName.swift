import AssayRuns
/// The name of a group or client, or that there is none: an empty field is told apart from a group
/// whose name is the text `(missing)`.
///
/// Names are equal when their UTF-8 bytes are; they are ordered by their bytes, the missing name
/// last. Swift's own comparison of texts would take two spellings of one character for equal, which
/// a producer in another language does not.
public struct GroupName: Hashable, Sendable, Comparable {
  /// The name; `nil` where the field is empty.
  public let text: String?

  /// A name.
  public init(_ text: String) { self.text = text }
  private init() { text = nil }

  /// The name of rows without one.
  public static let missing = GroupName()

  /// The name as results show it.
  public var shown: String { text.map(GroupColumn.shown) ?? GroupColumn.missingName }

  /// Whether both have the same bytes.
  public static func == (a: GroupName, b: GroupName) -> Bool {
    switch (a.text, b.text) {
    case (nil, nil): true
    case (let a?, let b?): a.utf8.elementsEqual(b.utf8)
    default: false
    }
  }

  /// Hashes the bytes.
  public func hash(into hasher: inout Hasher) {
    guard let text else { return hasher.combine(UInt8(0)) }
    hasher.combine(UInt8(1))
    for byte in text.utf8 { hasher.combine(byte) }
  }

  /// Order of bytes, the missing name last.
  public static func < (a: GroupName, b: GroupName) -> Bool {
    switch (a.text, b.text) {
    case (let a?, let b?): a.utf8.lexicographicallyPrecedes(b.utf8)
    case (_?, nil): true
    default: false
    }
  }
}

/// Which rows a cell holds: all, those of one group of a column (or of a combination of columns), or
/// those of one client.
public struct CellKey: Hashable, Sendable, Comparable {
  /// 0 for all rows, `1...n` for a column of the shape, `n + 1` for the client column.
  public var column: Int
  /// The group in each of the column's parts: none for all rows, one for a plain column.
  public var groups: [GroupName]

  /// Creates a key.
  public init(column: Int, groups: [GroupName]) {
    self.column = column
    self.groups = groups
  }

  /// All rows.
  public static let overall = CellKey(column: 0, groups: [])

  /// The group's name as results show it.
  public var shown: String {
    column == 0 ? "overall" : groups.map(\.shown).joined(separator: " × ")
  }

  /// Order of columns, then of names part by part.
  public static func < (a: CellKey, b: CellKey) -> Bool {
    a.column == b.column ? a.groups.lexicographicallyPrecedes(b.groups) : a.column < b.column
  }
}
