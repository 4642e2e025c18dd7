import AssayDiagnostics
import AssayFiles
import AssayTables
import AssayTraining

extension ParticipationSpecification {
  /// The most bytes of a trace file.
  public static let traceSizeLimit = 64 << 20
  /// The most rows of a trace file.
  public static let traceRowLimit = 1_000_000

  /// The plan with its trace, where it has one.
  /// - Parameters:
  ///   - read: Gives the bytes of the trace and its path for messages; called only for a trace. Read
  ///     with ``traceSizeLimit``.
  ///   - clients: Names of the clients.
  public func resolved(
    clients: [String], read: (Trace) throws(Diagnostic) -> (bytes: [UInt8], path: String)
  ) throws(DiagnosticList) -> ParticipationPlan {
    guard let trace else { return plan }
    let file: (bytes: [UInt8], path: String)
    do { file = try read(trace) } catch { throw DiagnosticList([error]) }
    var plan = plan
    plan.availability = .trace(
      try Self.parseTrace(
        file.bytes, path: file.path, period: trace.period,
        names: clients + plan.devices.map(\.name)))
    return plan
  }

  /// Reads a trace: a table with the columns `client` (or a device class), `start` and `end`, in
  /// virtual seconds.
  /// - Parameter names: The names that may stand in the column `client`.
  public static func parseTrace(
    _ bytes: [UInt8], path: String, period: Double?, names: [String]
  ) throws(DiagnosticList) -> AvailabilityTrace {
    func refuse(_ what: String, _ found: Int, _ limit: Int) -> DiagnosticList {
      DiagnosticList([
        Diagnostic(
          .overLimit(what: what, found: "\(found)", limit: "\(limit)"),
          at: SourceLocation(path: path))
      ])
    }
    guard bytes.count <= traceSizeLimit else {
      throw refuse("bytes of an availability trace", bytes.count, traceSizeLimit)
    }
    let table = try CSVReader.parse(bytes, path: path)
    guard table.rowCount <= traceRowLimit else {
      throw refuse("rows of an availability trace", table.rowCount, traceRowLimit)
    }
    let known = ["client", "start", "end"]
    for name in table.columns where !known.contains(name) {
      throw DiagnosticList([
        Diagnostic(
          .unknownColumn(name: name, known: known), at: SourceLocation(path: path, line: 1))
      ])
    }
    var columns: [Int] = []
    for name in known {
      do { columns.append(try table.index(of: name)) } catch { throw DiagnosticList([error]) }
    }
    let starts = try table.numbers(columns[1], allowMissing: false)
    let ends = try table.numbers(columns[2], allowMissing: false)
    let allowed = Set(names)
    var problems = DiagnosticList()
    var lines: [(name: String, interval: AvailabilityTrace.Interval)] = []
    lines.reserveCapacity(table.rowCount)
    for (row, name) in table.texts(columns[0]).enumerated() {
      func report(_ fact: Fact, _ column: Int, help: String? = nil) {
        problems.append(table.diagnostic(fact, row: row, column: columns[column], help: help))
      }
      let (start, end) = (starts[row], ends[row])
      if !allowed.contains(name) {
        report(
          .unknownName(what: "a client or a device class", name: name, known: names), 0)
      } else if start < 0 {
        report(
          .outOfRange(column: "start", found: table.text(row, columns[1]), expected: "0 or more"), 1
        )
      } else if end <= start {
        report(
          .outOfRange(
            column: "end", found: table.text(row, columns[2]),
            expected: "more than the start \(table.text(row, columns[1]))"), 2,
          help: period == nil
            ? nil : "an interval across the end of the period is written as two rows")
      } else if let period, end > period {
        report(
          .outOfRange(
            column: "end", found: table.text(row, columns[2]),
            expected: "at most the period \(plain(period))"), 2)
      } else {
        lines.append((name, AvailabilityTrace.Interval(start: start, end: end)))
      }
    }
    try problems.throwIfNotEmpty()
    return AvailabilityTrace(lines, period: period)
  }

  private static func plain(_ value: Double) -> String {
    Int(exactly: value).map { "\($0)" } ?? "\(value)"
  }
}
