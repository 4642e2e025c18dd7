import AssayDiagnostics
import AssayFiles
import AssayMetrics
import AssayRuns

/// Whether a regular file at the path begins as a file of statistics does.
public func isStatisticsFile(_ path: String) -> Bool {
  guard let stream = try? FileStream(path) else { return false }
  var bytes: [UInt8] = []
  guard (try? stream.read(8, into: &bytes)) != nil else { return false }
  return EvaluationStatistics.isStatistics(bytes)
}

/// What `stats` and `merge` did.
public struct StatisticsResult: Sendable {
  /// `assay.statistics/1`: everything that the file holds, readable.
  public var json: JSONValue
  /// In words.
  public var summary: String
}

/// Counts prediction tables and writes their statistics.
/// - Parameter output: The file to write; `nil` writes none.
public func countPredictions(
  _ request: EvaluationRequest, output: String?, environment: PipelineEnvironment
) throws -> StatisticsResult {
  if let output { try checkOutput(output, inputs: request.paths) }
  let tables = try PredictionTables(request, threads: environment.threadCount)
  for note in tables.notes { environment.progress("note: \(note)") }
  let table = try tables.scoredTable()
  let statistics: EvaluationStatistics
  do {
    statistics = try EvaluationStatistics(
      table, classNames: tables.classNames,
      options: request.options(environment, profile: nil))
  } catch {
    throw error.diagnostic(path: request.paths.count == 1 ? request.paths[0] : nil)
  }
  return try write(statistics, to: output)
}

/// Reads one file of statistics, for people to look at.
public func describeStatistics(_ path: String) throws -> StatisticsResult {
  try write(StatisticsFiles.read(path).statistics, to: nil)
}

/// Statistics of either kind.
enum AnyStatistics {
  /// Exact counts and sums.
  case exact(EvaluationStatistics)
  /// Histograms with noise.
  case noised(NoisedStatistics)

  init(decoding bytes: [UInt8], path: String) throws(Diagnostic) {
    self =
      NoisedStatistics.isNoised(bytes)
      ? .noised(try NoisedStatistics(decoding: bytes, path: path))
      : .exact(try EvaluationStatistics(decoding: bytes, path: path))
  }
}

/// Merges files of statistics, one after the other: memory does not grow with their number.
/// - Parameters:
///   - paths: Files, and folders whose files named `*.stats` are meant.
///   - allowDuplicates: Whether files of equal content are counted as often as they come.
public func mergeStatistics(
  _ paths: [String], output: String, allowDuplicates: Bool
) throws -> StatisticsResult {
  let files = try StatisticsFiles(paths)
  try checkOutput(output, inputs: files.paths)
  return try write(files.merged(allowDuplicates: allowDuplicates), to: output)
}

private func write(_ statistics: AnyStatistics, to output: String?) throws -> StatisticsResult {
  switch statistics {
  case .exact(let statistics): return try write(statistics, to: output)
  case .noised(let statistics): return try write(statistics, to: output)
  }
}

private func write(
  _ statistics: EvaluationStatistics, to output: String?
) throws -> StatisticsResult {
  let bytes = statistics.encoded()
  if let output { try OutputFile.writeAlone(bytes, to: output) }
  let arms = statistics.shape?.arms.count ?? 0
  let parts = [
    "\(statistics.rows) rows", "\(arms) \(arms == 1 ? "arm" : "arms")",
    "\(statistics.cells.count) cells", "\(bytes.count) bytes",
  ]
  return StatisticsResult(
    json: StatisticsJSON(statistics).json,
    summary: printable("\(output.map { "\($0): " } ?? "")\(parts.joined(separator: ", "))") + "\n")
}

/// Refuses an output that would replace an input, or anything that is no file of statistics.
func checkOutput(_ output: String, inputs: [String]) throws {
  guard fileExists(output) else { return }
  var error = OutputError(path: output, reason: "")
  if let same = inputs.first(where: { isSameFile($0, output) }) {
    error.diagnostic = Diagnostic(
      .unwritable(reason: "the input '\(same)' is this file"), at: SourceLocation(path: output),
      help: "give another name with -o; merged into itself, a file would count its rows twice")
    throw error
  }
  if !isStatisticsFile(output) {
    error.diagnostic = Diagnostic(
      .unwritable(reason: "a file that holds no statistics stands there"),
      at: SourceLocation(path: output), help: "give another name with -o, or remove the file")
    throw error
  }
}

