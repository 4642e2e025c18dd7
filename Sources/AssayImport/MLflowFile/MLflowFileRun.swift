import AssayDiagnostics
import AssayFiles
import AssayRuns

/// Reading one run's folder of a file store.
enum MLflowFileRun {
  /// Reads the run; `nil` when it is deleted.
  /// - Parameters:
  ///   - experiment: The experiment's name, where its `meta.yaml` was read.
  ///   - noting: The files that were read for it so far.
  static func read(
    _ source: ArtifactSource, _ folder: String, experiment: String?, noting sources: [SourceFile]
  ) throws(Diagnostic) -> MLflowRecord? {
    var sources = sources
    let meta = try MLflowMeta(source, joined(folder, "meta.yaml"), noting: &sources)
    if meta.text("lifecycle_stage") == "deleted" { return nil }
    var record = MLflowRecord(
      id: try meta.identifier(),
      name: meta.text("run_name"), experiment: experiment, status: .unknown)
    record.started = try meta.integer("start_time")
    record.ended = try meta.integer("end_time")
    record.artifactURI = meta.text("artifact_uri")
    readStatus(meta.text("status"), of: &record)
    let files = Files(source: source, folder: folder)
    record.parameters = try files.texts("params", noting: &sources)
    record.tags = try files.texts("tags", noting: &sources)
    record.points = try files.metrics(noting: &sources, warnings: &record.warnings)
    record.artifacts = try files.artifacts()
    if source.onlyFile != nil {
      record.warnings.append("metrics and parameters are not in the source: give the run's folder")
    }
    record.sources = sources
    return record
  }

  /// RunStatus of MLflow's protobuf: 1 RUNNING, 2 SCHEDULED, 3 FINISHED, 4 FAILED, 5 KILLED.
  private static func readStatus(_ text: String?, of record: inout MLflowRecord) {
    switch text {
    case "1", "RUNNING": record.status = .running
    case "3", "FINISHED": record.status = .completed
    case "4", "FAILED": record.status = .failed
    case "5", "KILLED": record.status = .killed
    case "2", "SCHEDULED": record.warnings.append("the run was scheduled and had not begun")
    case nil: record.warnings.append("status not recorded")
    case let other?: record.warnings.append("status '\(other)' is not known")
    }
  }
}

/// The files below one run's folder.
private struct Files {
  let source: ArtifactSource
  let folder: String

  /// Every file below a folder with its key: folders are parts of the key, `metrics/server/loss`.
  private func keyed(_ kind: String) throws(Diagnostic) -> [(key: String, path: String)] {
    var found: [(key: String, path: String)] = []
    try walk(joined(folder, kind), key: "", depth: 0, into: &found)
    return found
  }

  private func walk(
    _ path: String, key: String, depth: Int, into found: inout [(key: String, path: String)]
  ) throws(Diagnostic) {
    guard source.hasFolder(path) else { return }
    guard depth < ArtifactLimit.depth else {
      throw Diagnostic(
        .overLimit(what: "levels of folders", found: "more", limit: "\(ArtifactLimit.depth)"),
        at: source.location(path))
    }
    for entry in try source.entries(path) {
      let inner = joined(path, entry.name)
      switch entry.kind {
      case .folder:
        try walk(inner, key: joined(key, entry.name), depth: depth + 1, into: &found)
      case .file: found.append((joined(key, entry.name), inner))
      case .other: break
      }
      if found.count > 100_000 {
        throw Diagnostic(
          .overLimit(what: "files in one run", found: "more", limit: "100000"),
          at: source.location(folder))
      }
    }
  }

  /// Parameters and tags: the whole file is the value; what is not UTF-8 becomes U+FFFD.
  func texts(
    _ kind: String, noting sources: inout [SourceFile]
  ) throws(Diagnostic) -> [(key: String, value: String)] {
    var texts: [(key: String, value: String)] = []
    for (key, path) in try keyed(kind) {
      let bytes = try source.read(path, limit: 1 << 20, noting: &sources)
      var value = String(decoding: bytes, as: UTF8.self)
      if value.last == "\n" { value.removeLast() }
      texts.append((key, value))
    }
    return texts
  }

