import AssayDiagnostics
import AssayFiles
import AssayTestSupport
import Foundation
import Testing

@testable import AssayTables

/// Parquet files with the values that another reader found in them.
enum ParquetCases {
  static let fixtures = TestData.packageRoot + "/Tests/AssayTablesTests/Fixtures/parquet"

  /// Names, without their endings, of the files that have a list of values beside them.
  static let names: [String] = {
    let entries = (try? InputFolder(fixtures).entries()) ?? []
    return entries.filter { $0.name.hasSuffix(".json") }.map { String($0.name.dropLast(5)) }
  }()

  static func path(_ name: String) -> String { fixtures + "/" + name + ".parquet" }

  /// A column as texts.
  static func texts(
    _ file: ParquetFile, _ name: String, threads: Int = 1
  ) throws(DiagnosticList) -> [String] {
    let table = try file.read([ColumnRequest(name, as: .text)], threads: threads)
    guard case .texts(let codes, let texts) = table.columns[0] else { return [] }
    return codes.map { texts[Int($0)] }
  }

  /// A column as numbers; NaN where missing.
  static func numbers(
    _ file: ParquetFile, _ name: String, allowMissing: Bool = true, threads: Int = 1
  ) throws(DiagnosticList) -> [Double] {
    let request = ColumnRequest(name, as: .number(allowMissing: allowMissing))
    guard case .numbers(let values) = try file.read([request], threads: threads).columns[0] else {
      return []
    }
    return values
  }

  /// What differs between a file and the list of its values, and how many values were compared.
  static func differences(_ path: String) throws -> (problems: [String], values: Int) {
    let list = path.dropLast("parquet".count) + "json"
    let expected = try JSONValue.parse(try InputFile.read(String(list)), path: String(list))
    var problems: [String] = []
    var values = 0
    do {
      let file = try ParquetFile.open(path: path)
      if file.rowCount != expected["rows"]?.integer { problems.append("\(path): rows") }
      let columns = expected["columns"]?.array ?? []
      if file.columnNames != columns.compactMap({ $0["name"]?.string }) {
        problems.append("\(path): names")
      }
      for (index, column) in columns.enumerated() {
        values += try compare(column, in: file, threads: 1 + index % 2, &problems)
      }
    } catch let error as DiagnosticList { problems.append(error.rendered) }
    return (problems, values)
  }

  private static func compare(
    _ column: JSONValue, in file: ParquetFile, threads: Int, _ problems: inout [String]
  ) throws -> Int {
    let name = column["name"]?.string ?? ""
    let place = "\(file.path), column '\(name)'"
    if column["nested"]?.bool == true {
      let refused = (try? texts(file, name)) == nil
      if !refused { problems.append("\(place): nested, but read") }
      return 0
    }
    let wanted = (column["texts"]?.array ?? []).map { Array(($0.string ?? "").utf8) }
    let found = try texts(file, name, threads: threads).map { Array($0.utf8) }
    if let row = zip(wanted, found).enumerated().first(where: { $0.element.0 != $0.element.1 }) {
      let (a, b) = row.element
      problems.append(
        "\(place), row \(row.offset): '\(String(decoding: a, as: UTF8.self))' expected, "
          + "'\(String(decoding: b, as: UTF8.self))' found")
    } else if wanted.count != found.count {
      problems.append("\(place): \(found.count) texts")
    }
    if column["numbers"]?.string == "refused" {
      let refused = (try? numbers(file, name, threads: threads)) == nil
      if !refused { problems.append("\(place): numbers that were to be refused") }
    } else if let numbers = column["numbers"]?.array {
      let wanted = numbers.map { $0.string.flatMap(Double.init) ?? .nan }
      let found = try self.numbers(file, name, threads: threads)
      let isSame =
        wanted.count == found.count
        && zip(wanted, found).allSatisfy {
          $0.isNaN ? $1.isNaN : $0.bitPattern == $1.bitPattern
        }
      if !isSame { problems.append("\(place): other numbers") }
    }
    return wanted.count
  }
}

@Suite("Parquet files")
struct ParquetTests {
  /// Expected: what pyarrow 26.0.1 reads; see `Fixtures/parquet/README.md`.
  @Test(
    "files of several writers have the values that pyarrow reads", arguments: ParquetCases.names)
  func fixtures(_ name: String) throws {
    let found = try ParquetCases.differences(ParquetCases.path(name))
    #expect(found.problems.isEmpty, "\(found.problems.joined(separator: "\n"))")
  }

