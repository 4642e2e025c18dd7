/// Codes for texts in the order in which they first came.
final class TextCodes {
  /// The table; valid while this object lives. Not for several threads at once.
  let table: UnsafeMutablePointer<TextTable>

  init() {
    table = .allocate(capacity: 1)
    table.initialize(to: TextTable())
  }

  /// The texts of another table from a code on, under codes from 0.
  convenience init(copying other: TextCodes, from start: Int) {
    self.init()
    for code in start..<other.count {
      other.withBytes(of: code) { _ = self.code($0, length: $1) }
    }
  }

  deinit {
    table.deinitialize(count: 1)
    table.deallocate()
  }

  /// Number of texts.
  var count: Int { table.pointee.count }

  /// The code of a text, new or known; sixteen bytes from `text` on can be read.
  func code(_ text: UnsafePointer<UInt8>, length: Int) -> Int32 {
    table.pointee.code(text, length: length)
  }

  /// The code of a text in an array.
  func code(_ text: ArraySlice<UInt8>) -> Int32 {
    Self.withPadding(text) { code($0, length: $1) }
  }

  /// The key of a text in an array.
  static func key(_ text: ArraySlice<UInt8>) -> UInt64 {
    withPadding(text) { TextTable.key($0, length: $1) }
  }

  private static func withPadding<Result>(
    _ text: ArraySlice<UInt8>, _ body: (UnsafePointer<UInt8>, Int) -> Result
  ) -> Result {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: text.count + TextBuffer.padding) {
      buffer in
      // The text, then padding: the whole of the buffer.
      _ = buffer.initialize(from: text)
      for index in text.count..<buffer.count { buffer.initializeElement(at: index, to: 0) }
      guard let base = buffer.baseAddress else { preconditionFailure("a buffer with padding") }
      return body(UnsafePointer(base), text.count)
    }
  }

  /// Calls `body` with the bytes of a text and at least sixteen bytes that can be read.
  func withBytes<Result>(of code: Int, _ body: (UnsafePointer<UInt8>, Int) -> Result) -> Result {
    withUnsafeTemporaryAllocation(
      of: UInt8.self, capacity: table.pointee.length(code) + TextBuffer.padding
    ) { buffer in
      buffer.initialize(repeating: 0)
      guard let base = buffer.baseAddress else { preconditionFailure("a buffer with padding") }
      let length = table.pointee.write(code, to: UnsafeMutableRawPointer(base))
      return body(UnsafePointer(base), length)
    }
  }

  /// The text of a code.
  func text(_ code: Int) -> String {
    withBytes(of: code) {
      String(decoding: UnsafeBufferPointer(start: $0, count: $1), as: UTF8.self)
    }
  }
}