  func metrics(
    noting sources: inout [SourceFile], warnings: inout [String]
  ) throws(Diagnostic) -> [String: [MetricPoint]] {
    var points: [String: [MetricPoint]] = [:]
    var count = 0
    for (key, path) in try keyed("metrics") {
      let bytes = try source.read(path, limit: ArtifactLimit.metricHistory, noting: &sources)
      let (read, cut) = try MLflowMetricFile.points(bytes, path: source.path(path))
      if cut { warnings.append("the last line of '\(key)' is cut off; it is left out") }
      points[key] = read
      count += read.count
      if count > ArtifactLimit.rows {
        throw Diagnostic(
          .overLimit(
            what: "metric values in one run", found: "more", limit: "\(ArtifactLimit.rows)"),
          at: source.location(folder))
      }
    }
    return points
  }

  /// Artifacts by path and size; none is opened.
  func artifacts() throws(Diagnostic) -> [JSONValue] {
    var found: [JSONValue] = []
    try list("artifacts", depth: 0, into: &found)
    return found
  }

  private func list(
    _ path: String, depth: Int, into found: inout [JSONValue]
  ) throws(Diagnostic) {
    let inside = joined(folder, path)
    guard depth < ArtifactLimit.depth, found.count < 200, source.hasFolder(inside) else { return }
    for entry in try source.entries(inside) where found.count < 200 {
      let inner = joined(path, entry.name)
      if entry.kind == .folder {
        try list(inner, depth: depth + 1, into: &found)
      } else {
        found.append(.object(["path": .string(inner), "bytes": .integer(entry.size)]))
      }
    }
  }
}

/// A metric's file: one line for each value, `<milliseconds> <value> <step>`.
enum MLflowMetricFile {
  /// Reads the values. Very old files lack the step, which then is 0; new ones may add a dataset's
  /// name and digest.
  /// - Returns: The points, and whether the last line ends in the middle, as that of a run which
  ///   was stopped while it wrote.
  static func points(
    _ bytes: [UInt8], path: String
  ) throws(Diagnostic) -> (points: [MetricPoint], cut: Bool) {
    var points: [MetricPoint] = []
    var number = 0
    var start = 0
    while start < bytes.count {
      number += 1
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n"))
      let line = bytes[start..<(end ?? bytes.count)]
      if let point = point(line) {
        points.append(point)
      } else if end == nil {
        return (points, true)
      } else if line.contains(where: { $0 != 0x20 && $0 != 0x0D }) {
        let text = String(decoding: line.prefix(512), as: UTF8.self)
        throw Diagnostic(
          .syntax(
            format: "MLflow metric",
            problem: "a line is 'milliseconds value step', found '\(text.prefix(60))'"),
          at: SourceLocation(path: path, line: number, column: 1),
          help: "remove the line, or copy the store again", sourceLine: text,
          width: text.count)
      }
      start = (end ?? bytes.count) + 1
    }
    return (points, false)
  }

  private static func point(_ line: ArraySlice<UInt8>) -> MetricPoint? {
    let fields = line.split(whereSeparator: { $0 == 0x20 || $0 == 0x0D || $0 == 0x09 })
    guard [2, 3, 5].contains(fields.count),
      let timestamp = Int(String(decoding: fields[0], as: UTF8.self)),
      let value = number(String(decoding: fields[1], as: UTF8.self))
    else { return nil }
    var step = 0
    if fields.count > 2 {
      guard let given = Int(String(decoding: fields[2], as: UTF8.self)) else { return nil }
      step = given
    }
    return MetricPoint(step: step, timestamp: timestamp, value: value)
  }

  /// What Python's `float` prints: digits, `nan`, `inf`, `-inf`.
  private static func number(_ text: String) -> Double? {
    switch text {
    case "nan", "NaN": return .nan
    case "inf", "Infinity": return .infinity
    case "-inf", "-Infinity": return -.infinity
    default:
      guard let first = text.utf8.first(where: { $0 != UInt8(ascii: "-") }),
        (0x30...0x39).contains(first) || first == UInt8(ascii: "."), !text.contains("x")
      else { return nil }
      return Double(text)
    }
  }
}
