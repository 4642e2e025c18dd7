import ArgumentParser
import AssayDiagnostics
import AssayFiles
import AssayPipeline

struct SelfTestCommand: AssayOperation {
  static let configuration = CommandConfiguration(
    commandName: "selftest",
    abstract: "Test the engine's exact identities on this machine, and report as JUnit XML.",
    discussion: """
      Trains small models and tests what must hold exactly: identities between algorithms, known \
      answers, the same bits for any number of threads and any instruction set, and the same weights \
      as on every other machine. Exit code 0 when everything passed, 1 when something failed.

      Examples:
        assay selftest
        assay selftest -o selftest.xml
      """)

  @Option(name: [.short, .long], help: "File for the JUnit XML; default: standard output.")
  var output: String?

  @Flag(name: .long, help: "Print one JSON document to standard output, and the XML only to -o.")
  var json = false

  @OptionGroup var common: CommonOptions

  func perform() throws -> ExitStatus {
    let result = try selfTest(environment: common.environment())
    if let output { try replaceFile(output, with: Array(result.junit.utf8)) }
    if json {
      Terminal.out(result.json.serialized())
    } else if output == nil {
      Terminal.out(result.junit)
    }
    if !common.quiet || !result.isPassed { Terminal.error(result.summary) }
    return result.isPassed ? .met : .notMet
  }
}
