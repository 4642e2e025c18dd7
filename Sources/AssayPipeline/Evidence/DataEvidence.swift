import AssayEvidence
import AssayMetrics
import AssayRuns
import AssayTraining

/// Facts about the data: leaks, gaps, rows of every group.
struct DataEvidence {
  let data: PreparedData
  let plan: Pilot.DataPlan
  /// What is hidden of the groups of test rows.
  let suppression: SuppressionPlan

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
    if !data.isRegression {
      builder.count(
        "clients_with_one_class", "data", "Clients whose training rows have one class only",
        facts.clientsWithOneClass, source: source)
    }
    if let audit = facts.audit { clients(audit, &builder) }
    groups(&builder)
  }

  /// How the clients came about, and how they differ in labels and size.
  private func clients(_ audit: PartitionAudit, _ builder: inout EvidenceBuilder) {
    builder.text(
      "partition", "data", "How clients came about", origin,
      source: Evidence.Source(path: "pilot.yaml", how: "read from the pilot file"))
    let parts = data.isRegression ? "deciles" : "classes"
    let basis =
      "\(audit.clientCount) clients, \(audit.rowCount) rows, \(audit.classCount) \(parts)"
      + (data.isRegression ? " of the label, each in place of a class" : "")
    func estimate(
      _ metric: String, _ title: String, _ value: Double, _ unit: ValueUnit, _ note: String
    ) {
      builder.add(
        Evidence(
          id: EvidenceID(metric, arm: "data"), title: title, unit: unit,
          result: .estimate(.defined(value: value, interval: nil, count: audit.clientCount)),
          source: source, note: "\(note); \(basis)"))
    }
    estimate(
      "label_divergence_mean", "Label divergence of clients, mean", audit.meanLabelDivergence,
      .fraction,
      "Jensen–Shannon divergence, base 2, of a client's labels from all labels: 0 is alike")
    estimate(
      "label_divergence_largest", "Label divergence of clients, largest",
      audit.largestLabelDivergence, .fraction, "the same for the client that differs most")
    estimate(
      "client_size_gini", "Inequality of client sizes", audit.sizeGini, .fraction,
      "Gini coefficient of rows by client: 0 is equal sizes")
    estimate(
      "class_coverage", "Share of the \(parts) that a client holds, mean", audit.classCoverage,
      .fraction, "over clients, each counted once")
    builder.count(
      "client_rows_smallest", "data", "Rows of the smallest client", audit.smallestClient,
      source: source)
    builder.quantity(
      "client_rows_median", "data", "Rows of the median client", audit.medianClient, .number,
      source: source)
    builder.count(
      "client_rows_largest", "data", "Rows of the largest client", audit.largestClient,
      source: source)
  }

  private var origin: String {
    switch plan.clients {
    case .column(let named): "named by the column '\(named.name)' of the data"
    case .partition(let partition): partition.sentence(isRegression: data.isRegression)
    }
  }

  /// Rows of a group; hidden where every other number of that group is, and for the same reason.
  static func rows(
    _ count: Int, column: String, group: String, hidden: String?, source: Evidence.Source
  ) -> Evidence {
    Evidence(
      id: EvidenceID("rows", arm: "data", column: column, group: group),
      title: "Test rows, \(column) \(group)", unit: .count,
      result: hidden.map { .estimate(.undefined(reason: $0, count: nil)) } ?? .count(count),
      source: source)
  }

  private func groups(_ builder: inout EvidenceBuilder) {
    var seen = Set<String>()
    for column in data.segments + data.sensitive where seen.insert(column.name).inserted {
      var counts = [Int](repeating: 0, count: column.groups.count)
      for code in column.codes { counts[Int(code)] += 1 }
      for (index, group) in column.groups.enumerated() {
        builder.add(
          Self.rows(
            counts[index], column: column.name, group: group,
            hidden: suppression.cell(column: column.name, group: index).all, source: source))
      }
    }
  }
}
