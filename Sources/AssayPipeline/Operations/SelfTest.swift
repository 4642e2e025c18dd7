import AssayDocuments
import AssayEvidence
import AssayFiles
import AssayTraining

/// What a test of the engine by itself found.
public struct SelfTestResult: Sendable {
  /// Every check in order.
  public var results: [SelfCheckResult]
  /// JUnit XML in the dialect of the gate.
  public var junit: String

  /// Whether no check failed.
  public var isPassed: Bool { failures.isEmpty }
  private var failures: [(SelfCheckResult, found: String, expected: String)] {
    results.compactMap { result in
      guard case .failed(let found, let expected) = result.outcome else { return nil }
      return (result, found, expected)
    }
  }
  private var skipped: Int {
    results.count { if case .skipped = $0.outcome { true } else { false } }
  }

  /// A few lines for a reader: the counts, and every failure.
  public var summary: String {
    var lines = failures.map { result, found, expected in
      "failed: \(result.suite): \(result.name)\n  found:    \(found)\n  expected: \(expected)"
    }
    let passed = results.count - failures.count - skipped
    lines.append(
      "\(results.count) checks of the engine: \(passed) passed, \(failures.count) failed, "
        + "\(skipped) skipped (this processor lacks the instructions)")
    return lines.joined(separator: "\n") + "\n"
  }

  /// The same as one JSON document.
  public var json: JSONValue {
    .object([
      "schema": .string("assay.selftest/1"), "passed": .bool(isPassed),
      "checks": .array(
        results.map { result in
          var item: JSONObject = ["suite": .string(result.suite), "name": .string(result.name)]
          switch result.outcome {
          case .passed: item["outcome"] = .string("passed")
          case .failed(let found, let expected):
            item["outcome"] = .string("failed")
            item["found"] = .string(found)
            item["expected"] = .string(expected)
          case .skipped(let reason):
            item["outcome"] = .string("skipped")
            item["reason"] = .string(reason)
          }
          return .object(item)
        }),
    ])
  }
}

/// Tests the laws that the engine keeps exactly: identities between algorithms, known answers, the same
/// bits for any threads and instruction sets, and weights known from other machines.
/// - Parameter checks: Others than all of them, in tests of this test.
public func selfTest(
  _ checks: [SelfCheck] = SelfCheck.all, environment: PipelineEnvironment
) throws -> SelfTestResult {
  let results = SelfCheck.run(
    checks, threads: environment.threadCount, progress: environment.progress)
  let cases = results.map { result in
    var outcome = GateOutcome.pass
    var message = ""
    switch result.outcome {
    case .passed: break
    case .failed(let found, let expected):
      outcome = .failure
      message = "found \(found), expected \(expected)"
    case .skipped(let reason):
      outcome = .skipped
      message = reason
    }
    return TestReport.Case(
      suite: result.suite, name: result.name, outcome: outcome, message: message)
  }
  let junit = try TestReport(
    cases, properties: [(name: "tool.version", value: AssayVersion.current)]
  ).junit(asOf: environment.asOf.description)
  return SelfTestResult(results: results, junit: junit)
}
