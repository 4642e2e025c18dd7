import ArgumentParser
import AssayDiagnostics
import AssayPipeline

struct RunCommand: AssayOperation {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Train every arm with every seed, evaluate, account, judge, write all documents.",
    discussion: """
      Exit code 0 when the gate holds no failure and no error, 1 when it does; the documents are \
      written either way. A run that was killed goes on from its last checkpoint when the same \
      command is given again.

      Examples:
        assay run pilot.yaml -o out
        assay run pilot.yaml -o out --stage trial --as-of 2026-01-31T08:00:00Z
        assay run pilot.yaml -o out --data ~/data/adult.csv
      """)

  @Argument(help: "The pilot file.")
  var pilot: String?

  @Option(name: [.short, .long], help: "Folder for the documents.")
  var output: String?

  @Option(
    name: .long,
    help:
      "The data file, instead of the one that the pilot names; or the folder its paths start from.")
  var data: String?

  @Flag(
    name: .customLong("list-algorithms"), help: "List the algorithms of federated arms, and end.")
  var listAlgorithms = false

  @Option(
    name: .long, help: "Vector instructions: auto, scalar, avx2, avx512, neon. Same bits for all.")
  var kernels: KernelChoice = .auto

  @Option(
    name: .customLong("checkpoint-seconds"),
    help: """
      Seconds between checkpoints, kept in .DIR.assay-progress beside DIR until it is written; the same \
      command goes on from there after a kill. 0: after every round. No effect on results.
      """)
  var checkpointSeconds = 30.0

  @Flag(name: .long, help: "Print one JSON document with the verdicts to standard output.")
  var json = false

  @OptionGroup var judging: JudgingOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if listAlgorithms { return }
    if pilot == nil { throw ValidationError("expected a pilot file; try: assay init my-pilot") }
    guard checkpointSeconds >= 0, checkpointSeconds <= 1e9 else {
      throw ValidationError(
        "--checkpoint-seconds: expected a number from 0 to 1e9, found \(checkpointSeconds)")
    }
    if output == nil { throw ValidationError("expected a folder for the documents: -o DIR") }
  }

  func perform() throws -> ExitStatus {
    if listAlgorithms {
      Terminal.out(algorithmList())
      return .met
    }
    guard let pilot, let output else { return .misuse }
    var environment = common.environment()
    environment.kernels = kernels.rawValue
    let result = try runPilot(
      at: pilot, output: output, data: data, judging: judging.choice,
      checkpointSeconds: checkpointSeconds, environment: environment)
    Terminal.out(json ? result.json.serialized() : common.quiet ? "" : result.summary)
    return result.isGateMet ? .met : .notMet
  }
}
