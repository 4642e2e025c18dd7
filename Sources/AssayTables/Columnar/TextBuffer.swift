/// Bytes of a text file in memory that is used again and again, followed by ``padding`` bytes that may
/// be read but mean nothing.
final class TextBuffer {
  /// Bytes beyond the content that may be read, so that sixteen at a time can be looked at.
  static let padding = 64

  /// The first byte. Valid for `capacity + padding` bytes while the buffer lives.
  private(set) var base: UnsafeMutablePointer<UInt8>
  /// Bytes that can be held.
  private(set) var capacity: Int
  /// Bytes that are held.
  var count = 0

  init(capacity: Int) {
    self.capacity = capacity
    base = .allocate(capacity: capacity + Self.padding)
    base.initialize(repeating: 0, count: capacity + Self.padding)
  }

  deinit { base.deallocate() }

  /// Makes room for more bytes and keeps those that are held.
  func grow(to wanted: Int) {
    guard wanted > capacity else { return }
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: wanted + Self.padding)
    larger.update(from: base, count: count)
    (larger + count).initialize(repeating: 0, count: wanted + Self.padding - count)
    base.deallocate()
    base = larger
    capacity = wanted
  }

  /// Replaces the content.
  func assign(_ bytes: [UInt8]) {
    grow(to: bytes.count)
    bytes.withUnsafeBufferPointer { source in
      // `capacity` is at least `bytes.count`.
      if let first = source.baseAddress { base.update(from: first, count: source.count) }
    }
    count = bytes.count
  }

  /// The content; valid while the buffer lives and is not changed.
  var content: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: base, count: count) }

  /// A copy of some of the content.
  func copy(_ range: Range<Int>) -> [UInt8] {
    Array(UnsafeBufferPointer(rebasing: content[range]))
  }
}