/// Files of statistics that are read one after the other.
struct StatisticsFiles {
  /// The files in the order in which they are read.
  let paths: [String]

  /// - Parameter given: Files, and folders whose files named `*.stats` are meant.
  init(_ given: [String]) throws {
    var paths: [String] = []
    for path in given {
      guard let folder = try? InputFolder(path) else {
        paths.append(path)
        continue
      }
      let names = try folder.entries().filter { $0.kind == .file && $0.name.hasSuffix(".stats") }
      if names.isEmpty {
        throw Diagnostic(
          .other(found: "none", expected: "files named *.stats in this folder"),
          at: SourceLocation(path: path))
      }
      paths += names.map { folder.display($0.name) }
    }
    self.paths = paths
  }

  /// One file, and the digest at its end in hexadecimal.
  static func read(
    _ path: String
  ) throws -> (statistics: AnyStatistics, bytes: [UInt8]) {
    let bytes = try InputFile.read(path, limit: EvaluationStatistics.fileLimit)
    return (try AnyStatistics(decoding: bytes, path: path), bytes)
  }

  /// All files as one: exact ones or noised ones, not both.
  func merged(allowDuplicates: Bool) throws -> AnyStatistics {
    var merged = AnyStatistics.exact(.empty)
    // By content: the place in `paths` of the first file that has it.
    var seen: [[UInt8]: Int] = [:]
    for (index, path) in paths.enumerated() {
      let (statistics, bytes) = try Self.read(path)
      if let first = seen.updateValue(index, forKey: Array(bytes.suffix(32))), !allowDuplicates {
        throw Diagnostic(
          .conflict(
            first: "'\(paths[first])'", second: "'\(path)'",
            why: "their content is the same, so that their rows would count twice"),
          help: "leave one out; where two parties do have equal counts, give --allow-duplicates")
      }
      do {
        switch (merged, statistics) {
        case (_, _) where index == 0: merged = statistics
        case (.exact(var mine), .exact(let theirs)):
          merged = .exact(.empty)
          try mine.merge(theirs)
          merged = .exact(mine)
        case (.noised(var mine), .noised(let theirs)):
          try mine.merge(theirs)
          merged = .noised(mine)
        default: throw mixed(paths[0], path)
        }
      } catch let error as StatisticsError {
        throw error.diagnostic(path: path, first: paths.first)
      }
    }
    return merged
  }

  private func mixed(_ first: String, _ second: String) -> Diagnostic {
    Diagnostic(
      .conflict(
        first: "'\(first)'", second: "'\(second)'",
        why:
          "one holds exact counts and the other counts with noise: the sum would carry the noise of "
          + "one and the guarantee of neither, since the exact file can be subtracted"),
      help: "merge exact files with exact ones, and noised files with noised ones")
  }
}

extension StatisticsError {
  /// The problem as the user sees it.
  /// - Parameters:
  ///   - path: The file that was being added.
  ///   - first: The file that it was added to.
  func diagnostic(path: String?, first: String? = nil) -> Diagnostic {
    let location = path.map { SourceLocation(path: $0) }
    switch self {
    case .overflow(let what):
      return Diagnostic(
        .overLimit(what: what, found: "more", limit: "what its field holds"), at: location)
    case .unsuitable(let why):
      return Diagnostic(
        .other(found: why, expected: "a table that can be counted"), at: location)
    case .differentShape(let what, let mine, let theirs):
      return Diagnostic(
        .conflict(
          first: "'\(first ?? "the first file")'", second: "'\(path ?? "this one")'",
          why: "\(what) differ: \(mine) in the first, \(theirs) in the second"),
        help: "statistics merge when all were made with the same options of assay stats")
    }
  }
}
