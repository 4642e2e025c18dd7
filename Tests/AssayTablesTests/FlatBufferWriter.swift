/// Writes FlatBuffers for tests, parents before their children, sound or not.
struct FlatBufferWriter {
  private(set) var bytes: [UInt8] = [0, 0, 0, 0]

  /// A field of a table.
  enum Field {
    /// Left out.
    case none
    case byte(UInt8)
    case short(Int16)
    case int(Int32)
    case long(Int64)
    /// An offset that is filled in later.
    case offset
  }

  /// Writes a table.
  /// - Returns: Its place, and the places of its offsets in order.
  mutating func table(_ fields: [Field]) -> (place: Int, offsets: [Int]) {
    let vtable = bytes.count
    append(UInt16(4 + 2 * fields.count))
    append(UInt16(4 + 8 * fields.count))
    for (index, field) in fields.enumerated() {
      if case .none = field { append(UInt16(0)) } else { append(UInt16(4 + 8 * index)) }
    }
    let place = bytes.count
    append(Int32(place - vtable))
    var offsets: [Int] = []
    for field in fields {
      let start = bytes.count
      switch field {
      case .none: break
      case .byte(let value): append(value)
      case .short(let value): append(value)
      case .int(let value): append(value)
      case .long(let value): append(value)
      case .offset:
        offsets.append(start)
        append(UInt32(0))
      }
      bytes += Array(repeating: 0, count: start + 8 - bytes.count)
    }
    return (place, offsets)
  }

  /// Writes a list of offsets and gives their places.
  mutating func list(_ count: Int) -> (place: Int, offsets: [Int]) {
    let place = bytes.count
    append(UInt32(count))
    return (
      place,
      (0..<count).map { _ in
        defer { append(UInt32(0)) }; return bytes.count
      }
    )
  }

  /// Writes a text.
  mutating func text(_ text: String) -> Int {
    let place = bytes.count
    append(UInt32(text.utf8.count))
    bytes += Array(text.utf8) + [0]
    return place
  }

  /// Fills in an offset.
  mutating func link(_ offset: Int, to target: Int) {
    let distance = UInt32(target - offset)
    for index in 0..<4 {
      bytes[offset + index] = UInt8(truncatingIfNeeded: distance >> (8 * index))
    }
  }

  mutating func append<Value: FixedWidthInteger>(_ value: Value) {
    for index in 0..<Value.bitWidth / 8 {
      bytes.append(UInt8(truncatingIfNeeded: value >> (8 * index)))
    }
  }

  /// An Arrow message with a schema, as a stream of nothing else.
  /// - Parameter fields: Writes the children of the schema and gives the place of the list of fields.
  static func schema(
    version: Int16 = 4, endianness: Int16 = 0, _ fields: (inout FlatBufferWriter) -> Int?
  ) -> [UInt8] {
    var writer = FlatBufferWriter()
    let message = writer.table([.short(version), .byte(1), .offset, .long(0)])
    writer.link(0, to: message.place)
    let schema = writer.table([.short(endianness), .offset])
    writer.link(message.offsets[0], to: schema.place)
    if let list = fields(&writer) {
      writer.link(schema.offsets[0], to: list)
    } else {
      let list = writer.list(0)
      writer.link(schema.offsets[0], to: list.place)
    }
    var stream = FlatBufferWriter()
    stream.bytes = []
    stream.append(Int32(-1))
    stream.append(Int32(writer.bytes.count))
    return stream.bytes + writer.bytes
  }

  /// A field of type `kind` (2 integers of 32 bits, 12 a list, 13 a struct).
  mutating func field(
    _ name: String, kind: UInt8 = 2, children: Bool = false
  ) -> (place: Int, children: Int?) {
    let field = table([
      .offset, .none, .byte(kind), .offset, .none, children ? .offset : .none,
    ])
    link(field.offsets[0], to: text(name))
    link(field.offsets[1], to: table([.int(32), .byte(1)]).place)
    return (field.place, children ? field.offsets[2] : nil)
  }
}
