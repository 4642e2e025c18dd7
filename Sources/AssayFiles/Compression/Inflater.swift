import CZlib

/// zlib's inflate over bytes that come in parts.
///
/// The stream stands at one address for its whole life, because zlib keeps a pointer to it.
final class Inflater {
  private let stream: UnsafeMutablePointer<z_stream>

  /// What a step came to.
  enum Step {
    /// More input or more room for output is wanted.
    case more
    /// A member ended; its checksum is right.
    case memberEnd
    /// The bytes are no deflate stream.
    case corrupt
  }

  /// - Parameter window: zlib's `windowBits`: 15 zlib, 31 gzip, 47 either, -15 no frame.
  init(window: Int32) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let status = inflateInit2_(
      stream, window, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib of the version that was compiled against, and memory for it")
  }

  deinit {
    inflateEnd(stream)
    stream.deinitialize(count: 1)
    stream.deallocate()
  }

  /// Begins another member.
  func reset() { inflateReset(stream) }

  /// Inflates from `input` into `output` as far as both reach.
  /// - Returns: What it came to, the bytes read and the bytes written. zlib reads and writes within
  ///   the two lengths, which are cut to 2^30 here.
  func step(
    _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer
  ) -> (step: Step, read: Int, wrote: Int) {
    let available = min(input.count, 1 << 30)
    let room = min(output.count, 1 << 30)
    var nothing: UInt8 = 0
    let status = withUnsafeMutableBytes(of: &nothing) { spare -> Int32 in
      // zlib refuses null addresses, even with a length of 0.
      let target = output.baseAddress ?? spare.baseAddress
      stream.pointee.next_in = UnsafeMutablePointer(
        mutating: (input.baseAddress ?? UnsafeRawPointer(spare.baseAddress))?
          .assumingMemoryBound(to: Bytef.self))
      stream.pointee.avail_in = UInt32(available)
      stream.pointee.next_out = target?.assumingMemoryBound(to: Bytef.self)
      stream.pointee.avail_out = UInt32(room)
      return CZlib.inflate(stream, Z_NO_FLUSH)
    }
    let read = available - Int(stream.pointee.avail_in)
    let wrote = room - Int(stream.pointee.avail_out)
    switch status {
    case Z_STREAM_END: return (.memberEnd, read, wrote)
    // Z_BUF_ERROR: no progress was possible, which is no error of the data.
    case Z_OK, Z_BUF_ERROR: return (.more, read, wrote)
    default: return (.corrupt, read, wrote)
    }
  }

  /// Inflates a whole block of one or, in gzip's frame, several members.
  static func inflate(
    _ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer,
    codec: CompressionCodec, window: Int32
  ) throws(DecompressionError) {
    let inflater = Inflater(window: window)
    var position = 0
    var filled = 0
    while true {
      let (step, read, wrote) = inflater.step(
        UnsafeRawBufferPointer(rebasing: bytes[position...]),
        UnsafeMutableRawBufferPointer(rebasing: output[filled...]))
      position += read
      filled += wrote
      switch step {
      case .corrupt: throw .corrupt(codec)
      case .memberEnd:
        if position == bytes.count {
          guard filled == output.count else { throw .wrongSize(codec, expected: output.count) }
          return
        }
        // Only gzip has further members behind the first.
        guard codec == .gzip else { throw .corrupt(codec) }
        inflater.reset()
      case .more:
        if position == bytes.count { throw .corrupt(codec) }
        if read == 0, wrote == 0 { throw .wrongSize(codec, expected: output.count) }
      }
    }
  }
}
