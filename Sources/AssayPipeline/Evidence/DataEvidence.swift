import AssayEvidence
import AssayRuns

/// Facts about the data: leaks, gaps, rows of every group.
struct DataEvidence {
  let data: PreparedData
  let plan: Pilot.DataPlan

  private var source: Evidence.Source {
    Evidence.Source(
      path: data.sources.first?.path ?? plan.path, sha256: data.sources.first?.sha256,
      how: "counted while reading the data")
  }

  func collect(into builder: inout EvidenceBuilder) {
    let facts = data.facts
    if let overlapping = facts.overlappingRecords {
      builder.count(
        "overlap_records", "data", "Record ids in train and test", overlapping, source: source)
    } else {
      builder.missing(
        "overlap_records", "data", "Record ids in train and test",
        "the pilot names no record id (data: id)", unit: .count, source: source)
    }
    if let clients = facts.overlappingClients {
      builder.count(
        "overlap_clients", "data", "Clients in train and test", clients, source: source)
    }
    builder.count(
      "identical_rows", "data", "Test rows equal to a training row", facts.identicalRows,
      source: source,
      note: "inputs and label are equal; with few or coarse inputs this need not be a leak")
    builder.count("dropped_rows", "data", "Rows left out", facts.droppedRows, source: source)
    for (column, count) in facts.missingValues {
      builder.add(
        Evidence(
          id: EvidenceID("missing_values", arm: "data", scope: column),
          title: "Missing fields in \(column)", unit: .count, result: .count(count), source: source)
      )
    }
    builder.count(
      "unseen_categories", "data", "Test rows with a category not seen in training",
      facts.unseenCategories, source: source)
    builder.count(
      "clients_without_training_rows", "data", "Clients without training rows",
      facts.clientsWithoutTraining, source: source)
    builder.count(
      "clients_without_test_rows", "data", "Clients without test rows", facts.clientsWithoutTest,
      source: source)
    builder.count(
      "clients_with_one_class", "data", "Clients whose training rows have one class only",
      facts.clientsWithOneClass, source: source)
    groups(&builder)
  }

  /// Rows of a group; withheld below the minimum, like every number of that group.
  static func rows(
    _ count: Int, column: String, group: String, minimum: Int, source: Evidence.Source
  ) -> Evidence {
    Evidence(
      id: EvidenceID("rows", arm: "data", column: column, group: group),
      title: "Test rows, \(column) \(group)", unit: .count,
      result: count >= minimum
        ? .count(count)
        : .estimate(.undefined(reason: "suppressed: fewer than \(minimum) rows", count: nil)),
      source: source)
  }

  private func groups(_ builder: inout EvidenceBuilder) {
    var seen = Set<String>()
    for column in data.segments + data.sensitive where seen.insert(column.name).inserted {
      var counts = [Int](repeating: 0, count: column.groups.count)
      for code in column.codes { counts[Int(code)] += 1 }
      for (group, count) in zip(column.groups, counts) {
        builder.add(
          Self.rows(count, column: column.name, group: group, minimum: 20, source: source))
      }
    }
  }
}
