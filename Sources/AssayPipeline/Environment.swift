import AssayDiagnostics
import AssayEvidence
import AssayFiles

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The version that every document names.
public enum AssayVersion {
  /// Semantic version.
  public static let current = "0.1.0"
}

/// What an operation needs to know beside its input; nothing in it changes a result but the clock.
public struct PipelineEnvironment: Sendable {
  /// Worker threads; 0 means one for each core.
  public var threads: Int
  /// The clock of every document.
  public var asOf: Timestamp
  /// Whether the user named the clock; `report` otherwise keeps the clock of the folder.
  public var isClockGiven = true
  /// Folder with templates, when the user named one.
  public var templates: String?
  /// Vector instructions to train with.
  public var kernels = "auto"
  /// Where progress goes.
  public var progress: @Sendable (String) -> Void

  /// Creates an environment.
  public init(
    threads: Int, asOf: Timestamp, templates: String? = nil,
    progress: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.threads = threads
    self.asOf = asOf
    self.templates = templates
    self.progress = progress
  }

  /// Worker threads to use.
  var threadCount: Int { threads > 0 ? threads : max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
}

/// What the user chose for judging; `nil` leaves the choice to the pilot or the folder.
public struct JudgingChoice: Sendable {
  /// Checklist file.
  public var checklist: String?
  /// Profile.
  public var profile: Profile?
  /// Statements file.
  public var statements: String?
  /// When it is judged.
  public var stage: Stage?

  /// Creates a choice.
  public init(
    checklist: String? = nil, profile: Profile? = nil, statements: String? = nil,
    stage: Stage? = nil
  ) {
    self.checklist = checklist
    self.profile = profile
    self.statements = statements
    self.stage = stage
  }
}

/// A bug in Assay, caught before it could mislead anyone.
public struct InternalError: Error, Sendable {
  /// What was not as it must be.
  public var message: String

  /// Creates the error.
  public init(_ message: String) { self.message = message }
}

/// The data that is installed beside the executable: templates, checklists, the starter's statements.
struct InstalledData {
  /// The folder that holds `templates`, `checklists` and `model-cards`.
  let root: String

  /// Found by `--templates`, then beside the installed executable (`../share/assay`), then in the
  /// package that the executable was built in; never in the current folder.
  init() throws {
    guard let executable = Self.executablePath() else {
      throw InternalError("the path of the executable is not known")
    }
    let components = executable.split(separator: "/").map(String.init)
    let installed = "/" + components.dropLast(2).joined(separator: "/") + "/share/assay"
    if fileExists(installed + "/templates/document.mustache") || Self.holdsData(installed) {
      root = installed
      return
    }
    var depth = components.count - 1
    while depth > 0 {
      let folder = "/" + components.prefix(depth).joined(separator: "/")
      if fileExists(folder + "/Package.swift"), Self.holdsData(folder) {
        root = folder
        return
      }
      depth -= 1
    }
    throw Diagnostic(
      .other(
        found: "none beside \(executable)",
        expected: "the folder 'share/assay' that make install writes"),
      help: "name the templates with --templates, or run make install")
  }

  private static func holdsData(_ folder: String) -> Bool {
    fileExists(folder + "/checklists/pilot-readiness.yaml")
  }

  private static func executablePath() -> String? {
    #if os(Linux)
      var buffer = [CChar](repeating: 0, count: 4096)
      // At most 4095 bytes are written, so the last one stays NUL.
      let count = readlink("/proc/self/exe", &buffer, 4095)
      guard count > 0 else { return nil }
      return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    #else
      guard let resolved = realpath(CommandLine.arguments[0], nil) else { return nil }
      defer { free(resolved) }
      return String(cString: resolved)
    #endif
  }

  /// The installed checklist of that name.
  func checklist(_ name: String) -> String { "\(root)/checklists/\(name).yaml" }
}
