import AssayDiagnostics
import AssayFiles
import AssayRuns

/// Assay's own run records: `run.json`, or an output folder with `runs/*/run.json`.
enum AssayImporter: Importer {
  static let name = "assay"
  static let title = "Assay"
  static let recognises = "run.json, or runs/*/run.json, written by assay"

  static func matches(_ source: ArtifactSource) -> Bool {
    guard let file = (try? files(in: source))?.first,
      let bytes = try? source.peek(file, limit: ArtifactLimit.log),
      let json = try? JSONValue.parse(bytes, path: file)
    else { return false }
    return json["schema"] == .string(Run.fileSchema)
  }

  static func read(_ source: ArtifactSource) throws -> [Run] {
    var problems = DiagnosticList()
    var runs: [Run] = []
    for file in try files(in: source) {
      do {
        var sources: [SourceFile] = []
        let bytes = try source.read(file, limit: ArtifactLimit.log, noting: &sources)
        let path = source.path(file)
        var run = try Run(json: try JSONValue.parse(bytes, path: path), path: path)
        run.sources = sources + run.sources
        runs.append(run)
      } catch {
        problems.append(error)
      }
    }
    try problems.throwIfNotEmpty()
    return runs
  }

  private static func files(in source: ArtifactSource) throws(Diagnostic) -> [String] {
    if let file = source.onlyFile { return file.hasSuffix(".json") ? [file] : [] }
    if source.hasFile("run.json") { return ["run.json"] }
    let base = source.hasFolder("runs") ? "runs" : ""
    return try source.entries(base).filter { $0.kind == .folder }.map {
      joined(joined(base, $0.name), "run.json")
    }.filter(source.hasFile)
  }
}