  @Test("there are files of every writer") func writers() {
    for writer in ["pyarrow", "polars", "duckdb", "apache"] {
      #expect(ParquetCases.names.contains { $0.hasPrefix(writer) })
    }
  }

  @Test("threads do not change a bit, and a table has the file's digest")
  func threads() throws {
    let path = ParquetCases.path("pyarrow-types")
    let file = try ParquetFile.open(path: path)
    let requests = file.columnNames.map { ColumnRequest($0, as: .text) }
    let one = try file.read(requests, threads: 1)
    let many = try file.read(requests, threads: 7)
    #expect(one.sha256 == SHA256.hexDigest(try InputFile.read(path)))
    #expect(one.sha256 == many.sha256)
    for (a, b) in zip(one.columns, many.columns) {
      guard case .texts(let codesA, let textsA) = a, case .texts(let codesB, let textsB) = b else {
        Issue.record("texts were asked for")
        continue
      }
      #expect(codesA == codesB)
      #expect(textsA == textsB)
      // Distinct texts stand in the order of their first row, and none is without a row.
      var seen: Int32 = 0
      for code in codesA where code >= seen {
        #expect(code == seen)
        seen += 1
      }
      #expect(Int(seen) == textsA.count)
    }
  }

  @Test("a wrong checksum, an encrypted file and a nested column are named")
  func refusals() throws {
    for (name, column, message) in [
      ("apache-wrong-checksum", "long_field", "a page whose checksum is wrong"),
      ("apache-encrypted", "", "refused an encrypted Parquet file"),
      ("pyarrow-nested", "list", "refused column 'list': its values are nested"),
    ] {
      do {
        let file = try ParquetFile.open(path: ParquetCases.path(name))
        _ = try ParquetCases.texts(file, column)
        Issue.record("expected: \(message)")
      } catch {
        #expect(error.rendered.contains(message), "\(error.rendered)")
      }
    }
  }

  @Test("what is no Parquet file, or no longer a whole one, is an error with the path")
  func noParquet() throws {
    let folder = TestData.temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/t.parquet"
    let bytes = try InputFile.read(ParquetCases.path("pyarrow-delta"))
    for (content, message) in [
      ([], "found an empty file"), (Array("PAR1".utf8), "a file of 4 bytes"),
      (Array("label,score\n1,0.5\n".utf8), "the file does not begin with PAR1"),
      (Array(bytes.dropLast(9)), "the file does not end with PAR1, so its end is missing"),
      (Array(bytes.prefix(4) + bytes.suffix(400)), "error"),
      (Array("PARE".utf8) + bytes.dropFirst(4), "refused an encrypted Parquet file"),
    ] {
      try Data(content).write(to: URL(fileURLWithPath: path))
      do {
        let file = try ParquetFile.open(path: path)
        _ = try ParquetCases.texts(file, "text")
        Issue.record("expected: \(message)")
      } catch {
        #expect(error.rendered.hasPrefix(path))
        #expect(error.rendered.contains(message), "\(error.rendered)")
      }
    }
  }

  @Test("values that are not what was asked for are named by row and column")
  func wrongRole() throws {
    let file = try ParquetFile.open(path: ParquetCases.path("pyarrow-types"))
    for (column, message) in [
      ("date", "expected numbers in column 'date', found 'dates'"),
      ("uuid", "expected numbers in column 'uuid', found 'UUIDs'"),
      ("ts_utc", "expected numbers in column 'ts_utc', found 'timestamps'"),
    ] {
      do {
        _ = try ParquetCases.numbers(file, column)
        Issue.record("expected: \(message)")
      } catch { #expect(error.rendered.contains(message), "\(error.rendered)") }
    }
    do {
      _ = try ParquetCases.numbers(file, "text")
      Issue.record("texts are no numbers")
    } catch {
      #expect(error.rendered.contains("(row "), "\(error.rendered)")
      #expect(error.rendered.contains("expected a number in column 'text'"))
    }
    do {
      _ = try ParquetCases.numbers(file, "nothing", allowMissing: false)
      Issue.record("every value is missing")
    } catch {
      #expect(error.diagnostics.count == 20)
      #expect(error.omitted == 4)
      #expect(
        error.diagnostics[0].location?.description
          == "\(file.path) (row 1, column 'nothing')")
    }
    do {
      _ = try ParquetCases.texts(file, "tex")
      Issue.record("no such column")
    } catch { #expect(error.rendered.contains("did you mean 'text'?")) }
  }
}
