import AssayDiagnostics
import AssayFiles
import AssayRuns

/// MLflow's file store: `mlruns/<experiment>/<run>/{meta.yaml,metrics,params,tags}`.
///
/// The source may be the folder that holds `mlruns`, `mlruns`, an experiment, a run or a run's
/// `meta.yaml`. Deleted runs, deleted experiments and `.trash` are left out.
enum MLflowFileImporter: Importer {
  static let name = "mlflow-file"
  static let title = "MLflow file store"
  static let recognises = "mlruns/, or a folder with a meta.yaml that names an experiment_id"

  static func matches(_ source: ArtifactSource) -> Bool { (try? level(of: source)) ?? nil != nil }

  static func read(_ source: ArtifactSource) throws -> [Run] {
    var problems = DiagnosticList()
    var records: [MLflowRecord] = []
    switch try level(of: source) {
    case .run?:
      records = try MLflowFileRun.read(source, "", experiment: nil, noting: []).map { [$0] } ?? []
    case .experiment?: readExperiment(source, "", &records, &problems)
    case .store(let folder)?:
      for entry in try source.entries(folder) where entry.kind == .folder {
        if entry.name == ".trash" || entry.name == "models" { continue }
        readExperiment(source, joined(folder, entry.name), &records, &problems)
      }
    case nil:
      throw Diagnostic(.unrecognisedSource(lookedFor: [recognises]), at: source.location(""))
    }
    try problems.throwIfNotEmpty()
    return MLflowRecord.runs(records, format: name)
  }

  private enum Level {
    case run, experiment
    case store(String)
  }

  /// What the source is; by the content of `meta.yaml`, not by the folders' names.
  private static func level(of source: ArtifactSource) throws(Diagnostic) -> Level? {
    if source.hasFile("meta.yaml") {
      let text = String(decoding: try source.peek("meta.yaml", limit: 1 << 20), as: UTF8.self)
      let keys = text.split(separator: "\n").compactMap { $0.split(separator: ":").first }
      guard keys.contains("experiment_id") else { return nil }
      return keys.contains("run_id") || keys.contains("run_uuid") ? .run : .experiment
    }
    if source.hasFolder("mlruns") { return .store("mlruns") }
    for entry in try source.entries() where entry.kind == .folder {
      let meta = joined(entry.name, "meta.yaml")
      guard source.hasFile(meta) else { continue }
      let text = String(decoding: try source.peek(meta, limit: 1 << 20), as: UTF8.self)
      if text.split(separator: "\n").contains(where: { $0.hasPrefix("experiment_id:") }) {
        return .store("")
      }
    }
    return nil
  }

  /// Reads an experiment's runs; a broken run is a problem of its own, so all are reported.
  private static func readExperiment(
    _ source: ArtifactSource, _ folder: String, _ records: inout [MLflowRecord],
    _ problems: inout DiagnosticList
  ) {
    do throws(Diagnostic) {
      var sources: [SourceFile] = []
      var experiment: String?
      if source.hasFile(joined(folder, "meta.yaml")) {
        let meta = try MLflowMeta(source, joined(folder, "meta.yaml"), noting: &sources)
        if meta.text("lifecycle_stage") == "deleted" { return }
        experiment = meta.text("name")
      }
      for entry in try source.entries(folder) where entry.kind == .folder {
        let run = joined(folder, entry.name)
        let isNamedAsRun = entry.name.utf8.count == 32 && entry.name.allSatisfy(\.isHexDigit)
        guard isNamedAsRun || source.hasFile(joined(run, "meta.yaml")) else { continue }
        if records.count >= ArtifactLimit.runs {
          throw Diagnostic(
            .overLimit(what: "runs in one store", found: "more", limit: "\(ArtifactLimit.runs)"),
            at: source.location(folder))
        }
        do {
          let record = try MLflowFileRun.read(
            source, run, experiment: experiment, noting: sources)
          if let record { records.append(record) }
        } catch {
          problems.append(error)
        }
      }
    } catch {
      problems.append(error)
    }
  }
}

/// A `meta.yaml`.
struct MLflowMeta {
  private let mapping: YAMLMapping

  init(
    _ source: ArtifactSource, _ path: String, noting sources: inout [SourceFile]
  ) throws(Diagnostic) {
    let bytes = try source.read(path, limit: 1 << 20, noting: &sources)
    mapping = try YAMLNode.parse(bytes, path: source.path(path)).openMapping("meta.yaml")
  }

  /// The text of a plain value; `nil` when absent, null or no text.
  func text(_ key: String) -> String? { mapping[key].flatMap { try? $0.text(key) } }

  /// The run's id; versions before 3 also write it as `run_uuid`.
  func identifier() throws(Diagnostic) -> String {
    if let id = text("run_id") ?? text("run_uuid") { return id }
    return try mapping.require("run_id").text("run_id")
  }

  /// A whole number; `nil` when absent or null.
  func integer(_ key: String) throws(Diagnostic) -> Int? { try mapping.integer(key) }
}
