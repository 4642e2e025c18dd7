import AssayFiles
import AssayTraining
import Testing

@testable import AssayPipeline

/// The report of `assay selftest`.
@Suite struct SelfTestReportTests {
  private static let environment = PipelineEnvironment(
    threads: 1, asOf: Timestamp(secondsSince1970: 0))

  @Test("a broken identity is a failure with what was found and expected")
  func broken() throws {
    let result = try selfTest(
      [
        SelfCheck("Sums", "one and one are two") { _ in .passed },
        SelfCheck("Sums", "two and two are four") { _ in
          .failed(found: "5", expected: "4")
        },
        SelfCheck("Vectors", "wide ones") { _ in .skipped(reason: "this processor has none") },
      ], environment: Self.environment)
    #expect(!result.isPassed)
    #expect(result.summary.contains("failed: Sums: two and two are four"))
    #expect(result.summary.contains("3 checks of the engine: 1 passed, 1 failed, 1 skipped"))
    #expect(result.junit.contains("message=\"found 5, expected 4\""))
    #expect(result.junit.contains("timestamp=\"1970-01-01T00:00:00\""))
    #expect(result.json["passed"]?.bool == false)
    #expect(result.json["checks"]?[1]?["expected"]?.string == "4")
  }

  @Test("checks that hold and checks that are skipped do not fail a run")
  func whole() throws {
    let result = try selfTest(
      [
        SelfCheck("Sums", "one and one are two") { _ in .passed },
        SelfCheck("Vectors", "wide ones") { _ in .skipped(reason: "this processor has none") },
      ], environment: Self.environment)
    #expect(result.isPassed)
    #expect(result.json["checks"]?[1]?["reason"]?.string == "this processor has none")
  }
}
