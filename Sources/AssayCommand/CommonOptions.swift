import ArgumentParser
import AssayEvidence
import AssayFiles
import AssayPipeline

/// Flags that most commands share.
struct CommonOptions: ParsableArguments {
  @Flag(name: .long, help: "Print nothing but errors.")
  var quiet = false

  @Option(
    name: .long, help: "Worker threads; the result does not depend on it. 0: one for each core.")
  var threads: Int = 0

  @Option(
    name: .customLong("as-of"),
    help: "The clock of every document, such as 2026-01-31T08:00:00Z. Default: now.")
  var asOf: String?

  @Option(
    name: .long,
    help: "Folder with templates; default: beside the installed executable, else the package.")
  var templates: String?

  func validate() throws {
    if threads < 0 || threads > 1024 {
      throw ValidationError("--threads: expected a number from 0 to 1024, found \(threads)")
    }
    if let asOf, Timestamp(asOf) == nil {
      throw ValidationError(
        "--as-of: expected a time such as 2026-01-31T08:00:00Z, found '\(asOf)'")
    }
  }

  /// The clock of every document.
  var clock: Timestamp { asOf.flatMap { Timestamp($0) } ?? .now() }

  /// What the pipeline needs to know of these flags.
  func environment() -> PipelineEnvironment {
    PipelineEnvironment(
      threads: threads, asOf: clock, templates: templates,
      progress: Terminal.progress(isQuiet: quiet))
  }
}

/// Flags of everything that judges a checklist.
struct JudgingOptions: ParsableArguments {
  @Option(name: .long, help: "Checklist file; default: the installed pilot-readiness.yaml.")
  var checklist: String?

  @Option(name: .long, help: "cross-device, cross-silo or regulated.")
  var profile: Profile?

  @Option(name: .long, help: "The human part of the documents, statements.yaml.")
  var statements: String?

  @Option(name: .long, help: "release or trial; a trial does not wait for attestations.")
  var stage: Stage?

  /// The choices for the pipeline; `nil` leaves one to the pilot or the folder.
  var choice: JudgingChoice {
    JudgingChoice(checklist: checklist, profile: profile, statements: statements, stage: stage)
  }
}

extension Profile: ExpressibleByArgument {}
extension Stage: ExpressibleByArgument {}

/// The vector instructions to train with.
enum KernelChoice: String, ExpressibleByArgument, CaseIterable {
  case auto, scalar, avx2, avx512, neon
}
