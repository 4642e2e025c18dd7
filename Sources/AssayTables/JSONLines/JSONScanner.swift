/// What is wrong with a JSON text, and where.
struct JSONFault: Error {
  /// The problem, as a part of a sentence.
  var problem: String
  /// Offset into the bytes.
  var offset: Int
}

/// Reads one JSON value after another from bytes, without building a tree.
///
/// As strict and as lenient as ``JSONValue``: bare `NaN`, `Infinity` and `-Infinity` are known,
/// nesting is bounded. `bytes` must outlive the scanner; every access is below `end`, which is at most
/// their count.
struct JSONScanner {
  let bytes: UnsafeBufferPointer<UInt8>
  /// Where the text ends.
  var end: Int
  var position: Int

  /// A value, or where its text stands.
  enum Value {
    case null
    case boolean(Bool)
    /// The digits; whole where neither point nor exponent stands.
    case number(Range<Int>, isWhole: Bool)
    /// `NaN`, `Infinity` or `-Infinity`.
    case notFinite(Range<Int>)
    /// What stands between the quotation marks.
    case string(Range<Int>, hasEscapes: Bool)
    case object
    case array
  }

  /// The deepest nesting that is stepped over.
  static let nestingLimit = 64

  /// The bytes of a part of the text.
  func raw(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(rebasing: bytes[range])
  }

  /// The next byte; `nil` at the end.
  var peek: UInt8? { position < end ? bytes[position] : nil }

  /// Steps over white space.
  mutating func skipSpace() {
    while position < end {
      switch bytes[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position += 1
      default: return
      }
    }
  }

  /// Steps over a byte that has to stand here.
  mutating func expect(_ byte: UInt8, _ problem: String) throws(JSONFault) {
    guard peek == byte else { throw fault(problem) }
    position += 1
  }

  /// A problem at the next byte.
  func fault(_ problem: String) -> JSONFault {
    JSONFault(
      problem: position < end ? problem : problem + ", found the end of the record",
      offset: position)
  }

  /// Reads a value; what stands inside of an object or an array is checked and stepped over.
  mutating func value(depth: Int = 0) throws(JSONFault) -> Value {
    guard let byte = peek else { throw fault("expected a value") }
    switch byte {
    case UInt8(ascii: "\""):
      let (range, hasEscapes) = try string()
      return .string(range, hasEscapes: hasEscapes)
    case UInt8(ascii: "-"), 0x30...0x39:
      let start = position
      if byte == UInt8(ascii: "-"), take("-Infinity") { return .notFinite(start..<position) }
      return try number()
    case UInt8(ascii: "n") where take("null"): return .null
    case UInt8(ascii: "t") where take("true"): return .boolean(true)
    case UInt8(ascii: "f") where take("false"): return .boolean(false)
    case UInt8(ascii: "N") where take("NaN"): return .notFinite(position - 3..<position)
    case UInt8(ascii: "I") where take("Infinity"): return .notFinite(position - 8..<position)
    case UInt8(ascii: "{"):
      try skipObject(depth: depth)
      return .object
    case UInt8(ascii: "["):
      try skipArray(depth: depth)
      return .array
    default: throw fault("expected a value")
    }
  }

  private mutating func take(_ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard end - position >= count else { return false }
    let same = word.withUTF8Buffer { $0.elementsEqual(bytes[position..<position + count]) }
    if same { position += count }
    return same
  }

  private func checkDepth(_ depth: Int) throws(JSONFault) {
    if depth >= Self.nestingLimit {
      throw fault("nesting deeper than \(Self.nestingLimit) levels is refused")
    }
  }

  private mutating func skipObject(depth: Int) throws(JSONFault) {
    try checkDepth(depth)
    position += 1
    skipSpace()
    if peek == UInt8(ascii: "}") {
      position += 1
      return
    }
    while true {
      skipSpace()
      guard peek == UInt8(ascii: "\"") else { throw fault("expected a name in quotes") }
      _ = try string()
      skipSpace()
      try expect(UInt8(ascii: ":"), "expected ':' after a name")
      skipSpace()
      _ = try value(depth: depth + 1)
      skipSpace()
      if peek == UInt8(ascii: "}") {
        position += 1
        return
      }
      try expect(UInt8(ascii: ","), "expected ',' or '}'")
    }
  }

