import AssayDiagnostics
import AssayFiles
import AssayRuns

/// The files of one Flower run, found by their content.
///
/// Flower writes none of them itself: users save a `Result` or `History` as JSON, a log, and the
/// lines of a recording grid, under names of their own.
struct FlowerFiles {
  /// What a file holds.
  enum Kind: String, CaseIterable {
    /// The three metric dictionaries of `Result`.
    case result = "result.json"
    /// `History.__dict__` of flwr before 1.20.
    case history = "history.json"
    /// One line for each exchange.
    case exchanges = "rounds.jsonl"
    /// `context.run_config`.
    case configuration = "run_config.json"
    /// `RdpAccountant.spent()`.
    case privacySpent = "privacy_spent.json"
    /// `RdpAccountant.state_dict()`.
    case accountant = "privacy_accountant.json"
    /// `flwr list --format json`.
    case runList = "flwr_list.json"
    /// Flower's log.
    case log = "flwr_run.log"
  }

  /// The folder inside the source.
  let folder: String
  /// Path inside the source of each kind that was found.
  private(set) var paths: [Kind: String] = [:]
  /// Two files of one kind, neither under the usual name.
  private(set) var ambiguous: [(Kind, String, String)] = []

  /// Whether the folder holds a run.
  var isRun: Bool {
    [Kind.result, .history, .exchanges, .log].contains { paths[$0] != nil }
  }

  init(_ source: ArtifactSource, _ folder: String) throws(Diagnostic) {
    self.folder = folder
    let entries = try source.entries(folder).filter { $0.kind == .file }
    // A run of Assay's own has a rounds.jsonl as well, of other lines.
    if Self.isAssayRun(entries, folder, in: source) { return }
    for kind in Kind.allCases where entries.contains(where: { $0.name == kind.rawValue }) {
      paths[kind] = joined(folder, kind.rawValue)
    }
    for entry in entries.prefix(500) where Kind(rawValue: entry.name) == nil {
      let path = joined(folder, entry.name)
      guard let kind = Self.kind(of: entry, at: path, in: source) else { continue }
      if let known = paths[kind] {
        if lastComponent(known) != kind.rawValue { ambiguous.append((kind, known, path)) }
      } else {
        paths[kind] = path
      }
    }
  }

  private static func isAssayRun(
    _ entries: [InputFolder.Entry], _ folder: String, in source: ArtifactSource
  ) -> Bool {
    guard let entry = entries.first(where: { $0.name == "run.json" }),
      entry.size <= ArtifactLimit.document
    else { return false }
    let path = joined(folder, entry.name)
    guard let bytes = try? source.peek(path, limit: ArtifactLimit.document),
      let json = try? JSONValue.parse(bytes, path: path)
    else { return false }
    return json["schema"] == .string(Run.fileSchema)
  }

  private static func kind(
    of entry: InputFolder.Entry, at path: String, in source: ArtifactSource
  ) -> Kind? {
    let name = entry.name.lowercased()
    if name.hasSuffix(".json"), entry.size <= ArtifactLimit.document {
      guard let bytes = try? source.peek(path, limit: ArtifactLimit.document),
        let json = try? JSONValue.parse(bytes, path: path)
      else { return nil }
      return kind(of: json)
    }
    if name.hasSuffix(".jsonl"), entry.size <= ArtifactLimit.log {
      guard let bytes = try? source.peek(path, limit: ArtifactLimit.log) else { return nil }
      let line = Array(bytes.prefix { $0 != UInt8(ascii: "\n") })
      guard let json = try? JSONValue.parse(line, path: path) else { return nil }
      return json["phase"] != nil && json["round"] != nil && json["selected"] != nil
        ? .exchanges : nil
    }
    if name.hasSuffix(".log") || name == "log.txt", entry.size <= ArtifactLimit.log {
      guard let bytes = try? source.peek(path, limit: ArtifactLimit.log) else { return nil }
      return FlowerLog.recognises(bytes) ? .log : nil
    }
    return nil
  }

  private static func kind(of json: JSONValue) -> Kind? {
    guard let keys = json.object.map({ Set($0.keys) }) else { return nil }
    if keys.contains(where: { FlowerMetrics.resultSections.contains($0) }) { return .result }
    if keys.contains("losses_centralized") || keys.contains("losses_distributed") {
      return .history
    }
    if keys.isSuperset(of: ["epsilon", "delta", "num_releases"]) { return .privacySpent }
    if keys.isSuperset(of: ["compositions", "config"]) { return .accountant }
    if json["runs"]?[0]?["run-id"] != nil { return .runList }
    return nil
  }

  /// Refuses a folder in which two files claim to be the same thing.
  func refuseAmbiguous(_ source: ArtifactSource) throws(Diagnostic) {
    guard let (kind, first, second) = ambiguous.first else { return }
    throw Diagnostic(
      .conflict(
        first: lastComponent(first), second: lastComponent(second),
        why: "both look like \(kind.rawValue)"), at: source.location(folder),
      help: "name the one that counts \(kind.rawValue), or give that file alone")
  }
}
