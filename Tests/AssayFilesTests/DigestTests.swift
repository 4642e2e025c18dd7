import AssayFiles
import Testing

@Suite("SHA-256")
struct DigestTests {
  @Test(
    "known answers",
    arguments: [
      // FIPS 180-4 examples, NIST CSRC "SHA256.pdf"; the empty message from NIST CAVP SHA256ShortMsg.
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
    ])
  func knownAnswers(_ text: String, _ digest: String) {
    #expect(SHA256.hexDigest(text) == digest)
  }

  @Test("a million letters a")
  func long() {
    // FIPS 180-2, appendix B.3.
    #expect(
      SHA256.hexDigest([UInt8](repeating: 0x61, count: 1_000_000))
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test("bytes that are no text have a digest, and leading zeros are kept")
  func bytes() {
    // Python 3.11 hashlib.
    #expect(
      SHA256.hexDigest([0, 255])
        == "06eb7d6a69ee19e5fbdf749018d3d2abfa04bcbd1365db312eb86dc7169389b8")
    #expect(
      SHA256.hexDigest("286")
        == "00328ce57bbc14b33bd6695bc8eb32cdf2fb5f3a7d89ec14a42825e15d39df60")
  }
}
