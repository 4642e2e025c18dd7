import ArgumentParser
import AssayDiagnostics
import AssayPipeline

struct InitCommand: AssayOperation {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Write a starter pilot that runs as it is.",
    discussion: """
      Writes pilot.yaml, generated data, the human statements, a checklist and snippets for CI.

      Example:
        assay init my-pilot && assay run my-pilot/pilot.yaml -o my-pilot/out
      """)

  @Argument(help: "The folder to make; it must not hold anything else.")
  var folder: String

  @OptionGroup var common: CommonOptions

  func perform() throws -> ExitStatus {
    let files = try writeStarterPilot(to: folder, environment: common.environment())
    if !common.quiet {
      for file in files { Terminal.out("\(folder)/\(file)\n") }
      Terminal.out("\nnext: assay run \(folder)/pilot.yaml -o \(folder)/out\n")
    }
    return .met
  }
}
