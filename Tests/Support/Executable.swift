import Foundation

/// The `assay` executable that was built with the tests, run as a user runs it.
public enum Executable {
  /// What a finished process left behind.
  public struct Outcome: Sendable {
    /// Exit code, or the negative number of the signal that ended it.
    public var status: Int32
    /// Everything on standard output.
    public var output: String
    /// Everything on standard error.
    public var errors: String
  }

  /// The executable beside the test bundle.
  public static let path: String = {
    var folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    while folder.path != "/" {
      let candidate = folder.appendingPathComponent("assay").path
      if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
      folder.deleteLastPathComponent()
    }
    return TestData.packageRoot + "/.build/debug/assay"
  }()

  /// Runs `assay` and waits for its end.
  public static func run(
    _ arguments: [String], in folder: String? = nil, program: String? = nil,
    environment: [String: String]? = nil
  ) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program ?? path)
    process.arguments = arguments
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    if let environment { process.environment = environment }
    // Files, not pipes: a full pipe would stop the process while nobody reads.
    let scratch = TestData.temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    let out = scratch + "/out"
    let err = scratch + "/err"
    _ = FileManager.default.createFile(atPath: out, contents: nil)
    _ = FileManager.default.createFile(atPath: err, contents: nil)
    process.standardOutput = FileHandle(forWritingAtPath: out)
    process.standardError = FileHandle(forWritingAtPath: err)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    let status =
      process.terminationReason == .uncaughtSignal
      ? -process.terminationStatus : process.terminationStatus
    return Outcome(
      status: status, output: (try? String(contentsOfFile: out, encoding: .utf8)) ?? "",
      errors: (try? String(contentsOfFile: err, encoding: .utf8)) ?? "")
  }
}
