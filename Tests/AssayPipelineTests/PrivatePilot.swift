import AssayDiagnostics
import AssayEvidence
import AssayFiles
import AssayTestSupport

@testable import AssayPipeline

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A pilot of ten clients with one private arm beside a plain one, in a folder of its own.
struct PrivatePilot {
  let folder = TestData.temporaryFolder()
  var path: String { folder + "/pilot.yaml" }
  var output: String { folder + "/out" }

  /// - Parameters:
  ///   - privacy: What stands behind `privacy:`.
  ///   - arm: Further lines of the private arm.
  ///   - more: Further arms.
  init(
    _ privacy: String, arm: String = "", more: String = "", statements: String? = nil,
    rows: Int = 400
  ) throws {
    var text = """
      assay: 1
      name: private
      data:
        path: data.csv
        client: site
        client_is: person
        label: label
        split: {column: split}
        scaling: none
      seeds: [1, 2]
      arms:
        - name: federated
          kind: federated
          rounds: 4
          clients_per_round: 4
          local: {epochs: 2, batch_size: 8, learning_rate: 0.1}
        - name: private
          extends: federated
          privacy: \(privacy)

      """
    if !arm.isEmpty { text += "    \(arm)\n" }
    text += more
    if let statements {
      text += "statements: statements.yaml\n"
      try write(statements, "statements.yaml")
    }
    try write(text, "pilot.yaml")
    var data = "site,split,age,dose,label\n"
    var state: UInt64 = 7
    func next() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) / 9_007_199_254_740_992
    }
    for row in 0..<rows {
      let (age, dose) = (next() * 2 - 1, next() * 2 - 1)
      data += "site-\(row % 10),\(row % 40 < 10 ? "test" : "train"),\(age),\(dose),"
      data += age + dose + next() - 0.5 > 0 ? "1\n" : "0\n"
    }
    try write(data, "data.csv")
  }

  private struct NoFile: Error {}

  private func write(_ text: String, _ name: String) throws {
    guard let file = fopen(folder + "/" + name, "w") else { throw NoFile() }
    fputs(text, file)
    fclose(file)
  }

  static let environment = PipelineEnvironment(
    threads: 2, asOf: Timestamp(secondsSince1970: 1_767_225_600))

  func assess() throws -> AssessedPilot {
    try AssayPipeline.assess(
      pilotAt: path, judging: JudgingChoice(), environment: Self.environment)
  }

  /// What reading or resolving the pilot says; `nil` when nothing is wrong.
  func message() throws -> String? {
    do {
      let pilot = try Pilot.read(path: path)
      let data = try DataPreparation(plan: pilot.data, pilotPath: path, override: nil).prepare()
      let inputs = try JudgingInputs(pilot: pilot, choice: JudgingChoice())
      _ = try ResolvedPlan(pilot: pilot, data: data, statements: inputs.statements)
      return nil
    } catch let error as Diagnostic {
      return error.rendered.replacing(folder + "/", with: "")
    }
  }
}
