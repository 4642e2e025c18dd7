/// Thrift's compact protocol, as Parquet's footer and page headers are written.
///
/// Callers read the fields that they know and skip the others. Nesting is bounded, and a list cannot
/// have more elements than bytes are left.
///
/// Source: Apache Thrift, `doc/specs/thrift-compact-protocol.md`.
struct ThriftReader {
  /// How a value is written.
  enum Kind: UInt8 {
    case stop = 0
    case yes, no, byte, int16, int32, int64, double, binary, list, set, map, structure, uuid
  }

  /// A field of a structure.
  struct Field {
    var id: Int
    var kind: Kind
  }

  /// The place in the bytes.
  private(set) var cursor: ByteCursor
  private static let deepest = 32

  init(_ bytes: UnsafeRawBufferPointer) { cursor = ByteCursor(bytes) }

  /// The next field of a structure; `nil` at its end.
  /// - Parameter last: The id of the field before, 0 at the beginning.
  mutating func field(after last: inout Int) throws(ParquetProblem) -> Field? {
    let head = try cursor.byte()
    guard let kind = Kind(rawValue: head & 0x0F) else { throw Self.unknownKind }
    if kind == .stop { return nil }
    if head >> 4 == 0 {
      guard let id = Int16(exactly: try cursor.zigzag()) else {
        throw .damaged("a field number of more than 16 bits")
      }
      last = Int(id)
    } else {
      last += Int(head >> 4)
    }
    return Field(id: last, kind: kind)
  }

  /// A whole number of any width.
  mutating func integer(_ field: Field) throws(ParquetProblem) -> Int64 {
    switch field.kind {
    case .byte: return Int64(Int8(bitPattern: try cursor.byte()))
    case .int16, .int32, .int64: return try cursor.zigzag()
    default: throw Self.wrongKind
    }
  }

  /// A whole number that is an index, a count or a size.
  mutating func count(_ field: Field) throws(ParquetProblem) -> Int {
    let value = try integer(field)
    guard value >= 0, let count = Int(exactly: value) else { throw .damaged("a negative size") }
    return count
  }

  /// A truth value, which stands in the field's head.
  func boolean(_ field: Field) throws(ParquetProblem) -> Bool {
    switch field.kind {
    case .yes: return true
    case .no: return false
    default: throw Self.wrongKind
    }
  }

  /// Text; bytes that are no UTF-8 are shown as U+FFFD.
  mutating func text(_ field: Field) throws(ParquetProblem) -> String {
    guard field.kind == .binary else { throw Self.wrongKind }
    return String(decoding: try binary(), as: UTF8.self)
  }

  /// The head of a list of structures: how many follow.
  mutating func structures(_ field: Field) throws(ParquetProblem) -> Int {
    guard field.kind == .list else { throw Self.wrongKind }
    let (kind, count) = try listHead()
    guard kind == .structure || count == 0 else { throw Self.wrongKind }
    return count
  }

  /// Checks that a field is a structure; its fields follow.
  func structure(_ field: Field) throws(ParquetProblem) {
    guard field.kind == .structure else { throw Self.wrongKind }
  }

  /// Passes over a field's value.
  mutating func skip(_ field: Field) throws(ParquetProblem) {
    // A truth value in a field has no bytes of its own.
    if field.kind == .yes || field.kind == .no { return }
    try skip(field.kind, depth: 0)
  }

  private mutating func skip(_ kind: Kind, depth: Int) throws(ParquetProblem) {
    guard depth < Self.deepest else { throw .damaged("structures that are nested too deeply") }
    switch kind {
    case .stop: throw Self.unknownKind
    case .yes, .no, .byte: _ = try cursor.byte()
    case .int16, .int32, .int64: _ = try cursor.varint()
    case .double: _ = try cursor.take(8)
    case .uuid: _ = try cursor.take(16)
    case .binary: _ = try binary()
    case .list, .set:
      let (kind, count) = try listHead()
      for _ in 0..<count { try skip(kind, depth: depth + 1) }
    case .map:
      let count = try size()
      if count == 0 { return }
      let kinds = try cursor.byte()
      guard let key = Kind(rawValue: kinds >> 4), let value = Kind(rawValue: kinds & 0x0F) else {
        throw Self.unknownKind
      }
      for _ in 0..<count {
        try skip(key, depth: depth + 1)
        try skip(value, depth: depth + 1)
      }
    case .structure:
      var last = 0
      while let field = try field(after: &last) {
        if field.kind != .yes, field.kind != .no { try skip(field.kind, depth: depth + 1) }
      }
    }
  }

  private mutating func binary() throws(ParquetProblem) -> UnsafeRawBufferPointer {
    try cursor.take(try size())
  }

  private mutating func listHead() throws(ParquetProblem) -> (kind: Kind, count: Int) {
    let head = try cursor.byte()
    guard let kind = Kind(rawValue: head & 0x0F), kind != .stop else { throw Self.unknownKind }
    let count = head >> 4 == 15 ? try size() : Int(head >> 4)
    guard count <= cursor.remaining else { throw .damaged("a list that is longer than the data") }
    return (kind, count)
  }

  /// A size; no larger than what is left, because everything sized takes a byte or more.
  private mutating func size() throws(ParquetProblem) -> Int {
    let value = try cursor.varint()
    guard value <= UInt64(cursor.remaining) else {
      throw .damaged("a size beyond the end of the data")
    }
    return Int(value)
  }

  private static let unknownKind = ParquetProblem.damaged("a value of unknown kind in the metadata")
  private static let wrongKind = ParquetProblem.damaged("a value of the wrong kind in the metadata")
}
