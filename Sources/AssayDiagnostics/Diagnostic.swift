/// One problem with what the user gave: where, what was found, what was expected, how to mend it.
///
/// Detecting code states the fact; `Wording.swift` turns it into a sentence.
public struct Diagnostic: Error, Hashable, Sendable {
  /// How grave a problem is.
  public enum Severity: String, Hashable, Sendable {
    /// The input cannot be used.
    case error
    /// The input is used, and the result says so.
    case warning
    /// Something worth knowing.
    case note
  }

  /// How grave the problem is.
  public var severity: Severity
  /// Where it is; `nil` when it concerns the command as a whole.
  public var location: SourceLocation?
  /// What was found.
  public var fact: Fact
  /// How to mend it, one sentence without a full stop; `nil` falls back to the fact's own advice.
  public var help: String?
  /// The offending line, for the caret beneath the message.
  public var sourceLine: String?
  /// How many characters the caret underlines.
  public var width: Int

  /// Creates a diagnostic; an error unless said otherwise.
  public init(
    _ fact: Fact, at location: SourceLocation? = nil, severity: Severity = .error,
    help: String? = nil, sourceLine: String? = nil, width: Int = 1
  ) {
    self.severity = severity
    self.location = location
    self.fact = fact
    self.help = help
    self.sourceLine = sourceLine
    self.width = width
  }
}

/// Several problems found together; thrown instead of the first alone.
public struct DiagnosticList: Error, Hashable, Sendable {
  /// The most problems of one file that are reported one by one.
  public static let reportLimit = 20

  /// The problems, in the order of the file, at most ``reportLimit`` of them.
  public private(set) var diagnostics: [Diagnostic]
  /// How many more were found.
  public private(set) var omitted: Int

  /// Creates a list, keeping the first ``reportLimit`` problems and counting the rest.
  public init(_ diagnostics: [Diagnostic] = [], omitted: Int = 0) {
    self.diagnostics = Array(diagnostics.prefix(Self.reportLimit))
    self.omitted = omitted + max(0, diagnostics.count - Self.reportLimit)
  }

  /// Whether nothing was found.
  public var isEmpty: Bool { diagnostics.isEmpty && omitted == 0 }

  /// Adds one problem; beyond the limit it is counted and not even made.
  public mutating func append(_ diagnostic: @autoclosure () -> Diagnostic) {
    if diagnostics.count < Self.reportLimit {
      diagnostics.append(diagnostic())
    } else {
      omitted += 1
    }
  }

  /// Throws the list when it holds an error.
  public func throwIfNotEmpty() throws(DiagnosticList) {
    if !isEmpty { throw self }
  }
}
