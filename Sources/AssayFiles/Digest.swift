import AssayDiagnostics
import CLibCrypto

/// SHA-256 through the system's libcrypto.
public enum SHA256 {
  /// The digest of the bytes as 64 lower-case hexadecimal digits.
  public static func hexDigest(_ bytes: [UInt8]) -> String {
    bytes.withUnsafeBytes { hexDigest($0) }
  }

  /// The digest of bytes in memory.
  public static func hexDigest(_ input: UnsafeRawBufferPointer) -> String {
    var digest = [UInt8](repeating: 0, count: 32)
    var length: UInt32 = 32
    // EVP_Digest reads exactly `input.count` bytes and writes 32, the size of `digest`.
    let status = EVP_Digest(
      input.baseAddress, input.count, &digest, &length, EVP_sha256(), nil)
    precondition(status == 1 && length == 32, "libcrypto offers SHA-256")
    return hex(digest)
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

  static func hex(_ digest: [UInt8]) -> String {
    digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
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
  func update(_ bytes: [UInt8]) {
    let status = bytes.withUnsafeBytes { EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
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
