import AssayDiagnostics
import AssayFiles
import AssayRuns

/// Flower: a saved `Result` or `History`, a recording grid's lines, the log, and what lies beside.
///
/// The source may be a run's folder, a folder of such folders, or one of the files.
enum FlowerImporter: Importer {
  static let name = "flower"
  static let title = "Flower"
  static let recognises =
    "result.json, history.json, rounds.jsonl or flwr_run.log, here or in folders below"

  static func matches(_ source: ArtifactSource) -> Bool {
    var visited = 0
    var found: [FlowerFiles] = []
    try? search(source, "", depth: 0, visited: &visited, into: &found)
    return !found.isEmpty
  }

  static func read(_ source: ArtifactSource) throws -> [Run] {
    var visited = 0
    var found: [FlowerFiles] = []
    try search(source, "", depth: 0, visited: &visited, into: &found)
    var problems = DiagnosticList()
    var runs: [Run] = []
    for files in found {
      do {
        try files.refuseAmbiguous(source)
        runs.append(try FlowerRun.read(source, files))
      } catch {
        problems.append(error)
      }
    }
    try problems.throwIfNotEmpty()
    return runs
  }

  /// Finds the folders that hold a run; below one nothing more is looked for.
  private static func search(
    _ source: ArtifactSource, _ folder: String, depth: Int, visited: inout Int,
    into found: inout [FlowerFiles]
  ) throws(Diagnostic) {
    visited += 1
    if visited > 2_000 { return }
    let files = try FlowerFiles(source, folder)
    if files.isRun {
      found.append(files)
      return
    }
    let others = ["mlruns", "mlartifacts", "node_modules"]
    guard depth < 3, !source.hasFile(joined(folder, "meta.yaml")) else { return }
    for entry in try source.entries(folder) where entry.kind == .folder {
      if entry.name.hasPrefix(".") || others.contains(entry.name) { continue }
      try search(
        source, joined(folder, entry.name), depth: depth + 1, visited: &visited, into: &found)
    }
  }
}
