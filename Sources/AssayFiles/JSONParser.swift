import AssayDiagnostics

extension JSONValue {
  /// The deepest nesting that is read.
  public static let nestingLimit = 64

  /// Reads one JSON document.
  ///
  /// Lenient in what Python writes (bare `NaN`, `Infinity`, `-Infinity`), strict in all else: no
  /// comments, no trailing commas, no duplicate names, nothing behind the value.
  /// - Throws: A diagnostic with line and column.
  public static func parse(_ bytes: [UInt8], path: String) throws(Diagnostic) -> JSONValue {
    var parser = JSONParser(bytes: bytes, path: path)
    return try parser.document()
  }
}

/// Recursive descent over bytes; depth is bounded, so the stack is too.
struct JSONParser {
  let bytes: [UInt8]
  let path: String
  var position = 0

  init(bytes: [UInt8], path: String) {
    self.bytes = bytes
    self.path = path
  }

  mutating func document() throws(Diagnostic) -> JSONValue {
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      throw UTF8Text.invalid(bytes, path: path)
    }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    skipSpace()
    if position == bytes.count { throw failure("expected a value, found the end of the file") }
    let value = try value(depth: 0)
    skipSpace()
    if position < bytes.count { throw failure("expected the end of the file, found more text") }
    return value
  }

  func failure(_ problem: String, at offset: Int? = nil) -> Diagnostic {
    let at = min(offset ?? position, bytes.count)
    var line = 1
    var lineStart = 0
    for index in 0..<at where bytes[index] == 0x0A {
      line += 1
      lineStart = index + 1
    }
    let lineEnd = bytes[at...].firstIndex(of: 0x0A) ?? bytes.count
    let source = String(decoding: bytes[lineStart..<min(lineEnd, lineStart + 4096)], as: UTF8.self)
    let column = String(decoding: bytes[lineStart..<at], as: UTF8.self).count + 1
    return Diagnostic(
      .syntax(format: "JSON", problem: problem),
      at: SourceLocation(path: path, line: line, column: column), sourceLine: source)
  }

  private mutating func skipSpace() {
    while position < bytes.count,
      bytes[position] == 0x20 || bytes[position] == 0x0A || bytes[position] == 0x0D
        || bytes[position] == 0x09
    { position += 1 }
  }

  private func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func value(depth: Int) throws(Diagnostic) -> JSONValue {
    if depth > JSONValue.nestingLimit {
      throw failure("nesting deeper than \(JSONValue.nestingLimit) levels is refused")
    }
    switch peek() {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t") where take("true"): return .bool(true)
    case UInt8(ascii: "f") where take("false"): return .bool(false)
    case UInt8(ascii: "n") where take("null"): return .null
    case UInt8(ascii: "N") where take("NaN"): return .double(.nan)
    case UInt8(ascii: "I") where take("Infinity"): return .double(.infinity)
    case UInt8(ascii: "-") where take("-Infinity"): return .double(-.infinity)
    case nil: throw failure("expected a value, found the end of the file")
    case let byte? where byte == UInt8(ascii: "-") || (0x30...0x39).contains(byte):
      return try number()
    default: throw failure("expected a value")
    }
  }

  private mutating func take(_ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard position + count <= bytes.count else { return false }
    let same = word.withUTF8Buffer { $0.elementsEqual(bytes[position..<position + count]) }
    if same { position += count }
    return same
  }

  private mutating func object(depth: Int) throws(Diagnostic) -> JSONValue {
    position += 1
    var object = JSONObject()
    skipSpace()
    if peek() == UInt8(ascii: "}") {
      position += 1
      return .object(object)
    }
    while true {
      skipSpace()
      let start = position
      guard peek() == UInt8(ascii: "\"") else { throw failure("expected a name in quotes") }
      let key = try string()
      if object[key] != nil { throw failure("the name '\(key)' stands twice", at: start) }
      skipSpace()
      guard peek() == UInt8(ascii: ":") else { throw failure("expected ':' after a name") }
      position += 1
      skipSpace()
      object[key] = try value(depth: depth + 1)
      skipSpace()
      switch peek() {
      case UInt8(ascii: ","): position += 1
      case UInt8(ascii: "}"):
        position += 1
        return .object(object)
      default: throw failure("expected ',' or '}'")
      }
    }
  }

  private mutating func array(depth: Int) throws(Diagnostic) -> JSONValue {
    position += 1
    var items: [JSONValue] = []
    skipSpace()
    if peek() == UInt8(ascii: "]") {
      position += 1
      return .array(items)
    }
    while true {
      skipSpace()
      items.append(try value(depth: depth + 1))
      skipSpace()
      switch peek() {
      case UInt8(ascii: ","): position += 1
      case UInt8(ascii: "]"):
        position += 1
        return .array(items)
      default: throw failure("expected ',' or ']'")
      }
    }
  }

  private mutating func number() throws(Diagnostic) -> JSONValue {
    let start = position
    if peek() == UInt8(ascii: "-") { position += 1 }
    let firstDigit = position
    skipDigits()
    if position == firstDigit { throw failure("expected a digit", at: start) }
    if bytes[firstDigit] == UInt8(ascii: "0"), position > firstDigit + 1 {
      throw failure("a number may not start with 0", at: start)
    }
    var isInteger = true
    if peek() == UInt8(ascii: ".") {
      isInteger = false
      position += 1
      let fraction = position
      skipDigits()
      if position == fraction { throw failure("expected a digit after the point", at: start) }
    }
    if peek() == UInt8(ascii: "e") || peek() == UInt8(ascii: "E") {
      isInteger = false
      position += 1
      if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { position += 1 }
      let exponent = position
      skipDigits()
      if position == exponent { throw failure("expected a digit in the exponent", at: start) }
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isInteger, let value = Int(text) { return .integer(value) }
    guard let value = Double(text), value.isFinite else {
      throw failure("a number too large to be stored", at: start)
    }
    return .double(value)
  }

  private mutating func skipDigits() {
    while let byte = peek(), byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { position += 1 }
  }

  private mutating func string() throws(Diagnostic) -> String {
    let start = position
    position += 1
    var text: [UInt8] = []
    while true {
      guard let byte = peek() else { throw failure("a string without an end", at: start) }
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let result = String(validating: text, as: UTF8.self) else {
          throw failure("a string that is not UTF-8", at: start)
        }
        return result
      case UInt8(ascii: "\\"): text.append(contentsOf: try escape())
      case 0..<0x20: throw failure("a control character in a string", at: position - 1)
      default: text.append(byte)
      }
    }
  }

  private mutating func escape() throws(Diagnostic) -> [UInt8] {
    guard let byte = peek() else { throw failure("a string without an end") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"):
      let high = try hex4()
      if high >= 0xD800, high < 0xDC00, peek() == UInt8(ascii: "\\"), position + 1 < bytes.count,
        bytes[position + 1] == UInt8(ascii: "u")
      {
        let resume = position
        position += 2
        let low = try hex4()
        if low >= 0xDC00, low < 0xE000 {
          return utf8(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
        }
        position = resume
      }
      return utf8(high)
    default: throw failure("an unknown escape", at: position - 1)
    }
  }

  /// UTF-8 of a code point; a lone surrogate becomes U+FFFD.
  private func utf8(_ value: UInt32) -> [UInt8] {
    Array(String(Character(Unicode.Scalar(value) ?? "\u{FFFD}")).utf8)
  }

  private mutating func hex4() throws(Diagnostic) -> UInt32 {
    guard position + 4 <= bytes.count else { throw failure("an escape without an end") }
    let digits = bytes[position..<position + 4]
    let text = String(decoding: digits, as: UTF8.self)
    guard digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let value = UInt32(text, radix: 16)
    else { throw failure("expected four hexadecimal digits") }
    position += 4
    return value
  }
}
