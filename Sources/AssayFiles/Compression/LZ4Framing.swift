import CLZ4

/// LZ4 blocks inside of the two frames that table files have.
enum LZ4Framing {
  /// Hadoop's frame: big-endian size of the decompressed block, then chunks, each with its
  /// big-endian compressed size before it, until the block is whole; then the next block.
  static func hadoop(
    _ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(DecompressionError) {
    let corrupt = DecompressionError.corrupt(.lz4Hadoop)
    var position = 0
    var filled = 0
    func number() throws(DecompressionError) -> Int {
      guard bytes.count - position >= 4 else { throw corrupt }
      let value = bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self)
      position += 4
      return Int(UInt32(bigEndian: value))
    }
    while position < bytes.count {
      let blockSize = try number()
      guard blockSize <= output.count - filled else { throw corrupt }
      let end = filled + blockSize
      repeat {
        let size = try number()
        guard size <= bytes.count - position else { throw corrupt }
        if size == 0, blockSize == 0 { break }
        let chunk = UnsafeRawBufferPointer(rebasing: bytes[position..<position + size])
        let target = UnsafeMutableRawBufferPointer(rebasing: output[filled..<end])
        // Within `chunk` and `target`, whose lengths fit 32 bits as those of the whole block do.
        let got = LZ4_decompress_safe(
          chunk.baseAddress?.assumingMemoryBound(to: CChar.self),
          target.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(size), Int32(target.count)
        )
        // A chunk of nothing would let a hostile block go on for ever.
        guard got > 0 else { throw corrupt }
        position += size
        filled += Int(got)
      } while filled < end
    }
    guard filled == output.count else {
      throw .wrongSize(.lz4Hadoop, expected: output.count)
    }
  }

  /// LZ4's own frame format, one frame or several; checksums are verified by the library.
  static func frame(
    _ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(DecompressionError) {
    var made: OpaquePointer?
    guard LZ4F_isError(LZ4F_createDecompressionContext(&made, UInt32(LZ4F_VERSION))) == 0,
      let context = made
    else { preconditionFailure("out of memory for an LZ4 context") }
    defer { LZ4F_freeDecompressionContext(context) }
    var position = 0
    var filled = 0
    var hint = 1
    var spare: UInt8 = 0
    while position < bytes.count {
      var read = bytes.count - position
      var wrote = output.count - filled
      hint = withUnsafeMutableBytes(of: &spare) { byte in
        // Reads at most `read` and writes at most `wrote` bytes; the spare byte only gives an empty
        // output an address.
        LZ4F_decompress(
          context, output.baseAddress.map { $0 + filled } ?? byte.baseAddress, &wrote,
          bytes.baseAddress.map { $0 + position }, &read, nil)
      }
      if LZ4F_isError(hint) != 0 { throw .corrupt(.lz4Frame) }
      position += read
      filled += wrote
      // No progress with input left: the output is full and the frame goes on.
      if read == 0, wrote == 0 { throw .wrongSize(.lz4Frame, expected: output.count) }
    }
    // A hint of 0 says that the frame is complete.
    guard hint == 0 else { throw .corrupt(.lz4Frame) }
    guard filled == output.count else { throw .wrongSize(.lz4Frame, expected: output.count) }
  }
}
