/// Reads the little of Python that stands in the header of an NPY file: a dictionary of texts, truth
/// values, integers and sequences.
struct PythonLiteral {
  /// A value.
  indirect enum Value: Hashable {
    case text(String)
    case boolean(Bool)
    case integer(Int)
    /// A tuple or a list.
    case sequence([Value])
  }

  private let bytes: ArraySlice<UInt8>
  private var position: Int
  private static let depthLimit = 8

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  /// A dictionary, with nothing but white space behind it.
  mutating func dictionary() throws(TypedFileFault) -> [String: Value] {
    var fields: [String: Value] = [:]
    try expect("{")
    while !take("}") {
      guard case .text(let name) = try value(depth: 0) else { throw broken() }
      try expect(":")
      guard fields.updateValue(try value(depth: 0), forKey: name) == nil else { throw broken() }
      if !take(",") {
        try expect("}")
        break
      }
    }
    skipSpace()
    guard position == bytes.endIndex else { throw broken() }
    return fields
  }

  private func broken() -> TypedFileFault { .damaged("an array header that cannot be read") }

  private mutating func skipSpace() {
    while position < bytes.endIndex, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) {
      position += 1
    }
  }

  private mutating func take(_ symbol: Unicode.Scalar) -> Bool {
    skipSpace()
    guard position < bytes.endIndex, bytes[position] == UInt8(ascii: symbol) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ symbol: Unicode.Scalar) throws(TypedFileFault) {
    if !take(symbol) { throw broken() }
  }

  private mutating func value(depth: Int) throws(TypedFileFault) -> Value {
    guard depth < Self.depthLimit else { throw broken() }
    skipSpace()
    guard position < bytes.endIndex else { throw broken() }
    switch bytes[position] {
    case UInt8(ascii: "'"), UInt8(ascii: "\""): return .text(try text())
    case UInt8(ascii: "("): return .sequence(try sequence(end: ")", depth: depth))
    case UInt8(ascii: "["): return .sequence(try sequence(end: "]", depth: depth))
    case UInt8(ascii: "-"), 0x30...0x39: return .integer(try integer())
    default:
      if take(word: "True") { return .boolean(true) }
      if take(word: "False") { return .boolean(false) }
      throw broken()
    }
  }

  private mutating func take(word: String) -> Bool {
    guard bytes[position...].starts(with: word.utf8) else { return false }
    position += word.utf8.count
    return true
  }

  private mutating func sequence(
    end: Unicode.Scalar, depth: Int
  ) throws(TypedFileFault) -> [Value] {
    position += 1
    var items: [Value] = []
    while !take(end) {
      items.append(try value(depth: depth + 1))
      if !take(",") {
        try expect(end)
        break
      }
    }
    return items
  }

  private mutating func integer() throws(TypedFileFault) -> Int {
    let start = position
    if bytes[position] == UInt8(ascii: "-") { position += 1 }
    while position < bytes.endIndex, (0x30...0x39).contains(bytes[position]) { position += 1 }
    let digits = String(decoding: bytes[start..<position], as: UTF8.self)
    // Python 2 wrote long integers as 3L.
    if position < bytes.endIndex, bytes[position] == UInt8(ascii: "L") { position += 1 }
    guard let value = Int(digits) else { throw broken() }
    return value
  }

  private mutating func text() throws(TypedFileFault) -> String {
    let quote = bytes[position]
    position += 1
    let start = position
    while position < bytes.endIndex, bytes[position] != quote {
      // No type has a name with an escape in it.
      if bytes[position] == UInt8(ascii: "\\") { throw broken() }
      position += 1
    }
    guard position < bytes.endIndex,
      let text = String(validating: bytes[start..<position], as: UTF8.self)
    else { throw broken() }
    position += 1
    return text
  }
}
