import AssayFiles

/// Why the bytes of a checkpoint are not used.
public struct CheckpointError: Error, Hashable, Sendable {
  /// What is wrong with them, a few words.
  public let reason: String

  init(_ reason: String) { self.reason = reason }
}

/// A container of exact values: a head that says what it is and whom it belongs to, named sections,
/// and the SHA-256 of everything before it.
///
/// ```
/// "assay.checkpoint"  16 bytes
/// version             UInt32, 2
/// byte order          UInt32, 0x01020304 as the machine stores it
/// key, kind           texts
/// sections            name (text), length (Int), payload
/// digest              SHA-256 of all bytes so far, 64 hexadecimal digits
/// ```
///
/// Numbers have the byte order of the machine; integers and doubles take 8 bytes, floats 4, a text its length
/// and its UTF-8 bytes. Doubles keep their bits, NaN included.
enum CheckpointFormat {
  static let magic = Array("assay.checkpoint".utf8)
  static let version: UInt32 = 2
  static let byteOrder: UInt32 = 0x0102_0304
  static let digestLength = 64
}

/// Appends exact values to the bytes of a checkpoint.
struct CheckpointWriter {
  private(set) var bytes: [UInt8] = []

  /// Goes on behind the given bytes.
  init(_ bytes: [UInt8] = []) { self.bytes = bytes }

  /// Starts a container.
  init(key: String, kind: String) {
    bytes = CheckpointFormat.magic
    raw(CheckpointFormat.version)
    raw(CheckpointFormat.byteOrder)
    put(key)
    put(kind)
  }

  private mutating func raw<Value: BitwiseCopyable>(_ value: Value) {
    withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
  }

  mutating func put(_ value: Int) { raw(Int64(value)) }
  mutating func put(_ value: Bool) { bytes.append(value ? 1 : 0) }
  mutating func put(_ value: Double) { raw(value.bitPattern) }

  mutating func put(_ text: String) {
    put(text.utf8.count)
    bytes.append(contentsOf: text.utf8)
  }

  /// Whole arrays of numbers as they lie in memory.
  mutating func put<Value: BitwiseCopyable>(_ values: UnsafeBufferPointer<Value>) {
    put(values.count)
    bytes.append(contentsOf: UnsafeRawBufferPointer(values))
  }

  mutating func put<Value: BitwiseCopyable>(numbers: [Value]) {
    numbers.withUnsafeBufferPointer { put($0) }
  }

  mutating func put<Value>(_ memory: Memory<Value>) {
    put(UnsafeBufferPointer(start: memory.start, count: memory.count))
  }

  mutating func put<Value: CheckpointValue>(_ value: Value) { value.write(to: &self) }

  mutating func put<Value: CheckpointValue>(_ value: Value?) {
    put(value != nil)
    if let value { put(value) }
  }

  mutating func put<Value: CheckpointValue>(_ values: [Value]) {
    put(values.count)
    for value in values { put(value) }
  }

  /// Entries in the order of their names.
  mutating func put<Value: CheckpointValue>(_ values: [String: Value]) {
    put(values.count)
    for (name, value) in values.sorted(by: { $0.key < $1.key }) {
      put(name)
      put(value)
    }
  }

  mutating func put<Word: RawRepresentable<String>>(word: Word) { put(word.rawValue) }

  /// One named part; a reader must ask for the same name.
  mutating func section(_ name: String, _ write: (inout CheckpointWriter) -> Void) {
    put(name)
    let start = bytes.count
    put(0)
    write(&self)
    // The length is known only now.
    let length = Int64(bytes.count - start - 8)
    withUnsafeBytes(of: length) { bytes.replaceSubrange(start..<(start + 8), with: $0) }
  }

  /// The bytes of the whole container, sealed with their digest.
  func sealed() -> [UInt8] { bytes + Array(SHA256.hexDigest(bytes).utf8) }
}

/// Reads what a ``CheckpointWriter`` wrote; every length is compared with the bytes that are left before
/// anything is allocated, so that no bytes can make it trap.
struct CheckpointReader {
  private let bytes: ArraySlice<UInt8>
  private var at: Int

