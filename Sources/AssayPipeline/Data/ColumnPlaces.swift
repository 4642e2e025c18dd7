import AssayDiagnostics
import AssayRuns
import AssayTables

/// Positions of the plan's columns in one table.
struct Columns {
  /// `nil` where clients are made by a partition.
  var client: Int?
  var label: Int
  var identifier: Int?
  var split: Int?
  /// One place for each segment; several where columns are crossed.
  var segments: [[Int]]
  var sensitive: [[Int]]
  var features: [Int]

  init(_ plan: Pilot.DataPlan, in table: Table) throws {
    func find(_ named: Pilot.DataPlan.Named) throws -> Int {
      try table.index(of: named.name, askedAt: named.location, sourceLine: named.sourceLine)
    }
    client = try plan.clientColumn.map(find)
    label = try find(plan.label)
    identifier = try plan.identifier.map(find)
    if case .column(let column) = plan.split { split = try find(column) }
    func places(_ named: Pilot.DataPlan.Named) throws -> [Int] {
      guard let crossed = CrossedColumn(named.name, columns: table.columns) else {
        return [try find(named)]
      }
      return try crossed.parts.map { part in
        var one = named
        one.name = part
        return try find(one)
      }
    }
    segments = try plan.segments.map(places)
    sensitive = try plan.sensitive.map(places)
    if client == nil,
      let taken = (plan.segments + plan.sensitive).first(where: { $0.name == plan.clientName })
    {
      throw Diagnostic(
        .conflict(
          first: "the column '\(taken.name)'", second: "'partition'",
          why: "the results name the simulated clients in a column of that name"),
        at: taken.location, help: "rename the column in the data", sourceLine: taken.sourceLine,
        width: taken.name.count)
    }
    if let named = plan.features {
      features = try named.map(find)
      for (position, column) in zip(features, named)
      where position == label || position == split || position == identifier {
        throw Diagnostic(
          .conflict(
            first: "the input '\(column.name)'", second: "its other role",
            why: "a label, split or record id may not be an input"),
          at: column.location, sourceLine: column.sourceLine, width: column.name.count)
      }
    } else {
      let others = Set(
        [label] + segments.flatMap { $0 } + sensitive.flatMap { $0 }
          + [client, identifier, split].compactMap { $0 })
      features = table.columns.indices.filter { !others.contains($0) }
    }
    if features.isEmpty {
      throw Diagnostic(
        .other(found: "none", expected: "at least one input column"),
        at: SourceLocation(path: table.path, line: 1), help: "name inputs under data: features:")
    }
  }
}
