import AssayDiagnostics
import AssayRuns

/// The artifact formats that Assay reads, in the order in which they are tried.
public enum ImporterCatalogue {
  /// What a user sees of one format.
  public struct Entry: Hashable, Sendable {
    /// The name for `--format`, also a run's `format`.
    public var name: String
    /// The tool and what it writes.
    public var title: String
    /// What makes a folder or file be recognised.
    public var recognises: String
  }

  /// One entry for each format.
  public static let entries: [Entry] = importers.map {
    Entry(name: $0.name, title: $0.title, recognises: $0.recognises)
  }

  /// To add a format: a folder with a type that conforms to `Importer`, and a line here.
  static let importers: [any Importer.Type] = [
    AssayImporter.self, MLflowSQLiteImporter.self, MLflowFileImporter.self, OpacusImporter.self,
    FlowerImporter.self,
  ]
}

/// One artifact format.
protocol Importer: Sendable {
  /// The name for `--format`.
  static var name: String { get }
  /// The tool and what it writes.
  static var title: String { get }
  /// What makes a source be recognised, one phrase.
  static var recognises: String { get }
  /// Whether the content looks like this format; cheap, and never a reason to fail.
  static func matches(_ source: ArtifactSource) -> Bool
  /// Reads every run.
  static func read(_ source: ArtifactSource) throws -> [Run]
}

/// Reads the runs that a folder or file holds.
///
/// The content decides on the format unless one is named. Nothing outside of the source is opened,
/// links are not followed, and pickles are never read.
/// - Parameters:
///   - path: A store, a run's folder or a single file.
///   - format: A name of ``ImporterCatalogue``; `nil` lets the content decide.
/// - Returns: At least one run; every file that was read stands in ``Run/sources``, relative to `path`.
/// - Throws: `Diagnostic` or `DiagnosticList`: the source is missing, not recognised, recognised as
///   two formats, broken, unsafe or over a limit.
public func importRuns(from path: String, format: String? = nil) throws -> [Run] {
  let source = try ArtifactSource(path)
  let importer = try chooseImporter(for: source, path: path, format: format)
  var runs = try importer.read(source)
  if runs.isEmpty {
    throw Diagnostic(
      .other(found: "none", expected: "at least one run in this \(importer.name) artifact"),
      at: SourceLocation(path: path))
  }
  for index in runs.indices { shortenWarnings(of: &runs[index]) }
  return runs
}

/// Keeps the first 200 warnings and counts the rest.
private func shortenWarnings(of run: inout Run) {
  let more = run.warnings.count - 200
  if more > 0 { run.warnings = run.warnings.prefix(200) + ["and \(more) more warnings"] }
}

private func chooseImporter(
  for source: ArtifactSource, path: String, format: String?
) throws(Diagnostic) -> any Importer.Type {
  let importers = ImporterCatalogue.importers
  if let format {
    if let importer = importers.first(where: { $0.name == format }) { return importer }
    throw Diagnostic(
      .unknownName(what: "an artifact format", name: format, known: importers.map { $0.name }))
  }
  let matching = importers.filter { $0.matches(source) }
  if matching.count > 1 {
    throw Diagnostic(
      .conflict(
        first: matching[0].name, second: matching[1].name,
        why: "the source holds artifacts of both"), at: SourceLocation(path: path),
      help: "name one with --format, or give the folder of one of them")
  }
  if let importer = matching.first { return importer }
  throw Diagnostic(
    .unrecognisedSource(lookedFor: importers.map { "\($0.name): \($0.recognises)" }),
    at: SourceLocation(path: path),
    help: "give a store, a run's folder or one of the files named above")
}
