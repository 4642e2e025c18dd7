import AssayDiagnostics
import AssayFiles
import AssayTestSupport
import Foundation
import Testing

@testable import AssayTables

@Suite("Folders of Parquet parts")
struct ParquetFolderTests {
  /// A folder whose entries are copies of fixtures, or text that stands for itself.
  private static func folder(_ entries: [(path: String, fixture: String?)]) throws -> String {
    let root = TestData.temporaryFolder()
    for (path, fixture) in entries {
      let target = root + "/" + path
      try FileManager.default.createDirectory(
        atPath: target.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 },
        withIntermediateDirectories: true)
      let bytes = try fixture.map { try InputFile.read(ParquetCases.path($0)) } ?? [0x78]
      try Data(bytes).write(to: URL(fileURLWithPath: target))
    }
    return root
  }

  @Test(
    "parts are one table in the order of their names; what Spark and others leave there is ignored")
  func parts() throws {
    let root = try Self.folder([
      ("part-00001.zstd.parquet", "pyarrow-types"), ("part-00000.parquet", "pyarrow-plain-v2"),
      ("_SUCCESS", nil), ("_metadata", nil), (".part-00000.parquet.crc", nil),
      ("_temporary/part-9.parquet", nil),
    ])
    defer { try? FileManager.default.removeItem(atPath: root) }
    let table = try ParquetFile.open(path: root)
    #expect(table.rowCount == 48)
    let first = try ParquetFile.open(path: ParquetCases.path("pyarrow-plain-v2"))
    let second = try ParquetFile.open(path: ParquetCases.path("pyarrow-types"))
    for name in ["text", "i64", "f32", "ts_ns", "bool", "nothing"] {
      let texts = try ParquetCases.texts(table, name, threads: 2)
      #expect(texts.count == 48)
      // The number of digits behind a timestamp's seconds is that of the whole table.
      if name != "ts_ns" {
        let expected = try ParquetCases.texts(first, name) + ParquetCases.texts(second, name)
        #expect(texts == expected)
      }
    }
    let digests = try [
      ("00000.parquet", "pyarrow-plain-v2"), ("00001.zstd.parquet", "pyarrow-types"),
    ]
    .map { "\(try SHA256.hexDigest(ofFile: ParquetCases.path($1)))  part-\($0)\n" }
    let read = try table.read([], threads: 2)
    #expect(read.sha256 == SHA256.hexDigest(digests.joined()))
    let place = table.diagnostic(.fileMissing, row: 24, column: "i64", help: nil).location
    #expect(place?.description == "\(root)/part-00001.zstd.parquet (row 1, column 'i64')")
  }

  @Test("a folder's name gives a column, as Hive has it")
  func partitions() throws {
    let root = try Self.folder([
      ("region=north/year=2025/a.parquet", "pyarrow-delta"),
      ("region=a%2Fb/year=2026/a.parquet", "pyarrow-delta"),
      ("region=__HIVE_DEFAULT_PARTITION__/year=2027/a.parquet", "pyarrow-delta"),
    ])
    defer { try? FileManager.default.removeItem(atPath: root) }
    let table = try ParquetFile.open(path: root)
    #expect(table.columnNames.suffix(2) == ["region", "year"])
    let regions = try ParquetCases.texts(table, "region")
    // Folders are taken in the order of their names: `_`, `a`, `n`.
    #expect(regions == ["", "a/b", "north"].flatMap { Array(repeating: $0, count: 24) })
    let years = try ParquetCases.numbers(table, "year", threads: 2)
    #expect(years.count == 72)
    #expect([years[0], years[24], years[48]] == [2027, 2026, 2025])
  }

  @Test("parts with other columns, other types, other files or none are errors")
  func unequal() throws {
    for (entries, message): ([(path: String, fixture: String?)], String) in [
      ([("a.parquet", "pyarrow-types"), ("b.parquet", "pyarrow-delta")], "found none"),
      ([("a.parquet", "pyarrow-delta"), ("b.parquet", "pyarrow-types")], "only the columns that"),
      ([("a.parquet", "pyarrow-delta"), ("b.csv", nil)], "found 'b.csv'"),
      ([("x=1/a.parquet", "pyarrow-delta"), ("a.parquet", "pyarrow-delta")], "the column 'x'"),
      ([("i32=1/a.parquet", "pyarrow-delta")], "found 'i32' again"),
      ([("_SUCCESS", nil)], "expected Parquet files in the folder, found none"),
      ([("a.parquet", nil)], "a file of 1 bytes"),
    ] {
      let root = try Self.folder(entries)
      defer { try? FileManager.default.removeItem(atPath: root) }
      do {
        _ = try ParquetFile.open(path: root)
        Issue.record("expected: \(message)")
      } catch {
        #expect(error.rendered.contains(message), "\(error.rendered)")
      }
    }
  }

  @Test("a link among the parts is an error, and no folder is followed without end")
  func hostile() throws {
    let root = try Self.folder([("a.parquet", "pyarrow-delta")])
    defer { try? FileManager.default.removeItem(atPath: root) }
    try FileManager.default.createSymbolicLink(
      atPath: root + "/b.parquet", withDestinationPath: root + "/a.parquet")
    #expect(throws: DiagnosticList.self) { try ParquetFile.open(path: root) }
    try FileManager.default.removeItem(atPath: root + "/b.parquet")
    let deep = (0..<20).map { "d\($0)" }.joined(separator: "/")
    try FileManager.default.createDirectory(
      atPath: root + "/" + deep, withIntermediateDirectories: true)
    #expect(throws: DiagnosticList.self) { try ParquetFile.open(path: root) }
  }

  @Test("more parts than a process may have open files are one table")
  func manyParts() throws {
    let root = try Self.folder((1000..<2_300).map { ("part-\($0).parquet", "pyarrow-groups") })
    defer { try? FileManager.default.removeItem(atPath: root) }
    let table = try ParquetFile.open(path: root)
    #expect(table.rowCount == 1_300 * 24)
    #expect(try ParquetCases.texts(table, "text", threads: 2).count == 1_300 * 24)
  }

  @Test("a file that changes between opening and reading is an error")
  func changed() throws {
    let root = try Self.folder([("a.parquet", "pyarrow-groups"), ("b.parquet", "pyarrow-groups")])
    defer { try? FileManager.default.removeItem(atPath: root) }
    for path in [root, root + "/a.parquet"] {
      let table = try ParquetFile.open(path: path)
      let bytes = try InputFile.read(root + "/a.parquet")
      // Cut off, replaced by an equal file, and gone.
      try Data(bytes.dropLast()).write(to: URL(fileURLWithPath: root + "/a.parquet"))
      #expect(throws: DiagnosticList.self) { try ParquetCases.texts(table, "text") }
      try Data(bytes).write(to: URL(fileURLWithPath: root + "/a.parquet"), options: .atomic)
      #expect(throws: DiagnosticList.self) { try table.read([], threads: 1) }
      try FileManager.default.removeItem(atPath: root + "/a.parquet")
      #expect(throws: DiagnosticList.self) { try ParquetCases.texts(table, "text") }
      try Data(bytes).write(to: URL(fileURLWithPath: root + "/a.parquet"))
    }
  }
}
