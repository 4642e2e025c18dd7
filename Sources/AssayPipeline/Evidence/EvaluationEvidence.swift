import AssayEvidence
import AssayMetrics
import AssayStatistics

/// Turns an evaluation into evidence: overall, per segment, per client, fairness, comparisons.
struct EvaluationEvidence {
  /// Metrics that are kept for every group; overall keeps all.
  static let groupMetrics: Set<String> = [
    "accuracy", "balanced_accuracy", "precision", "recall", "specificity", "f1", "roc_auc",
    "log_loss", "brier_score", "expected_calibration_error", "selection_rate",
    "false_positive_rate", "precision_macro", "recall_macro", "f1_macro", "top_2_accuracy",
    "mean_absolute_error", "mean_squared_error", "r2_score",
  ]
  /// Metrics that are kept for every client.
  static let clientMetrics: Set<String> = ["accuracy", "log_loss", "mean_absolute_error"]
  /// Metrics of comparisons that are kept for every group.
  static let comparedMetrics: Set<String> = [
    "accuracy", "log_loss", "recall", "roc_auc", "selection_rate", "mean_absolute_error",
  ]

  /// The most clients whose values are facts of their own. A list of more is read by a program: it
  /// follows from the predictions, which name the client of every row.
  static let clientLimit = 1_000

  let evaluation: Evaluation
  /// Name of the client column.
  let clientColumn: String?
  /// Which files the scores of an arm came from.
  let source: (String) -> Evidence.Source

  func collect(into builder: inout EvidenceBuilder) {
    for arm in evaluation.arms {
      for metric in arm.overall {
        add(metric, arm, EvidenceID(metric.id, arm: arm.name), to: &builder)
      }
      for column in arm.segments + arm.sensitive { groups(column, arm, &builder) }
      clients(arm, &builder)
      spread(arm, &builder)
      curves(arm, &builder)
      fairness(arm, &builder)
      worstSegment(arm, &builder)
    }
    for comparison in evaluation.comparisons { compare(comparison, &builder) }
    builder.text(
      "interval_question", "run", "What the intervals answer", question,
      source: Evidence.Source(path: "evidence.json", how: "by the number of clients"))
    if let clients = evaluation.clientCount, clients > Self.clientLimit {
      builder.text(
        "client_values", "run", "Values of single clients",
        "not listed, as there are \(clients) clients, more than \(Self.clientLimit); the predictions "
          + "name the client of every row",
        source: Evidence.Source(path: "evidence.json", how: "by the number of clients"))
    }
    let withheld = builder.evidence.count(where: \.isSuppressed)
    builder.count(
      "suppressed_cells", "run", "Numbers withheld because their cell is small", withheld,
      source: Evidence.Source(path: "evidence.json", how: "counted over all evidence"))
  }

  /// Which repetition of the study the intervals of whole-table metrics stand for.
  private var question: String {
    guard let clients = evaluation.clientCount else {
      return "how would the arms do on new rows like these? Rows are treated as independent."
    }
    return clients >= EvaluationOptions().minimumClusters
      ? "how would the arms do with new clients like these \(clients)? Cells with fewer than "
        + "\(EvaluationOptions().minimumClusters) clients treat rows as independent, and say so."
      : "how would the arms do on new rows of these \(clients) clients? With fewer than "
        + "\(EvaluationOptions().minimumClusters) clients, rows are treated as independent."
  }

  private func groups(
    _ column: ColumnResult, _ arm: ArmEvaluation, _ builder: inout EvidenceBuilder
  ) {
    for group in column.groups {
      for metric in group.metrics where Self.groupMetrics.contains(metric.id) {
        let id = EvidenceID(metric.id, arm: arm.name, column: column.column, group: group.name)
        add(metric, arm, id, to: &builder)
      }
    }
  }

  private func clients(_ arm: ArmEvaluation, _ builder: inout EvidenceBuilder) {
    let isListed = evaluation.clientCount ?? 0 <= Self.clientLimit
    for group in isListed ? arm.clients?.groups ?? [] : [] {
      for metric in group.metrics where Self.clientMetrics.contains(metric.id) {
        let id = EvidenceID(
          metric.id, arm: arm.name, column: clientColumn ?? "client", group: group.name)
        add(metric, arm, id, to: &builder)
      }
    }
    guard let summary = arm.clientSummary else { return }
    let isAccuracy = summary.metric == "accuracy"
    builder.add(
      Evidence(
        id: EvidenceID("\(summary.metric)_worst_decile_client", arm: arm.name),
        title: isAccuracy
          ? "10th percentile of client accuracies" : "90th percentile of client errors",
        unit: isAccuracy ? .fraction : .loss,
        result: .estimate(summary.worstDecile), source: source(arm.name),
        note: "every client counts once, whatever its size"))
  }

  private func fairness(_ arm: ArmEvaluation, _ builder: inout EvidenceBuilder) {
    for column in arm.fairness {
      for metric in column.metrics where MetricCatalogue.fairnessHeadlines.contains(metric.id) {
        let id = EvidenceID(metric.id, arm: arm.name, scope: column.column)
        if builder.contains(id) { continue }
        var notes: [String] = []
        if let highest = metric.highest, let lowest = metric.lowest {
          notes.append("between \(highest) and \(lowest)")
        }
        notes += metric.leftOut.map { "\($0.group) left out: \($0.reason)" }
        if let note = note(metric.estimate, arm) { notes.append(note) }
        builder.add(
          Evidence(
            id: id, title: Self.title(metric.id), unit: Self.unit(metric.id),
            result: .estimate(metric.estimate), seeds: seeds(metric.perSeed, arm),
            source: source(arm.name), leftOut: metric.leftOut.map(\.group),
            note: notes.isEmpty ? nil : notes.joined(separator: "; ")))
      }
    }
  }

