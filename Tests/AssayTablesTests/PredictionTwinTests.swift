import AssayDiagnostics
import AssayFiles
import AssayTestSupport
import Foundation
import Testing

@testable import AssayTables

/// The same predictions in every format, against the CSV: pandas 3.1, pyarrow 26, NumPy.
@Suite(
  "Predictions in every format",
  .enabled(if: TestData.external != nil, "\(TestData.externalReason)"))
struct PredictionTwinTests {
  static let folder = (TestData.external ?? "") + "/artifacts/predictions/"
  static let endings = [".arrows", ".feather", ".npz", ".jsonl", ".json"]

  @Test("a file has the values of its CSV twin", arguments: ["binary", "multiclass", "regression"])
  func twins(_ set: String) throws {
    let folder = Self.folder + set
    let twin = try CSVReader.read(path: folder + "/predictions.csv")
    var files = 0
    for entry in try InputFolder(folder).entries()
    where Self.endings.contains(where: { entry.name.hasSuffix($0) }) {
      let source = try TypedTableReading.open(folder + "/" + entry.name)
      #expect(Set(source.columnNames) == Set(twin.columns), "\(entry.name)")
      for (index, column) in twin.columns.enumerated() {
        let difference = try Self.difference(source, twin, column, index)
        #expect(difference == nil, "\(set)/\(entry.name), '\(column)': \(difference ?? "")")
      }
      files += 1
    }
    #expect(files == 8)
  }

  /// Numbers are compared as numbers: the CSV and JSON of single-precision columns have other digits,
  /// and pandas writes JSON records with ten digits.
  private static func difference(
    _ source: any ColumnSource, _ twin: Table, _ column: String, _ index: Int
  ) throws -> String? {
    let texts = try TypedTableReading.texts(source, column)
    if texts.count != twin.rowCount { return "\(texts.count) rows" }
    let isRounded = source.path.hasSuffix(".records.json")
    for (row, text) in texts.enumerated() {
      let wanted = twin.text(row, index)
      if text == wanted || (wanted.isEmpty && ["", "nan", "None"].contains(text)) { continue }
      // pandas writes infinity into JSON records as null.
      if isRounded, wanted == "inf", text.isEmpty { continue }
      if column == "scored_at", isSameTime(text, wanted) { continue }
      guard let number = Double(text), let other = Double(wanted) else {
        return "row \(row): '\(text)', not '\(wanted)'"
      }
      if number == other || Float(number) == Float(other) && column.hasPrefix("federated_score") {
        continue
      }
      if isRounded, abs(number - other) <= 5e-10 * max(1, abs(other)) { continue }
      return "row \(row): \(number), not \(other)"
    }
    return nil
  }

  /// JSON has times with a T, and pandas' records with milliseconds and a Z.
  private static func isSameTime(_ text: String, _ wanted: String) -> Bool {
    text.replacing("T", with: " ").replacing(".000Z", with: "+00:00") == wanted
  }

  @Test(
    "arrays beside one another have the values of the CSV",
    arguments: [
      ("binary", ["baseline_score", "federated_score", "weight"]),
      ("multiclass", []),
      ("regression", []),
    ])
  func arrays(_ set: String, _ names: [String]) throws {
    let folder = Self.folder + set
    let twin = try CSVReader.read(path: folder + "/predictions.csv")
    let labels = try TypedTableReading.open(folder + "/y_true.npy")
    #expect(labels.columnNames == ["y_true"])
    #expect(try TypedTableReading.texts(labels, "y_true").count == twin.rowCount)
    let scores = try TypedTableReading.open(folder + "/scores.npy")
    for name in ["scores.bigendian", "scores.fortran.f4"] {
      let other = try TypedTableReading.open(folder + "/\(name).npy")
      #expect(other.columnNames.count == scores.columnNames.count)
      for (column, otherColumn) in zip(scores.columnNames, other.columnNames) {
        let (a, b) = (
          try TypedTableReading.texts(scores, column),
          try TypedTableReading.texts(other, otherColumn)
        )
        // A single holds half an ulp of itself.
        #expect(
          zip(a, b).allSatisfy { $0 == $1 || Float($0) == Float($1) && name.hasSuffix("f4") },
          "\(set)/\(name), \(otherColumn)")
      }
    }
    for (index, name) in names.enumerated() {
      guard let column = twin.columns.firstIndex(of: name) else { continue }
      let texts = try TypedTableReading.texts(scores, "scores[\(index)]")
      for (row, text) in texts.enumerated() {
        let (number, other) = (Double(text) ?? .nan, Double(twin.text(row, column)) ?? .nan)
        #expect(number == other || Float(number) == Float(other), "\(set), \(name), row \(row)")
      }
    }
  }

  private static func refusal(_ path: String, column: String? = nil) -> String {
    do {
      let source = try TypedTableReading.open((TestData.external ?? "") + "/artifacts/" + path)
      for name in source.columnNames where column == nil || column == name {
        _ = try source.read([ColumnRequest(name, as: .number(allowMissing: true))], threads: 2)
      }
      return "read"
    } catch let error as DiagnosticList { return error.rendered } catch { return "\(error)" }
  }

  @Test("awkward files get a clear error")
  func awkward() {
    let literals = Self.refusal("predictions/awkward/nan_literals.jsonl", column: "y_score")
    for line in [
      "nan_literals.jsonl:1:39: error: expected a finite number in column 'y_score', found 'NaN'",
      "nan_literals.jsonl:2:39: error: expected a finite number in column 'y_score', found 'Infinity'",
      "nan_literals.jsonl:3:39: error: expected a finite number in column 'y_score', found 'NaN'",
    ] { #expect(literals.contains(line), "\(literals)") }
    #expect(
      Self.refusal("predictions/awkward/object_array.npy").contains("it holds pickles"))
  }

  @Test(
    "hostile files are refused",
    arguments: [
      ("bomb.npz", "bytes of which 4000000 are there"),
      ("zipslip.npz", "its name would lead out of a folder"),
      ("huge_header.npy", "bytes in the header of an array"),
      ("negative_shape.npy", "a shape that is not made of lengths from 0"),
    ])
  func hostile(_ name: String, _ part: String) {
    let text = Self.refusal("hostile/" + name)
    #expect(text.contains(part), "\(text)")
  }
}
