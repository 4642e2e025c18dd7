import AssayEvidence
import AssayRuns

/// Facts about how an arm's runs went: rounds, participation, failures, cost, stability.
struct RunEvidence {
  let arm: String
  let runs: [(folder: String, run: Run)]
  /// Whether clients were asked in rounds: a federated arm, trained here or read from an artifact.
  let isFederated: Bool
  /// Clients the plan wants in each round; `nil` when not known.
  let plannedCohort: Int?
  /// Whether the label is a number, which has no accuracy.
  var isRegression = false

  private var source: Evidence.Source {
    let paths = runs.map { "runs/\($0.folder)/run.json" }
    return Evidence.Source(
      path: paths.count == 1 ? paths[0] : "runs/", how: "counted over \(paths.count) run records")
  }

  func collect(into builder: inout EvidenceBuilder) {
    let completed = runs.count { $0.run.status == .completed }
    builder.count(
      "seed_count", arm, "Completed runs", completed, source: source,
      note: completed < runs.count
        ? "\(runs.count - completed) of \(runs.count) runs did not complete" : nil)
    stability(&builder)
    if isFederated { participation(&builder) }
    cost(&builder)
  }

  /// The training loss of the global model, and how far it is above the central optimum of the same seed.
  ///
  /// Both are means over the seeds of the mean loss over all training rows, so that the gap is what better
  /// training could still gain. The optimum is that of the first arm of its kind.
  /// - Parameters:
  ///   - optimum: The runs of that arm.
  ///   - rows: Training rows.
  func optimumGap(
    from optimum: [(folder: String, run: Run)], arm optimumArm: String, rows: Int,
    into builder: inout EvidenceBuilder
  ) {
    func loss(_ run: Run) -> Double? { run.details["training_loss"]?.double }
    func add(
      _ metric: String, _ title: String, _ values: [(seed: Int, value: Double)], reason: String,
      note: String?
    ) {
      let mean = values.reduce(0) { $0 + $1.value } / Double(max(1, values.count))
      builder.add(
        Evidence(
          id: EvidenceID(metric, arm: arm), title: title, unit: .loss,
          result: .estimate(
            values.isEmpty
              ? .undefined(reason: reason, count: 0)
              : .defined(value: mean, interval: nil, count: rows)),
          seeds: values.map { Evidence.SeedValue(seed: $0.seed, value: $0.value) },
          source: source, note: note))
    }
    let losses = runs.compactMap { entry -> (seed: Int, value: Double)? in
      guard let seed = entry.run.seed, let loss = loss(entry.run) else { return nil }
      return (seed, loss)
    }
    add(
      "training_loss", "Training loss", losses, reason: "no run has a training loss", note: nil)
    guard arm != optimumArm else { return }
    let gaps = losses.compactMap { item -> (seed: Int, value: Double)? in
      optimum.first { $0.run.seed == item.seed }.flatMap { loss($0.run) }.map {
        (item.seed, item.value - $0)
      }
    }
    let open = optimum.count { $0.run.details["optimum"]?["converged"]?.bool != true }
    add(
      "optimum_gap", "Training loss above the central optimum", gaps,
      reason: "no seed has a training loss of both this arm and '\(optimumArm)'",
      note: open > 0
        ? "the search for the optimum did not converge in \(open) of \(optimum.count) runs: the gap may "
          + "be larger" : nil)
  }

