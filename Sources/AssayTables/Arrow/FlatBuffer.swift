/// A table inside a FlatBuffer that is not trusted: every offset is checked against the bytes before
/// it is followed.
///
/// Source: FlatBuffers, "Internals"; little-endian throughout. A table starts with the distance back
/// to its vtable, which holds its own size, the table's size and the place of each field.
struct FlatBufferTable {
  /// The whole buffer; offsets count from its start.
  let bytes: ArraySlice<UInt8>
  private let start: Int
  private let vtable: Int
  private let vtableSize: Int

  /// The root table, whose offset stands in the first four bytes.
  init(root bytes: ArraySlice<UInt8>) throws(TypedFileFault) {
    guard let offset = bytes.integer(at: 0, as: UInt32.self) else {
      throw .damaged("metadata without a root table")
    }
    try self.init(bytes: bytes, start: Int(offset))
  }

  fileprivate init(bytes: ArraySlice<UInt8>, start: Int) throws(TypedFileFault) {
    guard let back = bytes.integer(at: start, as: Int32.self) else {
      throw .damaged("a metadata table outside of the metadata")
    }
    let vtable = start - Int(back)
    guard let size = bytes.integer(at: vtable, as: UInt16.self), size >= 4, size % 2 == 0,
      bytes.part(at: vtable, count: Int(size)) != nil
    else { throw .damaged("a metadata table without a field list") }
    self.bytes = bytes
    self.start = start
    self.vtable = vtable
    vtableSize = Int(size)
  }

  /// The place of a field, `nil` where the table leaves it out.
  private func place(_ field: Int) -> Int? {
    let entry = 4 + 2 * field
    guard entry + 2 <= vtableSize, let offset = bytes.integer(at: vtable + entry, as: UInt16.self),
      offset != 0
    else { return nil }
    return start + Int(offset)
  }

  /// An integer field.
  func integer<Value: FixedWidthInteger>(
    _ field: Int, default value: Value
  ) throws(TypedFileFault) -> Value {
    guard let place = place(field) else { return value }
    guard let found = bytes.integer(at: place, as: Value.self) else {
      throw .damaged("a metadata field outside of the metadata")
    }
    return found
  }

  /// The target of an offset field.
  private func target(_ field: Int) throws(TypedFileFault) -> Int? {
    guard let place = place(field) else { return nil }
    guard let offset = bytes.integer(at: place, as: UInt32.self) else {
      throw .damaged("a metadata field outside of the metadata")
    }
    return place + Int(offset)
  }

  /// A field that is a table.
  func table(_ field: Int) throws(TypedFileFault) -> FlatBufferTable? {
    guard let target = try target(field) else { return nil }
    return try FlatBufferTable(bytes: bytes, start: target)
  }

  /// A field that is a list of elements of a fixed size.
  func vector(_ field: Int, elementSize: Int) throws(TypedFileFault) -> FlatBufferVector? {
    guard let target = try target(field) else { return nil }
    return try FlatBufferVector(bytes: bytes, start: target, elementSize: elementSize)
  }

  /// A field that is a text.
  func string(_ field: Int) throws(TypedFileFault) -> String? {
    guard let vector = try vector(field, elementSize: 1) else { return nil }
    guard let text = String(validating: vector.content, as: UTF8.self) else {
      throw .damaged("a name that is not UTF-8")
    }
    return text
  }
}

/// A list inside a FlatBuffer.
struct FlatBufferVector {
  private let bytes: ArraySlice<UInt8>
  private let first: Int
  private let elementSize: Int
  /// Number of elements; all of them lie inside the buffer.
  let count: Int

  fileprivate init(
    bytes: ArraySlice<UInt8>, start: Int, elementSize: Int
  ) throws(TypedFileFault) {
    guard let length = bytes.integer(at: start, as: UInt32.self),
      bytes.part(at: start + 4, count: Int(length) * elementSize) != nil
    else { throw .damaged("a metadata list outside of the metadata") }
    self.bytes = bytes
    self.elementSize = elementSize
    first = start + 4
    count = Int(length)
  }

  /// The bytes of all elements.
  var content: ArraySlice<UInt8> {
    bytes.part(at: first, count: count * elementSize) ?? []
  }

  /// An integer inside an element.
  func integer<Value: FixedWidthInteger>(
    _ index: Int, offset: Int = 0, as type: Value.Type
  ) throws(TypedFileFault) -> Value {
    guard index >= 0, index < count,
      let value = bytes.integer(
        at: first + index * elementSize + offset, as: type)
    else { throw .damaged("a metadata list outside of the metadata") }
    return value
  }

  /// An element that is the offset of a table.
  func table(_ index: Int) throws(TypedFileFault) -> FlatBufferTable {
    let offset = try integer(index, as: UInt32.self)
    return try FlatBufferTable(bytes: bytes, start: first + index * elementSize + Int(offset))
  }
}
