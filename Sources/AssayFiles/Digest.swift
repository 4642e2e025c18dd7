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
    return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// The digest of a text's UTF-8 bytes.
  public static func hexDigest(_ text: String) -> String { hexDigest(Array(text.utf8)) }
}