  private func participation(_ builder: inout EvidenceBuilder) {
    let rounds = runs.flatMap(\.run.rounds).filter { $0.selected != nil || $0.completed != nil }
    guard !rounds.isEmpty else {
      let reason = "the run records hold no counts of clients"
      for (metric, title) in [
        ("completion_rate", "Completed of selected clients"),
        ("rounds_at_cohort", "Rounds at planned cohort"),
        ("smallest_cohort", "Smallest cohort"),
      ] {
        builder.missing(metric, arm, title, reason, unit: .fraction, source: source)
      }
      return
    }
    func sum(_ field: (Round) -> Int?) -> Int { rounds.reduce(0) { $0 + (field($1) ?? 0) } }
    let planned = runs.reduce(0) { total, entry in
      total + (entry.run.parameters["rounds"]?.integer ?? entry.run.rounds.count)
    }
    builder.count("rounds_planned", arm, "Rounds planned", planned, source: source)
    let aggregated = rounds.filter { $0.aggregated ?? (($0.completed ?? 0) > 0) }
    builder.count(
      "rounds_aggregated", arm, "Rounds that changed the model", aggregated.count, source: source)
    builder.count("clients_selected", arm, "Selected", sum(\.selected), source: source)
    builder.count("clients_completed", arm, "Completed", sum(\.completed), source: source)
    builder.count("clients_failed", arm, "Failed", sum(\.failed), source: source)
    builder.count("clients_no_reply", arm, "No reply", sum(\.noReply), source: source)
    var causes: [String: Int] = [:]
    for round in rounds { causes.merge(round.causes, uniquingKeysWith: +) }
    for (cause, count) in causes.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) })
    {
      builder.add(
        Evidence(
          id: EvidenceID("failures", arm: arm, column: "cause", group: cause),
          title: "Failed: \(cause)", unit: .count, result: .count(count), source: source))
    }
    builder.proportion(
      "completion_rate", arm, "Completed of selected clients", sum(\.completed),
      of: sum(\.selected), source: source)
    if let smallest = aggregated.compactMap(\.completed).min() {
      builder.count("smallest_cohort", arm, "Smallest cohort", smallest, source: source)
    } else {
      builder.missing(
        "smallest_cohort", arm, "Smallest cohort", "no round was aggregated", unit: .count,
        source: source)
    }
    if let plannedCohort {
      let minimum = (plannedCohort * 7 + 9) / 10
      builder.proportion(
        "rounds_at_cohort", arm, "Rounds at planned cohort",
        rounds.count { ($0.completed ?? 0) >= minimum }, of: rounds.count, source: source,
        note: "at least \(minimum) of the \(plannedCohort) clients asked completed; "
          + "seven tenths is a project default, not a standard")
    } else {
      builder.missing(
        "rounds_at_cohort", arm, "Rounds at planned cohort", "the planned cohort is not recorded",
        unit: .fraction, source: source)
    }
  }

  private func cost(_ builder: inout EvidenceBuilder) {
    func total(_ key: String) -> Int? {
      let values = runs.compactMap { $0.run.details[key]?.integer }
      return values.count == runs.count && !values.isEmpty ? values.reduce(0, +) : nil
    }
    let up = runs.flatMap(\.run.rounds).compactMap(\.bytesUp)
    let down = runs.flatMap(\.run.rounds).compactMap(\.bytesDown)
    if isFederated, !up.isEmpty, !down.isEmpty {
      builder.quantity(
        "bytes_up", arm, "Bytes from clients", Double(up.reduce(0, +)), .bytes, source: source)
      builder.quantity(
        "bytes_down", arm, "Bytes to clients", Double(down.reduce(0, +)), .bytes, source: source)
    }
    if let steps = total("gradient_steps") {
      builder.count("gradient_steps", arm, "Gradient steps", steps, source: source)
    }
    if let examples = total("examples_processed") {
      builder.count("examples_processed", arm, "Examples processed", examples, source: source)
    }
    if isFederated {
      if let distinct = runs.compactMap({ Self.distinctClients($0.run) }).min() {
        builder.count("distinct_clients", arm, "Clients that took part", distinct, source: source)
      }
      if let share = runs.compactMap({ Self.largestShare($0.run) }).max() {
        builder.quantity(
          "largest_client_share", arm, "Largest client's share of the weight", share, .fraction,
          source: source)
      } else {
        builder.missing(
          "largest_client_share", arm, "Largest client's share of the weight",
          "the run records hold no weights of clients", unit: .fraction, source: source)
      }
    }
  }

  /// Clients whose update was used at least once, as the engine counted or the artifact lists them.
  private static func distinctClients(_ run: Run) -> Int? {
    if let counted = run.details["distinct_clients"]?.integer { return counted }
    let clients = run.details["clients"]?.array?.compactMap { $0["completed"]?.integer }
    return clients.map { $0.count { $0 > 0 } }.flatMap { $0 > 0 ? $0 : nil }
  }

  /// The largest client's share of the aggregation weight: updates times weight, over all clients.
  private static func largestShare(_ run: Run) -> Double? {
    if let share = run.details["largest_client_share"]?.double { return share }
    guard let clients = run.details["clients"]?.array else { return nil }
    var weights: [Double] = []
    for client in clients {
      guard let completed = client["completed"]?.integer else { return nil }
      if completed == 0 { continue }
      guard let weight = client["weight"]?.double, weight.isFinite, weight >= 0 else { return nil }
      weights.append(Double(completed) * weight)
    }
    let total = weights.reduce(0, +)
    return total > 0 ? weights.max().map { $0 / total } : nil
  }

  /// NaN losses, the last rounds' range and drops that were not made good.
  private func stability(_ builder: inout EvidenceBuilder) {
    let counts = runs.compactMap { $0.run.details["nonfinite_values"]?.integer }
    if counts.count == runs.count {
      builder.count(
        "nonfinite_values", arm, "NaN or infinite losses and weights", counts.reduce(0, +),
        source: source)
    } else {
      builder.missing(
        "nonfinite_values", arm, "NaN or infinite losses and weights",
        "the run records do not say whether weights were checked", unit: .count, source: source)
    }
    // Nothing looks for the stability of other arms.
    if isRegression, !isFederated { return }
    let curves = runs.map { entry in entry.run.rounds.compactMap { Self.accuracy(of: $0) } }
    let usable = curves.filter { $0.count >= 2 }
    guard usable.count == runs.count, !usable.isEmpty else {
      for (metric, title) in [
        ("accuracy_range_last_rounds", "Range of accuracy in the last 10 rounds"),
        ("accuracy_largest_drop", "Largest drop of accuracy not made good"),
      ] {
        builder.missing(
          metric, arm, title,
          isRegression
            ? "a numeric label has no accuracy" : "the run records hold no accuracy by round",
          unit: .fraction, source: source)
      }
      return
    }
    let range =
      usable.map { curve in
        let last = curve.suffix(10)
        return (last.max() ?? 0) - (last.min() ?? 0)
      }.max() ?? 0
    builder.quantity(
      "accuracy_range_last_rounds", arm, "Range of accuracy in the last 10 rounds", range,
      .fraction, source: source)
    let drop = usable.map(Self.largestLastingDrop).max() ?? 0
    builder.quantity(
      "accuracy_largest_drop", arm, "Largest drop of accuracy not made good", drop, .fraction,
      source: source)
  }

  /// The accuracy of a round, under the names that tools use for it.
  static func accuracy(of round: Round) -> Double? {
    for key in ["accuracy", "eval_acc", "acc", "test_accuracy", "eval_accuracy", "val_accuracy"] {
      if let value = round.metrics[key] { return value }
    }
    return nil
  }

  /// The largest fall from one round to the next that the following five rounds do not make good.
  static func largestLastingDrop(_ curve: [Double]) -> Double {
    var largest = 0.0
    for index in curve.indices.dropFirst() {
      let before = curve[index - 1]
      let drop = before - curve[index]
      let recovered = curve[index..<min(curve.count, index + 6)].contains { $0 >= before - 0.01 }
      if drop > largest, !recovered { largest = drop }
    }
    return largest
  }
}
