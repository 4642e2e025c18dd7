import AssayDiagnostics
import AssayTestSupport
import Foundation
import Testing

@testable import AssayFiles

/// Bytes that independent libraries compressed; see `Fixtures/README.md`.
private enum Payload {
  static func file(_ name: String) throws -> [UInt8] {
    try InputFile.read(TestData.packageRoot + "/Tests/AssayFilesTests/Fixtures/payload." + name)
  }

  static func plain() throws -> [UInt8] { try file("bin") }
}

@Suite("Decompression")
struct DecompressionTests {
  @Test("every codec gives back what was compressed", arguments: CompressionCodec.allCases)
  func roundTrip(_ codec: CompressionCodec) throws {
    let plain = try Payload.plain()
    let bytes = try Decompressor.decompress(
      codec, try Payload.file(codec.rawValue), expectedSize: plain.count)
    #expect(bytes == plain)
  }

  @Test(
    "a stated size that is too small or too large is an error", arguments: CompressionCodec.allCases
  )
  func lyingSize(_ codec: CompressionCodec) throws {
    let bytes = try Payload.file(codec.rawValue)
    for size in [0, 1, 2_999, 3_001, 20_000, 1 << 31, -1, .max] {
      #expect(throws: DecompressionError.self) {
        try Decompressor.decompress(codec, bytes, expectedSize: size)
      }
    }
  }

  @Test("a stream that is cut off anywhere is an error", arguments: CompressionCodec.allCases)
  func truncated(_ codec: CompressionCodec) throws {
    let bytes = try Payload.file(codec.rawValue)
    for count in stride(from: 0, to: bytes.count, by: 7) {
      #expect(throws: DecompressionError.self, "\(count) of \(bytes.count) bytes") {
        try Decompressor.decompress(codec, bytes[..<count], expectedSize: 3_000)
      }
    }
  }

  @Test(
    "a flipped byte is an error or other bytes, never a crash", arguments: CompressionCodec.allCases
  )
  func flipped(_ codec: CompressionCodec) throws {
    let bytes = try Payload.file(codec.rawValue)
    for (index, mask) in zip(bytes.indices, sequence(first: UInt8(1)) { $0 &* 73 &+ 41 }) {
      var other = bytes
      other[index] ^= mask == 0 ? 1 : mask
      if let read = try? Decompressor.decompress(codec, other, expectedSize: 3_000) {
        #expect(read.count == 3_000)
      }
    }
  }

  @Test("a size that the codec cannot reach is refused before memory is taken")
  func implausible() throws {
    for codec in CompressionCodec.allCases where codec != .zstd {
      #expect(throws: DecompressionError.implausibleSize(codec, expected: 1 << 30)) {
        try Decompressor.decompress(codec, [UInt8](repeating: 0, count: 64), expectedSize: 1 << 30)
      }
    }
    let over = Decompressor.sizeLimit + 1
    #expect(throws: DecompressionError.implausibleSize(.zstd, expected: over)) {
      try Decompressor.decompress(.zstd, [UInt8](repeating: 0, count: 1 << 20), expectedSize: over)
    }
  }

  @Test("a plain LZ4 block under the name of Hadoop's is read, as other readers do")
  func legacyBlock() throws {
    let plain = try Payload.plain()
    #expect(
      try Decompressor.decompress(
        .lz4Hadoop, try Payload.file("lz4Block"), expectedSize: plain.count) == plain)
  }

  @Test("two gzip members are one block; bytes behind zlib's stream are an error")
  func members() throws {
    let plain = try Payload.plain()
    let member = try Payload.file("gzip")
    #expect(
      try Decompressor.decompress(.gzip, member + member, expectedSize: 6_000) == plain + plain)
    #expect(throws: DecompressionError.corrupt(.zlib)) {
      try Decompressor.decompress(.zlib, try Payload.file("zlib") + [0], expectedSize: 3_000)
    }
  }

  @Test("a block of no bytes can be compressed too")
  func nothing() throws {
    // Written by Python 3.11's gzip and zlib, and pyarrow 26.0.1, from no bytes.
    let empty: [(CompressionCodec, [UInt8])] = [
      (.zlib, [0x78, 0x9C, 3, 0, 0, 0, 0, 1]), (.deflate, [3, 0]), (.snappy, [0]),
      (.lz4Block, [0]), (.zstd, [0x28, 0xB5, 0x2F, 0xFD, 0x20, 0, 1, 0, 0]),
    ]
    for (codec, bytes) in empty {
      let read = try Decompressor.decompress(codec, bytes, expectedSize: 0)
      #expect(read.isEmpty, "\(codec)")
    }
  }
}

@Suite("Reading gzip files in parts")
struct GzipStreamTests {
  /// All bytes of a file that holds `bytes`, read in parts, and the digest.
  private static func read(
    _ bytes: [UInt8], parts: Int, asking: Int, limit: Int = 1 << 30
  ) throws -> (bytes: [UInt8], digest: String) {
    let folder = TestData.temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/t.gz"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let stream = try GzipStream(path, partSize: parts, limit: limit)
    var result: [UInt8] = []
    while !stream.isAtEnd {
      let before = result.count
      try stream.read(asking, into: &result)
      #expect(result.count - before <= asking)
      if !stream.isAtEnd { #expect(result.count - before == asking) }
    }
    return (result, stream.hexDigest)
  }

  @Test("any part size gives the same bytes, of one member, of several, and with padding")
  func parts() throws {
    let plain = try Payload.plain()
    let member = try Payload.file("gzip")
    for parts in [1, 2, 7, 100, 1_019, 1 << 16] {
      for asking in [1, 13, 3_000, 1 << 16] {
        let one = try Self.read(member, parts: parts, asking: asking)
        #expect(one.bytes == plain)
        #expect(one.digest == SHA256.hexDigest(member))
        let two = member + member + [UInt8](repeating: 0, count: 9)
        #expect(try Self.read(two, parts: parts, asking: asking).bytes == plain + plain)
      }
    }
  }

  @Test("damage, a cut, other bytes behind the end, and more than the limit are errors")
  func damage() throws {
    let member = try Payload.file("gzip")
    var wrongSum = member
    wrongSum[member.count - 8] ^= 1
    for (bytes, problem) in [
      (wrongSum, "the data is damaged, or its checksum is wrong"),
      (Array(member.dropLast(3)), "the file ends within the data"),
      (Array(member.prefix(4)), "the file ends within the data"),
      (member + [0, 0, 1], "other bytes follow the data"),
      (member + [7], "the file ends within the data"),
      ([1, 2, 3], "the data is damaged, or its checksum is wrong"),
    ] {
      do {
        _ = try Self.read(bytes, parts: 64, asking: 500)
        Issue.record("expected: \(problem)")
      } catch let error as Diagnostic {
        #expect(error.fact == .syntax(format: "gzip", problem: problem))
      }
    }
    #expect(throws: Diagnostic.self) {
      try Self.read(member, parts: 64, asking: 500, limit: 2_999)
    }
    #expect(throws: Diagnostic.self) { try Self.read([], parts: 64, asking: 500) }
  }
}
