import AssayMetrics
import AssayTestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// `Docs/Metrics.md`: prose by people around tables that follow from the catalogue.
@Suite("The document of metrics")
struct MetricsDocumentTests {
  private static let path = "Docs/Metrics.md"
  private static let opening = "<!-- begin: from MetricCatalogue -->"
  private static let closing = "<!-- end: from MetricCatalogue -->"

  @Test("the tables of Docs/Metrics.md are those of the catalogue")
  func tables() throws {
    let text = try PackageTree.file(Self.path).text
    let head = try #require(text.firstRange(of: Self.opening))
    let tail = try #require(text.firstRange(of: Self.closing))
    let tables = "\n\n" + Self.tables() + "\n"
    if getenv("RECORD_GOLDEN") != nil {
      let whole = text[..<head.upperBound] + tables + text[tail.lowerBound...]
      let file = try #require(fopen(TestData.packageRoot + "/" + Self.path, "w"))
      fputs(String(whole), file)
      fclose(file)
      Issue.record("\(Self.path) was recorded; read the difference, run without RECORD_GOLDEN")
      return
    }
    let isCurrent = text[head.upperBound..<tail.lowerBound] == tables
    #expect(isCurrent, "\(Self.path) is stale; RECORD_GOLDEN=1 rewrites its tables")
  }

  @Test("every metric stands in one table, and no cell can break its table")
  func completeness() {
    let lines = Self.tables().split(separator: "\n")
    for metric in MetricCatalogue.all {
      let found = lines.contains { $0.hasPrefix("| `\(metric.id)` | \(metric.title) |") }
      #expect(found, "\(metric.id)")
    }
    // Six columns have seven bars.
    for line in lines where line.hasPrefix("|") {
      let bars = zip(line, " " + line).filter { $0.0 == "|" && $0.1 != "\\" }.count
      #expect(bars == 7, "\(line)")
    }
  }

  // MARK: The tables

  private static func tables() -> String {
    let parts: [(title: String, family: MetricDefinition.Family)] = [
      ("Performance", .performance), ("Calibration", .calibration), ("Fairness", .fairness),
    ]
    return parts.map { part in
      let rows = MetricCatalogue.all.filter { $0.family == part.family }.map(row)
      let header = "| id | name | tasks | unit, range | better | definition and source |"
      return "### \(part.title)\n\n\(header)\n| --- | --- | --- | --- | --- | --- |\n"
        + rows.joined(separator: "\n") + "\n"
    }.joined(separator: "\n")
  }

  private static func row(_ metric: MetricDefinition) -> String {
    let tasks = MetricDefinition.Task.allCases.filter(metric.tasks.contains).map(\.rawValue)
    let better =
      switch metric.direction {
      case .higherIsBetter: "higher"
      case .lowerIsBetter: "lower"
      case .none: "neither"
      }
    let cells = [
      "`\(metric.id)`", metric.title, tasks.joined(separator: ", "),
      "\(metric.unit.rawValue), \(end(metric.range.lowerBound)) to \(end(metric.range.upperBound))",
      better, metric.definition,
    ]
    return "| " + cells.map(escaped).joined(separator: " | ") + " |"
  }

  private static func end(_ bound: Double) -> String {
    bound == .infinity
      ? "∞" : bound == -.infinity ? "−∞" : bound < 0 ? "−\(Int(-bound))" : "\(Int(bound))"
  }

  /// A bar would end a cell.
  private static func escaped(_ cell: String) -> String {
    cell.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
  }
}
