import ArgumentParser
import AssayDiagnostics
import AssayPipeline

struct IngestCommand: AssayOperation {
  static let configuration = CommandConfiguration(
    commandName: "ingest",
    abstract: "Read the runs of other tools into normal run records.",
    discussion: """
      What an artifact does not hold is absent and named in the warnings; nothing is guessed, nothing \
      is executed, and nothing outside of SOURCE is read.

      Examples:
        assay ingest mlruns --json
        assay ingest runs/fedavg -o ingested && assay report ingested
        assay ingest --formats
      """)

  @Argument(help: "Stores, run folders or single files.")
  var source: [String] = []

  @Option(name: .long, help: "Read as this format; default: recognised from the content.")
  var format: String?

  @Flag(name: .long, help: "List the formats, and end.")
  var formats = false

  @Option(name: .long, help: "Name or id of the run that may be released; default: the only one.")
  var candidate: String?

  @Option(name: .long, help: "Name or id of the centralised run it is compared with.")
  var baseline: String?

  @Option(name: [.short, .long], help: "Folder for the run records.")
  var output: String?

  @Flag(name: .long, help: "Print one JSON document to standard output.")
  var json = false

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if !formats && source.isEmpty { throw ValidationError("expected a source; try --formats") }
  }

  func perform() throws -> ExitStatus {
    if formats {
      Terminal.out(formatList())
      return .met
    }
    let result = try ingestRuns(
      sources: source, format: format, output: output, candidate: candidate, baseline: baseline,
      environment: common.environment())
    Terminal.out(json ? result.json.serialized() : common.quiet ? "" : result.summary)
    return .met
  }
}
