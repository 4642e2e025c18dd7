import AssayDiagnostics
import AssayTestSupport
import Foundation
import Testing

@testable import AssayTables

@Suite("Telling table formats apart")
struct TableFormatTests {
  private static func detect(_ bytes: [UInt8], _ name: String) throws -> TableFormat {
    let folder = TestData.temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/" + name
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return try TableFormat.detect(path)
  }

  @Test("the first bytes decide, whatever the name")
  func magic() throws {
    let marks: [(String, TableFormat)] = [
      ("PAR1", .parquetFile), ("PARE", .parquetFile), ("ARROW1", .arrowFile), ("FEA1", .arrowFile),
      ("PK\u{3}\u{4}", .npz), ("PK\u{5}\u{6}", .npz),
    ]
    for (mark, format) in marks { #expect(try Self.detect(Array(mark.utf8), "t.csv") == format) }
    #expect(try Self.detect([0x93] + Array("NUMPY".utf8), "t.csv") == .npy)
    #expect(try Self.detect([0xFF, 0xFF, 0xFF, 0xFF, 8, 0, 0, 0], "t.csv") == .arrowStream)
    #expect(try Self.detect([8, 0, 0, 0, 0], "t.arrows") == .arrowStream)
  }

  @Test("text is told by the ending of the name, then by its first character")
  func text() throws {
    #expect(try Self.detect(Array("{\"a\"".utf8), "t.csv") == .delimitedText)
    #expect(try Self.detect(Array("a,b".utf8), "t.TSV") == .delimitedText)
    #expect(try Self.detect(Array("a,b".utf8), "t") == .delimitedText)
    #expect(try Self.detect([0xFF, 0xFE, 0x61, 0], "t.csv") == .delimitedText)
    #expect(try Self.detect(Array("x".utf8), "t.jsonl") == .jsonLines)
    #expect(try Self.detect(Array("\u{FEFF} [".utf8), "t.json") == .jsonRecords)
    #expect(try Self.detect(Array("{ \"a\": 1}".utf8), "t.txt") == .jsonLines)
    #expect(try Self.detect(Array("[\n{\"a\": 1}]".utf8), "t") == .jsonRecords)
  }

  /// Compressed with gzip 1.12: `printf 'a,b\n1,2\n' | gzip -n`, and `printf '{"a":1}\n' | gzip -n`.
  @Test("gzip is looked into: text in it is read, anything else is refused")
  func gzip() throws {
    let table: [UInt8] = [
      0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0x4b, 0xd4, 0x49, 0xe2, 0x32,
      0xd4, 0x31, 0xe2, 0x02, 0x00, 0x7b, 0x07, 0x97, 0x0a, 0x08, 0x00, 0x00, 0x00,
    ]
    #expect(try Self.detect(table, "t.csv.gz") == .gzippedDelimitedText)
    #expect(throws: Diagnostic.self) { try Self.detect(table, "t.jsonl.gz") }
  }

  @Test(
    "other binary files are refused with the names of the formats",
    arguments: [
      (Array("SQLite format 3\0".utf8), "an SQLite database"),
      ([0x28, 0xB5, 0x2F, 0xFD, 0], "a file in Zstandard"),
      ([0x80, 0x04, 0x95], "a Python pickle, which can run code when it is loaded"),
      ([0x61, 0x00, 0x62], "a binary file of another kind"),
    ] as [([UInt8], String)])
  func binary(bytes: [UInt8], part: String) throws {
    do {
      _ = try Self.detect(bytes, "t.bin")
      Issue.record("detected")
    } catch let error as Diagnostic {
      #expect(error.rendered.contains("found " + part), "\(error.rendered)")
      #expect(
        error.rendered.contains(
          "expected one of the table formats CSV or TSV, CSV or TSV in gzip, JSON Lines"))
    }
  }

  @Test("a folder is a table of Parquet files, or refused; nothing and an empty file are")
  func folders() throws {
    let folder = TestData.temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(throws: Diagnostic.self) { try TableFormat.detect(folder) }
    try Data("PAR1".utf8).write(to: URL(fileURLWithPath: folder + "/part-0.parquet"))
    #expect(try TableFormat.detect(folder) == .parquetFolder)
    #expect(throws: Diagnostic.self) { try TableFormat.detect(folder + "/none") }
    #expect(throws: Diagnostic.self) { try Self.detect([], "t.csv") }
  }
}
