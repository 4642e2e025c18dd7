import AssayFiles
import AssayTestSupport
import Testing

@testable import AssayTraining

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The checks of `assay selftest`, and that each of them can fail.
@Suite struct SelfTestTests {
  @Test("every check of the engine holds")
  func all() {
    if getenv("RECORD_GOLDEN") != nil { return record() }
    for result in SelfCheck.run(SelfCheck.all, threads: 2) {
      if case .failed(let found, let expected) = result.outcome {
        Issue.record("\(result.suite): \(result.name): found \(found), expected \(expected)")
      }
    }
  }

  @Test("a check's name stands once in its family, and all families are there")
  func names() {
    let names = SelfCheck.all.map { "\($0.suite): \($0.name)" }
    #expect(Set(names).count == names.count)
    #expect(Set(SelfCheck.all.map(\.suite)).count >= 9)
    #expect(Set(SmallTraining.all.map(\.name)).isSuperset(of: AlgorithmEntry.catalogue.map(\.name)))
    #expect(GoldenDigests.weights.count == SmallTraining.all.count)
  }

  /// The reference is trained with another rate, so the two sides must differ.
  @Test("every training identity is able to fail", arguments: TrainingIdentity.all.indices)
  func identitiesCanFail(index: Int) {
    var identity = TrainingIdentity.all[index]
    #expect(identity.check.test(2) == .passed, "\(identity.name)")
    switch identity.reference {
    case .federated(var plan):
      plan.local.learningRate *= 1.01
      identity.reference = .federated(plan)
    case .centralized(var plan):
      plan.learningRate *= 1.01
      identity.reference = .centralized(plan)
    case .local(var plan):
      plan.learningRate *= 1.01
      identity.reference = .local(plan)
    case .trivial, .optimum: Issue.record("not a training: \(identity.name)")
    }
    guard case .failed = identity.check.test(2) else {
      Issue.record("cannot fail: \(identity.name)")
      return
    }
  }

  @Test("a comparison names the value that is farthest away")
  func comparison() {
    #expect(SelfCheckOutcome.close([1, 2], [1, 2], within: 0) == .passed)
    #expect(SelfCheckOutcome.close([1, 2.1, 3.5], [1, 2, 3], within: 0.5) == .passed)
    #expect(
      SelfCheckOutcome.close([1, 2.5, 4], [1, 2, 3], within: 0.1)
        == .failed(found: "value 2: 4.0", expected: "3.0, at most 0.1 apart"))
    #expect(
      SelfCheckOutcome.close([0], [-0.0], within: 0)
        == .failed(found: "value 0: 0.0", expected: "-0.0, the same bits"))
    #expect(
      SelfCheckOutcome.close([.nan], [1], within: 0.1)
        == .failed(found: "value 0: nan", expected: "1.0, at most 0.1 apart"))
    #expect(
      SelfCheckOutcome.close([1], [], within: 1)
        == .failed(found: "1 values", expected: "0 values"))
  }

  /// Writes the digests of this machine; the run fails, so that somebody reads the difference.
  private func record() {
    var text = """
      /// SHA-256 of the weights of every ``SmallTraining``, written by its test under `RECORD_GOLDEN=1`.
      ///
      /// They change only with the arithmetic or the random numbers of the engine, and then *Numbers that
      /// changed* in the changelog says so.
      enum GoldenDigests {
        static let weights: [String: String] = [

      """
    for training in SmallTraining.all {
      text += "    \"\(training.name)\":\n      \"\(training.digest(threads: 2))\",\n"
    }
    text += "  ]\n}\n"
    do {
      try replaceFile(
        TestData.packageRoot + "/Sources/AssayTraining/SelfTest/GoldenDigests.swift",
        with: Array(text.utf8))
      Issue.record("digests were written; read the difference")
    } catch {
      Issue.record("\(error)")
    }
  }
}
