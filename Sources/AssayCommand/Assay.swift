import ArgumentParser
import AssayDiagnostics
import AssayFiles
import AssayPipeline

/// The `assay` executable: reads the command line, calls the pipeline, turns errors into messages
/// and exit codes.
@main
struct Assay: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "assay",
    abstract:
      "Is the federated model good enough, for whom is it worse, what privacy does it give?",
    discussion: """
      Trains baseline-against-federated comparisons, reads the runs of other tools, measures with \
      intervals, accounts differential privacy, and writes an evaluation report, a model card, a \
      DP feasibility report and a pilot-readiness checklist with a JUnit gate.

      First steps:
        assay init my-pilot
        assay run my-pilot/pilot.yaml -o my-pilot/out

      Exit codes: 0 done, gate met · 1 gate not met, or a difference found · 2 input invalid \
      · 64 command line misused · 70 a bug in assay · 74 output could not be written.
      """,
    version: AssayVersion.current,
    subcommands: [
      InitCommand.self, RunCommand.self, EvaluateCommand.self, StatsCommand.self,
      MergeCommand.self, AccountCommand.self, AuditCommand.self,
      IngestCommand.self, ReportCommand.self, GateCommand.self, ReproduceCommand.self,
      VerifyCommand.self, SelfTestCommand.self,
    ])

  static func main() {
    Interruption.watch()
    let status: ExitStatus
    do {
      var command = try parseAsRoot()
      if let operation = command as? any AssayOperation {
        status = try operation.perform()
      } else {
        // `--help`, `--version` and a bare `assay`: ArgumentParser prints and ends the process.
        try command.run()
        status = .met
      }
    } catch {
      end(with: error)
    }
    Terminal.flush()
    exitProcess(status)
  }

  /// Words an error, and ends the process with its exit code.
  private static func end(with error: any Error) -> Never {
    switch error {
    case let list as DiagnosticList:
      Terminal.error(list.rendered)
      exitProcess(.invalidInput)
    case let diagnostic as Diagnostic:
      Terminal.error(diagnostic.rendered)
      exitProcess(.invalidInput)
    case let output as OutputError:
      Terminal.error(output.diagnostic.rendered)
      exitProcess(.outputFailed)
    case let bug as InternalError:
      Terminal.error("assay: \(bug.message)\nThis is a bug in assay; please report it.")
      exitProcess(.internalError)
    default:
      // ArgumentParser's own errors: the message with usage, exit 64; help and version, exit 0.
      exit(withError: error)
    }
  }
}

/// A subcommand: does its work and says how the process ends.
protocol AssayOperation: ParsableCommand {
  /// Does the work.
  func perform() throws -> ExitStatus
}

extension AssayOperation {
  func run() throws { _ = try perform() }
}
