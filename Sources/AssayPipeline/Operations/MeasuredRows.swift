import AssayMetrics
import AssayRuns

/// What the documents of an evaluation say about the rows that were measured, wherever they came from:
/// a table, or statistics of rows that are elsewhere.
struct MeasuredRows {
  /// A column and the rows of each of its groups.
  struct Column {
    var name: String
    var groups: [(name: String, rows: Int)]
  }

  var task: PredictionTask
  var arms: [String]
  var reference: String?
  var rows: Int
  var clientCount: Int?
  /// Segments and sensitive columns, each once.
  var columns: [Column]
  /// The column that is predicted.
  var label: String
  var segments: [String]
  var sensitive: [String]
  var client: String?
  /// How rows were matched, where files were joined by ids.
  var join: JoinReport?
  /// What a search for weak segments found, where it was asked for.
  var weak: WeakSegmentReport?
  /// Rows that were left out because an arm has no score for them; `nil` where none may lack one.
  var unscoredRows: Int?
  /// What is guaranteed where counts have noise, in a sentence; `nil` where they have none.
  var privacy: String?
  /// What the inputs are, in the plural, and how numbers come from them.
  var inputs = "prediction tables"
  var how = "measured on the prediction table"

  /// Of a table.
  init(_ table: ScoredTable, request: EvaluationRequest) {
    task = table.task
    arms = table.arms.map(\.name)
    reference = request.reference
    rows = table.rowCount
    clientCount = table.client?.groups.count
    label = request.label
    segments = request.segments
    sensitive = request.sensitive
    client = request.client
    var seen = Set<String>()
    columns = (table.segments + table.sensitive).filter { seen.insert($0.name).inserted }.map {
      column in
      var counts = [Int](repeating: 0, count: column.groups.count)
      for code in column.codes { counts[Int(code)] += 1 }
      return Column(name: column.name, groups: Array(zip(column.groups, counts)))
    }
  }

  /// Of noised statistics: every number of rows is noised, and 0 where noise made it negative.
  init(_ statistics: NoisedStatistics, privacy: String) {
    let shape = statistics.shape
    task = shape.task
    arms = shape.arms.map(\.name)
    reference = shape.arms[shape.reference].name
    let counts = statistics.counts.first?.map { max(0, $0.reduce(0, +)) } ?? []
    rows = counts.first ?? 0
    label = "label"
    segments = shape.segments.map(\.shown)
    sensitive = shape.sensitive.map(\.shown)
    self.privacy = privacy
    inputs = "files of noised statistics"
    how = "computed from counts with noise; the intervals hold its variance"
    var columns = shape.columns.map { Column(name: $0.shown, groups: []) }
    for (key, rows) in zip(statistics.keys, counts) where key.column > 0 {
      columns[key.column - 1].groups.append((key.shown, rows))
    }
    self.columns = columns
  }

  /// Of statistics.
  init(_ statistics: EvaluationStatistics, shape: StatisticsShape) {
    task = shape.task
    arms = shape.arms.map(\.name)
    reference = shape.arms[shape.reference].name
    rows = statistics.rows
    label = "label"
    segments = shape.segments.map(\.shown)
    sensitive = shape.sensitive.map(\.shown)
    client = shape.client
    inputs = "files of statistics"
    how = "computed from counts and sums; ranks of scores from bins"
    var columns = shape.columns.map { Column(name: $0.shown, groups: []) }
    var clients = 0
    for key in statistics.keys where key.column > 0 {
      if key.column > columns.count {
        clients += 1
      } else {
        columns[key.column - 1].groups.append((key.shown, statistics.cells[key]?.rows ?? 0))
      }
    }
    self.columns = columns
    clientCount = shape.client == nil ? nil : clients
  }
}
