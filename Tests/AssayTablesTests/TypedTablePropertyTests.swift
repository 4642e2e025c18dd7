import AssayFiles
import AssayTestSupport
import Foundation
import Testing

@Suite("Typed tables beside the tools that write them")
struct TypedTablePropertyTests {
  static let packages = ["pyarrow", "numpy"]
  static let python = PythonPeer.interpreter(importing: packages)

  /// How many random tables of each kind are written; `ASSAY_CASES` asks for more.
  static let caseCount = ProcessInfo.processInfo.environment["ASSAY_CASES"].flatMap(Int.init) ?? 40

  /// Expected: the values that the script drew, written by pyarrow, NumPy or Python's json.
  @Test(
    "random tables have the values that were written",
    .enabled(if: python != nil, "\(PythonPeer.reason(packages))"),
    arguments: ["arrow", "numpy", "json"])
  func random(_ kind: String) throws { try compare(kind, Self.python) }

  static let polarsPackages = ["polars", "numpy"]
  static let polars = PythonPeer.interpreter(importing: polarsPackages)

  /// Polars has a writer of its own: views for texts, categories, enumerations.
  @Test(
    "random Arrow files of Polars have the values that were written",
    .enabled(if: polars != nil, "\(PythonPeer.reason(polarsPackages))"))
  func polarsFiles() throws { try compare("polars", Self.polars) }

  private func compare(_ kind: String, _ python: String?) throws {
    let folder = TestData.temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let script = TestData.packageRoot + "/Tests/AssayTablesTests/Fixtures/write_cases.py"
    let first = ProcessInfo.processInfo.environment["ASSAY_FIRST_CASE"] ?? "1"
    let outcome = try Executable.run(
      [script, folder, kind, first, "\(Self.caseCount)"], program: python)
    #expect(outcome.status == 0, "\(outcome.errors)")
    var (cases, values) = (0, 0)
    for entry in try InputFolder(folder).entries() where entry.name.hasSuffix(".expected.json") {
      let found = try TypedTableReading.differences(
        expected: folder + "/" + entry.name, in: folder)
      #expect(found.problems.isEmpty, "\(found.problems.joined(separator: "\n"))")
      cases += 1
      values += found.values
    }
    print("\(kind): \(cases) tables, \(values) values")
    #expect(cases > Self.caseCount / 2)
  }
}