  /// Overall minus the worst group that has enough rows to be shown.
  private func worstSegment(_ arm: ArmEvaluation, _ builder: inout EvidenceBuilder) {
    guard let overall = arm.overall["accuracy"]?.value else { return }
    var worst: (gap: Double, interval: Interval?, count: Int, name: String)?
    for column in arm.segments {
      for group in column.groups {
        guard case .defined(let value, let interval, let count)? = group.metrics["accuracy"] else {
          continue
        }
        let gap = overall - value
        if gap > worst?.gap ?? -.infinity {
          worst = (gap, interval, count, "\(column.column) \(group.name)")
        }
      }
    }
    guard let worst else {
      builder.missing(
        "accuracy_gap_worst_segment", arm.name, "Accuracy lost in the worst segment",
        "no segment has enough rows to be shown", unit: .fraction, source: source(arm.name))
      return
    }
    let interval = worst.interval.map {
      Interval(
        low: overall - $0.high, high: overall - $0.low, method: $0.method,
        confidence: $0.confidence,
        note: "the segment's own interval, shifted; choosing the worst of several is not corrected")
    }
    builder.add(
      Evidence(
        id: EvidenceID("accuracy_gap_worst_segment", arm: arm.name),
        title: "Accuracy lost in the worst segment", unit: .difference,
        result: .estimate(
          .defined(value: worst.gap, interval: interval, count: worst.count)),
        source: source(arm.name), note: "worst: \(worst.name)"))
  }

  private func compare(_ comparison: Comparison, _ builder: inout EvidenceBuilder) {
    func insert(_ metric: MetricResult, _ id: EvidenceID) {
      if builder.contains(id) { return }
      builder.add(
        Evidence(
          id: id, title: "\(Self.title(metric.id)), difference", unit: .difference,
          result: .estimate(metric.estimate),
          seeds: seeds(metric.perSeed, evaluation.arm(comparison.arm)),
          source: source(comparison.arm),
          note: note(metric.estimate, evaluation.arm(comparison.arm))))
    }
    for metric in comparison.overall {
      insert(
        metric,
        EvidenceID(metric.id, arm: comparison.arm, against: comparison.reference))
    }
    for column in comparison.segments + comparison.sensitive {
      for group in column.groups {
        for metric in group.differences where Self.comparedMetrics.contains(metric.id) {
          insert(
            metric,
            EvidenceID(
              "\(metric.id)_difference", arm: "\(comparison.arm)-vs-\(comparison.reference)",
              column: column.column, group: group.name))
        }
      }
    }
  }

  private func add(
    _ metric: MetricResult, _ arm: ArmEvaluation, _ id: EvidenceID,
    to builder: inout EvidenceBuilder
  ) {
    if builder.contains(id) { return }
    builder.add(
      Evidence(
        id: id, title: Self.title(metric.id), unit: Self.unit(metric.id),
        result: .estimate(metric.estimate), seeds: seeds(metric.perSeed, arm),
        source: source(arm.name), note: note(metric.estimate, arm)))
  }

  /// What an interval covers, beyond its method: a single seed says nothing about other seeds.
  private func note(_ estimate: Estimate, _ arm: ArmEvaluation?) -> String? {
    guard let interval = estimate.interval else { return nil }
    var texts = [interval.note, Self.adjusted(interval)].compactMap { $0 }
    if let arm, arm.seeds.count == 1, arm.seeds[0] != nil {
      texts.append("one seed: the interval covers the sampling of test rows only")
    }
    return texts.isEmpty ? nil : texts.joined(separator: "; ")
  }

  /// The interval that covers better in small samples, where it is clearly wider.
  private static func adjusted(_ interval: Interval) -> String? {
    guard let adjusted = interval.adjusted,
      adjusted.high - adjusted.low > 1.15 * (interval.high - interval.low)
    else { return nil }
    let why =
      switch interval.method {
      case .delong: "few rows of a class, or an area near 1"
      case .paired: "few rows on which the arms differ"
      case .bootstrap: "few rows of a kind, or a few large losses"
      default: "clients are few or of very unequal size"
      }
    return "\(why): allowing for that, "
      + "\(PrintedNumber.text(adjusted.low, .fraction)) to "
      + PrintedNumber.text(adjusted.high, .fraction)
  }

  private func seeds(_ values: [Double?], _ arm: ArmEvaluation?) -> [Evidence.SeedValue] {
    guard let arm, arm.seeds.count == values.count else { return [] }
    return zip(arm.seeds, values).compactMap { seed, value in
      seed.map { Evidence.SeedValue(seed: $0, value: value) }
    }
  }

  static func title(_ id: String) -> String {
    MetricCatalogue.metric(id)?.title ?? id
  }

  static func unit(_ id: String) -> ValueUnit {
    switch MetricCatalogue.metric(id)?.unit {
    case .fraction?: .fraction
    case .loss?: .loss
    case .ratio?: .ratio
    case .number?, nil: .number
    }
  }
}
