import ArgumentParser
import AssayDiagnostics
import AssayPipeline

struct ReportCommand: AssayOperation {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write the documents again from what a folder holds, without training.",
    discussion: """
      Examples:
        assay report out --statements statements.yaml
        assay report ingested --profile regulated
      """)

  @Argument(help: "A folder that assay wrote.")
  var folder: String

  @Option(name: [.short, .long], help: "Write to another folder; default: the folder itself.")
  var output: String?

  @Flag(name: .long, help: "Print one JSON document with the verdicts to standard output.")
  var json = false

  @OptionGroup var judging: JudgingOptions
  @OptionGroup var common: CommonOptions

  func perform() throws -> ExitStatus {
    var environment = common.environment()
    environment.isClockGiven = common.asOf != nil
    let result = try report(
      folder: folder, output: output ?? folder, judging: judging.choice, environment: environment)
    Terminal.out(json ? result.json.serialized() : common.quiet ? "" : result.summary)
    return result.isGateMet ? .met : .notMet
  }
}

struct GateCommand: AssayOperation {
  static let configuration = CommandConfiguration(
    commandName: "gate",
    abstract: "Judge a checklist again from what a folder holds; print the verdicts.",
    discussion: """
      Writes gate.xml only when -o names a file; the folder stays as it is.

      Examples:
        assay gate out --profile regulated
        assay gate out --stage trial -o trial-gate.xml
      """)

  @Argument(help: "A folder that assay wrote.")
  var folder: String

  @Option(name: [.short, .long], help: "File for the JUnit XML.")
  var output: String?

  @Flag(name: .long, help: "Print one JSON document with the verdicts to standard output.")
  var json = false

  @OptionGroup var judging: JudgingOptions
  @OptionGroup var common: CommonOptions

  func perform() throws -> ExitStatus {
    var environment = common.environment()
    environment.isClockGiven = common.asOf != nil
    let result = try gate(
      folder: folder, output: output, judging: judging.choice, environment: environment)
    Terminal.out(json ? result.json.serialized() : common.quiet ? "" : result.summary)
    return result.isGateMet ? .met : .notMet
  }
}