  private init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    at = bytes.startIndex
  }

  /// Opens a container.
  /// - Throws: When the bytes are not whole, were not written by this version, or belong to another
  ///   key or kind.
  init(_ sealed: [UInt8], key: String, kind: String) throws(CheckpointError) {
    let magic = CheckpointFormat.magic
    guard sealed.count > magic.count + CheckpointFormat.digestLength,
      sealed.prefix(magic.count).elementsEqual(magic)
    else { throw CheckpointError("not a checkpoint") }
    let end = sealed.count - CheckpointFormat.digestLength
    let digest = sealed.withUnsafeBytes {
      SHA256.hexDigest(UnsafeRawBufferPointer(rebasing: $0[..<end]))
    }
    guard sealed[end...].elementsEqual(digest.utf8) else {
      throw CheckpointError("damaged: the bytes do not match their digest")
    }
    self.init(sealed[magic.count..<end])
    guard try raw(UInt32.self) == CheckpointFormat.version else {
      throw CheckpointError("written by another version")
    }
    guard try raw(UInt32.self) == CheckpointFormat.byteOrder else {
      throw CheckpointError("written on a machine with another byte order")
    }
    guard try text() == key else { throw CheckpointError("of another pilot, data or version") }
    let found = try text()
    guard found == kind else { throw CheckpointError("of another kind, '\(found)'") }
  }

  private var left: Int { bytes.endIndex - at }

  private mutating func take(_ count: Int) throws(CheckpointError) -> ArraySlice<UInt8> {
    guard count >= 0, count <= left else { throw CheckpointError("cut short") }
    defer { at += count }
    return bytes[at..<(at + count)]
  }

  private mutating func raw<Value: BitwiseCopyable>(
    _ type: Value.Type
  ) throws(CheckpointError) -> Value {
    let part = try take(MemoryLayout<Value>.size)
    return part.withUnsafeBytes { $0.loadUnaligned(as: Value.self) }
  }

  mutating func integer() throws(CheckpointError) -> Int { Int(try raw(Int64.self)) }
  mutating func double() throws(CheckpointError) -> Double {
    Double(bitPattern: try raw(UInt64.self))
  }

  mutating func bool() throws(CheckpointError) -> Bool {
    let byte = try take(1)
    switch byte.first {
    case 0: return false
    case 1: return true
    default: throw CheckpointError("a flag that is neither 0 nor 1")
    }
  }

  mutating func text() throws(CheckpointError) -> String {
    let count = try integer()
    guard let text = String(validating: try take(count), as: UTF8.self) else {
      throw CheckpointError("a text that is not UTF-8")
    }
    return text
  }

  /// A whole array of numbers of which every bit pattern is a value.
  mutating func numbers<Value: BitwiseCopyable & Numeric>(
    _ type: Value.Type = Value.self
  ) throws(CheckpointError) -> [Value] {
    let count = try integer()
    let stride = MemoryLayout<Value>.stride
    guard count >= 0, count <= left / stride else { throw CheckpointError("cut short") }
    let part = try take(count * stride)
    // The slice holds exactly `count` values; the buffer has room for as many.
    return [Value](unsafeUninitializedCapacity: count) { buffer, initialized in
      part.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
      initialized = count
    }
  }

  mutating func value<Value: CheckpointValue>(
    _ type: Value.Type = Value.self
  ) throws(CheckpointError) -> Value { try Value(from: &self) }

  mutating func optional<Value: CheckpointValue>(
    _ type: Value.Type = Value.self
  ) throws(CheckpointError) -> Value? { try bool() ? try value() : nil }

  /// A number of values, each of which takes a byte at least.
  mutating func count() throws(CheckpointError) -> Int {
    let count = try integer()
    guard count >= 0, count <= left else { throw CheckpointError("cut short") }
    return count
  }

  mutating func list<Value: CheckpointValue>(
    _ type: Value.Type = Value.self
  ) throws(CheckpointError) -> [Value] {
    let count = try count()
    var values: [Value] = []
    for _ in 0..<count { values.append(try value()) }
    return values
  }

  mutating func dictionary<Value: CheckpointValue>(
    _ type: Value.Type = Value.self
  ) throws(CheckpointError) -> [String: Value] {
    let count = try count()
    var values: [String: Value] = [:]
    for _ in 0..<count {
      let name = try text()
      guard values.updateValue(try value(), forKey: name) == nil else {
        throw CheckpointError("the name '\(name)' twice")
      }
    }
    return values
  }

  mutating func word<Word: RawRepresentable<String>>(
    _ type: Word.Type = Word.self
  ) throws(CheckpointError) -> Word {
    let text = try text()
    guard let word = Word(rawValue: text) else {
      throw CheckpointError("the unknown word '\(text)'")
    }
    return word
  }

  /// Reads the next part, which must have this name and be read to its end.
  mutating func section<Result>(
    _ name: String, _ read: (inout CheckpointReader) throws(CheckpointError) -> Result
  ) throws(CheckpointError) -> Result {
    guard try text() == name else { throw CheckpointError("without the part '\(name)'") }
    var part = CheckpointReader(try take(try integer()))
    let result = try read(&part)
    guard part.left == 0 else { throw CheckpointError("with bytes behind the part '\(name)'") }
    return result
  }

  /// Checks that everything was read.
  func finish() throws(CheckpointError) {
    guard left == 0 else { throw CheckpointError("with bytes behind its last part") }
  }
}

/// A value that stands in a checkpoint.
protocol CheckpointValue {
  func write(to out: inout CheckpointWriter)
  init(from source: inout CheckpointReader) throws(CheckpointError)
}

extension Int: CheckpointValue {
  func write(to out: inout CheckpointWriter) { out.put(self) }
  init(from source: inout CheckpointReader) throws(CheckpointError) { self = try source.integer() }
}

extension Double: CheckpointValue {
  func write(to out: inout CheckpointWriter) { out.put(self) }
  init(from source: inout CheckpointReader) throws(CheckpointError) { self = try source.double() }
}

extension Bool: CheckpointValue {
  func write(to out: inout CheckpointWriter) { out.put(self) }
  init(from source: inout CheckpointReader) throws(CheckpointError) { self = try source.bool() }
}

extension String: CheckpointValue {
  func write(to out: inout CheckpointWriter) { out.put(self) }
  init(from source: inout CheckpointReader) throws(CheckpointError) { self = try source.text() }
}
