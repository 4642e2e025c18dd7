import AssayDiagnostics
import AssayFiles

#if canImport(Glibc)
  @preconcurrency import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Standard output and standard error.
enum Terminal {
  /// Prints to standard output.
  static func out(_ text: String) { write(text, to: 1) }

  /// Prints a message to standard error.
  static func error(_ text: String) { write(text + "\n", to: 2) }

  /// Prints progress to standard error; one line that is overwritten on a terminal, nothing when
  /// `isQuiet`.
  static func progress(isQuiet: Bool) -> @Sendable (String) -> Void {
    if isQuiet { return { _ in } }
    return { text in write("assay: \(printable(text))\n", to: 2) }
  }

  static func flush() { fflush(nil) }

  private static func write(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc_write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        // Standard output that cannot be written is an output failure; a closed standard error is not.
        if descriptor == 1 { exitProcess(.outputFailed) }
        return
      }
      bytes.removeFirst(count)
    }
  }
}

private func Glibc_write(
  _ descriptor: Int32, _ buffer: UnsafeRawPointer?, _ count: Int
) -> Int { write(descriptor, buffer, count) }

/// Ends the process.
func exitProcess(_ status: ExitStatus) -> Never { exit(status.rawValue) }

/// Ends the process on SIGINT and SIGTERM without leaving anything half-written.
enum Interruption {
  /// Blocks both signals and waits for them in a thread of its own, so that cleaning up runs as
  /// ordinary code and not in a signal handler.
  static func watch() {
    signal(SIGPIPE, SIG_IGN)
    // A file over the size limit (`ulimit -f`) is then a refused write, exit 74, and not a death that
    // leaves the partial folder behind.
    signal(SIGXFSZ, SIG_IGN)
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { _ in
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        var received: Int32 = 0
        while sigwait(&signals, &received) != 0 {}
        PartialFolders.closeAndRemoveAll()
        let status: ExitStatus = received == SIGINT ? .interrupted : .terminated
        _exit(status.rawValue)
      }, nil)
    pthread_detach(thread)
  }
}