  private mutating func skipArray(depth: Int) throws(JSONFault) {
    try checkDepth(depth)
    position += 1
    skipSpace()
    if peek == UInt8(ascii: "]") {
      position += 1
      return
    }
    while true {
      skipSpace()
      _ = try value(depth: depth + 1)
      skipSpace()
      if peek == UInt8(ascii: "]") {
        position += 1
        return
      }
      try expect(UInt8(ascii: ","), "expected ',' or ']'")
    }
  }

  /// Reads a string and stands behind its closing quotation mark.
  mutating func string() throws(JSONFault) -> (Range<Int>, hasEscapes: Bool) {
    let open = position
    var at = position + 1
    var hasEscapes = false
    while at < end {
      let byte = bytes[at]
      if byte == UInt8(ascii: "\"") {
        position = at + 1
        return (open + 1..<at, hasEscapes)
      }
      if byte == UInt8(ascii: "\\") {
        hasEscapes = true
        at += 1
      } else if byte < 0x20 {
        throw JSONFault(problem: "a control character in a string", offset: at)
      }
      at += 1
    }
    throw JSONFault(problem: "a string without an end", offset: open)
  }

  private mutating func number() throws(JSONFault) -> Value {
    let start = position
    var isWhole = true
    if peek == UInt8(ascii: "-") { position += 1 }
    let first = position
    skipDigits()
    if position == first { throw JSONFault(problem: "expected a digit", offset: start) }
    if bytes[first] == 0x30, position - first > 1 {
      throw JSONFault(problem: "a number that begins with a zero", offset: start)
    }
    if peek == UInt8(ascii: ".") {
      isWhole = false
      position += 1
      let fraction = position
      skipDigits()
      if position == fraction {
        throw JSONFault(problem: "expected a digit after the point", offset: start)
      }
    }
    if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
      isWhole = false
      position += 1
      if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { position += 1 }
      let exponent = position
      skipDigits()
      if position == exponent {
        throw JSONFault(problem: "expected a digit in the exponent", offset: start)
      }
    }
    return .number(start..<position, isWhole: isWhole)
  }

  private mutating func skipDigits() {
    while position < end, bytes[position] &- 0x30 < 10 { position += 1 }
  }

  /// The bytes of a string whose escapes are replaced; a lone surrogate becomes U+FFFD.
  func unescaped(_ range: Range<Int>) throws(JSONFault) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(range.count)
    var at = range.lowerBound
    while at < range.upperBound {
      let byte = bytes[at]
      at += 1
      guard byte == UInt8(ascii: "\\") else {
        text.append(byte)
        continue
      }
      // A string never ends behind a backslash: `string` steps over the byte that follows one.
      let escape = bytes[at]
      at += 1
      switch escape {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(escape)
      case UInt8(ascii: "b"): text.append(0x08)
      case UInt8(ascii: "f"): text.append(0x0C)
      case UInt8(ascii: "n"): text.append(0x0A)
      case UInt8(ascii: "r"): text.append(0x0D)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "u"):
        var scalar = try hexadecimal(at, below: range.upperBound)
        at += 4
        if (0xD800..<0xDC00).contains(scalar), range.upperBound - at >= 6,
          bytes[at] == UInt8(ascii: "\\"), bytes[at + 1] == UInt8(ascii: "u")
        {
          let low = try hexadecimal(at + 2, below: range.upperBound)
          if (0xDC00..<0xE000).contains(low) {
            scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
            at += 6
          }
        }
        text.append(contentsOf: String(Character(Unicode.Scalar(scalar) ?? "\u{FFFD}")).utf8)
      default: throw JSONFault(problem: "an unknown escape", offset: at - 1)
      }
    }
    return text
  }

  private func hexadecimal(_ at: Int, below limit: Int) throws(JSONFault) -> UInt32 {
    var value: UInt32 = 0
    for index in at..<at + 4 {
      guard index < limit, let digit = Character(Unicode.Scalar(bytes[index])).hexDigitValue else {
        throw JSONFault(problem: "expected four hexadecimal digits", offset: at)
      }
      value = value << 4 | UInt32(digit)
    }
    return value
  }
}
