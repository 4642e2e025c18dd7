import AssayDiagnostics

/// What is wrong with a typed file, before it is known where the file stands.
enum TypedFileFault: Error, Hashable, Sendable {
  /// The bytes do not follow the format.
  case damaged(String)
  /// The format was understood and is refused on purpose.
  case refused(what: String, why: String, help: String?)
  /// More than a stated limit.
  case overLimit(what: String, found: String, limit: String)

  /// The problem with a file.
  func diagnostic(format: String, path: String, part: String? = nil) -> Diagnostic {
    let location = SourceLocation(path: path, part: part)
    return switch self {
    case .damaged(let problem):
      Diagnostic(
        .syntax(format: format, problem: problem), at: location,
        help: "the file is damaged or was cut short; write or copy it again")
    case .refused(let what, let why, let help):
      Diagnostic(.refusedContent(what: what, why: why), at: location, help: help)
    case .overLimit(let what, let found, let limit):
      Diagnostic(.overLimit(what: what, found: found, limit: limit), at: location)
    }
  }
}

/// How much a typed file may claim to hold, so that a small file cannot fill the memory.
enum TypedFileLimit {
  /// The most rows of a file of that many bytes: 16 Mi, and 64 more for each byte.
  ///
  /// A row that takes less than an eighth of a bit holds nothing but constants.
  static func rows(fileSize: Int) -> Int {
    min(Int(Int32.max), (1 << 24) + 64 * min(fileSize, 1 << 40))
  }

  /// Adds sizes or counts from a file.
  static func sum(_ a: Int, _ b: Int) throws(TypedFileFault) -> Int {
    let (value, overflow) = a.addingReportingOverflow(b)
    if overflow { throw .damaged("a size of more than 64 bits") }
    return value
  }

  /// Multiplies sizes or counts from a file.
  static func product(_ a: Int, _ b: Int) throws(TypedFileFault) -> Int {
    let (value, overflow) = a.multipliedReportingOverflow(by: b)
    if overflow { throw .damaged("a size of more than 64 bits") }
    return value
  }
}

extension ArraySlice<UInt8> {
  /// An integer at an offset from the start of the slice; `nil` outside of it.
  func integer<Value: FixedWidthInteger>(
    at offset: Int, as _: Value.Type, bigEndian: Bool = false
  ) -> Value? {
    let size = Value.bitWidth / 8
    guard offset >= 0, count >= size, offset <= count - size else { return nil }
    var value: Value = 0
    for index in 0..<size {
      let place = bigEndian ? size - 1 - index : index
      value |= Value(truncatingIfNeeded: self[startIndex + offset + index]) << (8 * place)
    }
    return value
  }

  /// A part of the slice; `nil` unless all of it lies inside.
  func part(at offset: Int, count length: Int) -> ArraySlice<UInt8>? {
    guard offset >= 0, length >= 0, offset <= count, length <= count - offset else { return nil }
    return self[startIndex + offset..<startIndex + offset + length]
  }
}
