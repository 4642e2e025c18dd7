#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Writes all bytes to an open file, makes them last, and closes it.
/// - Returns: 0, or the system's code of the first call that failed.
func writeWhole(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
  var code: Int32 = 0
  bytes.withUnsafeBytes { buffer in
    var written = 0
    // Writes stay inside the buffer: `written` never exceeds `buffer.count`.
    while written < buffer.count, let base = buffer.baseAddress {
      let count = write(descriptor, base + written, buffer.count - written)
      if count < 0 {
        if errno == EINTR { continue }
        code = errno
        return
      }
      written += count
    }
  }
  if code == 0, fsync(descriptor) != 0, errno != EINVAL { code = errno }
  if close(descriptor) != 0, code == 0 { code = errno }
  return code
}
