import AssayDiagnostics
import CLibCrypto

/// SHA-256 through the system's libcrypto.
public enum SHA256 {
  /// The digest of the bytes as 64 lower-case hexadecimal digits.
  public static func hexDigest(_ bytes: [UInt8]) -> String {
    bytes.withUnsafeBytes { hexDigest($0) }
  }

  /// The digest of bytes in memory.
  public static func hexDigest(_ input: UnsafeRawBufferPointer) -> String { hex(digest(input)) }

  /// The 32 bytes of the digest of bytes in memory.
  public static func digest(_ input: UnsafeRawBufferPointer) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    var length: UInt32 = 32
    // EVP_Digest reads exactly `input.count` bytes and writes 32, the size of `digest`.
    let status = EVP_Digest(
      input.baseAddress, input.count, &digest, &length, EVP_sha256(), nil)
    precondition(status == 1 && length == 32, "libcrypto offers SHA-256")
    return digest
  }

  /// The digest of a text's UTF-8 bytes.
  public static func hexDigest(_ text: String) -> String { hexDigest(Array(text.utf8)) }

  /// The digest of a file, which is read in parts.
  public static func hexDigest(ofFile path: String) throws(Diagnostic) -> String {
    let stream = try FileStream(path)
    var part: [UInt8] = []
    repeat {
      part.removeAll(keepingCapacity: true)
      try stream.read(1 << 20, into: &part)
    } while !stream.isAtEnd
    return stream.hexDigest
  }

  /// Two lower-case hexadecimal digits for each byte.
  static func hex(_ digest: [UInt8]) -> String {
    String(unsafeUninitializedCapacity: 2 * digest.count) { digits in
      // Two digits for each byte: exactly the capacity that was asked for.
      for (index, byte) in digest.enumerated() {
        digits[2 * index] = digit(byte >> 4)
        digits[2 * index + 1] = digit(byte & 15)
      }
      return 2 * digest.count
    }
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }
}

/// SHA-256 of bytes that come in parts.
final class RunningDigest {
  private let context: OpaquePointer

  init() {
    guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
      preconditionFailure("libcrypto offers SHA-256")
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Adds the next part.
  func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

  /// Adds the next part.
  func update(_ bytes: UnsafeRawBufferPointer) {
    // Reads exactly `bytes.count` bytes.
    let status = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
    precondition(status == 1, "libcrypto offers SHA-256")
  }

  /// The digest of all parts so far; more may follow.
  var hexDigest: String {
    var digest = [UInt8](repeating: 0, count: 32)
    var length: UInt32 = 32
    guard let copy = EVP_MD_CTX_new() else { preconditionFailure("out of memory for a digest") }
    defer { EVP_MD_CTX_free(copy) }
    precondition(
      EVP_MD_CTX_copy_ex(copy, context) == 1 && EVP_DigestFinal_ex(copy, &digest, &length) == 1
        && length == 32, "libcrypto offers SHA-256")
    return SHA256.hex(digest)
  }
}
