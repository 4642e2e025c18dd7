import ArgumentParser
import AssayDiagnostics
import AssayPipeline

struct VerifyCommand: AssayOperation {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract:
      "Check every digest of a folder, and that each printed number follows from its source.",
    discussion: """
      Example:
        assay verify out
      """)

  @Argument(help: "A folder that assay wrote.")
  var folder: String

  @Flag(name: .long, help: "Print one JSON document to standard output.")
  var json = false

  @OptionGroup var common: CommonOptions

  func perform() throws -> ExitStatus {
    let result = try verify(folder: folder, environment: common.environment())
    Terminal.out(json ? result.json.serialized() : common.quiet ? "" : result.summary)
    return result.differences.isEmpty ? .met : .notMet
  }
}

struct ReproduceCommand: AssayOperation {
  static let configuration = CommandConfiguration(
    commandName: "reproduce",
    abstract: "Run again what a folder records, and compare bit by bit.",
    discussion: """
      The digests of the inputs are compared first. Arms whose noise came from the operating system \
      cannot be repeated; they are named and left out.

      Examples:
        assay reproduce out
        assay reproduce out --data copy-of-data.csv
        assay reproduce out --record
      """)

  @Argument(help: "A folder that 'assay run' wrote.")
  var folder: String

  @Option(name: .long, help: "The data file, or the folder that the pilot's paths start from.")
  var data: String?

  @Option(
    name: .long, help: "Vector instructions: auto, scalar, avx2, avx512, neon. Same bits for all.")
  var kernels: KernelChoice = .auto

  @Flag(
    name: .long,
    help:
      "Write a success into the folder's evidence, where check RP-2 finds it, and its documents again."
  )
  var record = false

  @Flag(name: .long, help: "Print one JSON document to standard output.")
  var json = false

  @OptionGroup var common: CommonOptions

  func perform() throws -> ExitStatus {
    var environment = common.environment()
    environment.kernels = kernels.rawValue
    let result = try reproduce(
      folder: folder, data: data, isRecorded: record, environment: environment)
    Terminal.out(json ? result.json.serialized() : common.quiet ? "" : result.summary)
    return result.differences.isEmpty ? .met : .notMet
  }
}
