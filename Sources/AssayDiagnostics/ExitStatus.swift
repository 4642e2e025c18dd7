/// What the process tells its caller, as fixed for scripts and CI jobs.
public enum ExitStatus: Int32, Sendable {
  /// Done; the gate holds no failure and no error.
  case met = 0
  /// The gate holds a failure or an error, or a verification found a difference.
  case notMet = 1
  /// The input is invalid, unsafe or over a limit; nothing was written.
  case invalidInput = 2
  /// The command line was misused.
  case misuse = 64
  /// A bug in Assay.
  case internalError = 70
  /// Output could not be written; nothing half-written stays.
  case outputFailed = 74
  /// Interrupted by the user.
  case interrupted = 130
  /// Terminated by the system.
  case terminated = 143
}

/// Output could not be written.
public struct OutputError: Error, Sendable {
  /// What went wrong, and where.
  public var diagnostic: Diagnostic

  /// Creates the error.
  public init(path: String, reason: String) {
    diagnostic = Diagnostic(.unwritable(reason: reason), at: SourceLocation(path: path))
  }
}
