import AssayDiagnostics
import AssayFiles
import AssayTestSupport
import Foundation
import Testing

@testable import AssayTables

@Suite("Parquet beside pyarrow, and damaged")
struct ParquetPropertyTests {
  static let packages = ["pyarrow", "pandas"]
  static let python = PythonPeer.interpreter(importing: packages)

  /// How many files are written; `ASSAY_CASES` asks for more.
  static let count = ProcessInfo.processInfo.environment["ASSAY_CASES"].flatMap(Int.init) ?? 40

  /// Expected: what pyarrow reads from the files that it, Polars and DuckDB (where present) wrote, over
  /// types, encodings, codecs, page versions, missing values and sizes of row groups and pages.
  @Test(
    "random files have the values that pyarrow reads",
    .enabled(if: python != nil, "\(PythonPeer.reason(packages))"))
  func random() throws {
    let folder = TestData.temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let seed = ProcessInfo.processInfo.environment["ASSAY_FIRST_CASE"] ?? "1"
    let outcome = try Executable.run(
      [ParquetCases.fixtures + "/write_tables.py", "random", folder, "\(Self.count)", seed],
      program: Self.python)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let list = try JSONValue.parse(
      try InputFile.read(folder + "/cases.json"), path: folder + "/cases.json")
    let names = (list.array ?? []).compactMap(\.string)
    #expect(names.count > Self.count * 9 / 10, "\(outcome.errors)")
    for name in names {
      let found = try ParquetCases.differences("\(folder)/\(name).parquet")
      #expect(found.problems.isEmpty, "\(found.problems.joined(separator: "\n"))")
    }
  }

  /// A flipped byte may change a value; it never ends the program, and every column has its rows.
  @Test("two thousand damaged files end in an error or in a table")
  func mutations() throws {
    let folder = TestData.temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/t.parquet"
    var (errors, tables) = (0, 0)
    // Large files have more bytes, not more kinds of them; small ones are quicker.
    let names = ParquetCases.names.filter { $0 != "polars" && $0 != "pyarrow-types" }
    let originals = try names.map { try InputFile.read(ParquetCases.path($0)) }
    for seed in 0..<2_000 {
      var state = UInt64(seed) &* 0xD1B5_4A32_D192_ED03
      // SplitMix64 (Steele, Lea, Flood 2014).
      func pick(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return Int((z ^ z >> 31) % UInt64(max(1, bound)))
      }
      var bytes = originals[pick(originals.count)]
      switch pick(8) {
      case 0:
        // Cut within, with the end put behind again, so that the footer is looked at.
        let end = bytes.count - 8 - pick(min(200, bytes.count - 8))
        bytes.removeSubrange(pick(end)..<end)
      case 1: bytes.removeLast(1 + pick(bytes.count))
      default:
        for _ in 0...pick(3) {
          // Metadata stands at the end: half of the flips go there.
          let at = pick(2) == 0 ? pick(bytes.count) : bytes.count - 1 - pick(bytes.count / 2)
          bytes[at] = pick(2) == 0 ? bytes[at] ^ (1 << UInt8(pick(8))) : UInt8(pick(256))
        }
      }
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      do throws(DiagnosticList) {
        let file = try ParquetFile.open(path: path)
        for name in file.columnNames {
          do throws(DiagnosticList) {
            let table = try file.read([ColumnRequest(name, as: .text)], threads: 1)
            guard case .texts(let codes, let texts) = table.columns[0] else { continue }
            #expect(codes.count == table.rowCount)
            #expect(codes.allSatisfy { texts.indices.contains(Int($0)) })
            tables += 1
          } catch { errors += 1 }
        }
      } catch { errors += 1 }
    }
    #expect(errors > 500)
    #expect(tables > 500)
  }
}

@Suite(
  "Parquet twins of CSV files",
  .enabled(if: TestData.external != nil, "\(TestData.externalReason)"))
struct ParquetTwinTests {
  /// Parquet files of the reference data with the CSV of the same table.
  static let twins: [(parquet: String, csv: String)] = {
    guard let root = TestData.external, let folder = try? InputFolder(root) else { return [] }
    var twins: [(String, String)] = []
    for table in ["binary", "multiclass", "regression"] {
      let inner = "artifacts/predictions/" + table
      for entry in (try? folder.entries(inner)) ?? [] where entry.name.hasSuffix(".parquet") {
        twins.append(("\(root)/\(inner)/\(entry.name)", "\(root)/\(inner)/predictions.csv"))
      }
    }
    return twins
  }()

  /// Expected: pandas' CSV of the same frame.
  @Test("every text equals that of the CSV, and every number, of floats to their precision")
  func equal() throws {
    #expect(Self.twins.count >= 24)
    for (path, csv) in Self.twins {
      let table = try CSVReader.read(path: csv)
      let file = try ParquetFile.open(path: path)
      #expect(file.columnNames == table.columns)
      for (index, name) in table.columns.enumerated() {
        let texts = table.texts(index)
        #expect(try ParquetCases.texts(file, name, threads: 2) == texts, "\(path), \(name)")
        guard table.kind(index) == .number,
          let wanted = try? table.numbers(index)
        else { continue }
        let found = try ParquetCases.numbers(file, name)
        let isSame = zip(wanted, found).allSatisfy { a, b in
          // A float's digits in the CSV are the fewest of 32 bits.
          a == b || (a.isNaN && b.isNaN) || Double(Float(a)) == b
        }
        #expect(isSame && wanted.count == found.count, "\(path), \(name)")
      }
    }
  }

  @Test("a prediction that is not finite is named by row and column")
  func notFinite() throws {
    for (path, _) in Self.twins where path.contains("regression") {
      let file = try ParquetFile.open(path: path)
      let columns = ["baseline_pred", "federated_pred"]
      let problems = columns.compactMap { name -> DiagnosticList? in
        do throws(DiagnosticList) {
          _ = try ParquetCases.numbers(file, name)
          return nil
        } catch { return error }
      }
      #expect(problems.contains { $0.rendered.contains("expected a finite number in column") })
    }
  }

  @Test("a truncated file says that its end is missing")
  func truncated() throws {
    let path = try #require(TestData.external) + "/artifacts/predictions/awkward/truncated.parquet"
    do {
      _ = try ParquetFile.open(path: path)
      Issue.record("the end is missing")
    } catch {
      #expect(
        error.rendered
          == "\(path): error: expected valid Parquet: the file does not end with PAR1, so its end is "
          + "missing\n  help: write or copy the file again")
    }
  }
}
