import AssayTestSupport
import AssayXML
import Foundation
import Testing

/// `assay selftest` as a user runs it.
@Suite struct SelfTestTests {
  @Test("the engine passes its own test, and the report is JUnit")
  func passes() throws {
    let folder = TestData.temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let outcome = try Executable.run(
      ["selftest", "-o", "report.xml", "--as-of", "2026-01-31T08:00:00Z"], in: folder)
    #expect(outcome.status == 0)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.contains("0 failed"))
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/report.xml")))
    let suites = try XMLDocument(bytes, path: "report.xml").root().children("testsuite")
    #expect(suites.count >= 9)
    #expect(suites.allSatisfy { $0["timestamp"] == "2026-01-31T08:00:00" })
    #expect(suites.contains { $0["name"] == "Training identities" })
  }

  @Test("a report that cannot be written ends with 74")
  func unwritable() throws {
    let outcome = try Executable.run(["selftest", "-o", "/nonexistent/report.xml"])
    #expect(outcome.status == 74)
  }
}
