import AssayEvidence

/// The facts of an assessment by metric, arm and scope, read once.
struct EvidenceIndex {
  /// A fact with its name taken apart.
  struct Entry {
    var evidence: Evidence
    var metric: String
    var arm: String
    /// `overall`, a column, or `column=group` as written.
    var scope: String
    /// Column and group of a scope `column=group`.
    var group: (column: String, group: String)?
  }

  let assessment: Assessment
  let entries: [Entry]
  /// Arms in the plan's order.
  let arms: [ArmSummary]

  var subject: Subject { assessment.record.subject }
  var record: EvidenceRecord { assessment.record }

  init(_ assessment: Assessment) {
    self.assessment = assessment
    arms = assessment.record.subject.arms
    entries = assessment.record.evidence.map { evidence in
      Entry(
        evidence: evidence, metric: evidence.id.metric, arm: evidence.id.arm,
        scope: evidence.id.scope, group: evidence.id.group)
    }
  }

  /// The fact of a metric, arm and plain scope.
  func fact(_ metric: String, _ arm: String, _ scope: String = "overall") -> Evidence? {
    assessment.evidence(metric, arm, scope)
  }

  /// The fact of a metric, arm and group.
  func fact(_ metric: String, _ arm: String, column: String, group: String) -> Evidence? {
    assessment.evidence(EvidenceID(metric, arm: arm, column: column, group: group))
  }

  /// The difference of two arms over all rows.
  func difference(_ metric: String, _ arm: String, against reference: String) -> Evidence? {
    assessment.evidence(EvidenceID(metric, arm: arm, against: reference))
  }

  /// The difference of two arms within a group.
  func difference(
    _ metric: String, _ arm: String, against reference: String, column: String, group: String
  ) -> Evidence? {
    assessment.evidence(
      EvidenceID(
        "\(metric)_difference", arm: "\(arm)-vs-\(reference)", column: column, group: group))
  }

  /// The arm of that name.
  func arm(_ name: String?) -> ArmSummary? {
    guard let name else { return nil }
    return arms.first { $0.name == name }
  }

  /// Metrics of the evaluation that any arm has over all rows: the headline, then the field's common
  /// ones, then the rest in order of collection.
  var overallMetrics: [String] {
    let names = Set(arms.map(\.name))
    var found: [String] = []
    var seen: Set<String> = []
    for entry in entries where entry.scope == "overall" && names.contains(entry.arm) {
      guard case .estimate = entry.evidence.result, !Self.isProcess(entry.metric) else { continue }
      if seen.insert(entry.metric).inserted { found.append(entry.metric) }
    }
    let common = [subject.headline] + Self.commonMetrics
    let first = common.enumerated().filter { index, name in
      seen.contains(name) && common.firstIndex(of: name) == index
    }.map(\.element)
    return first + found.filter { !common.contains($0) }
  }

  private static let commonMetrics = [
    "accuracy", "balanced_accuracy", "roc_auc", "average_precision", "precision", "recall", "f1",
    "precision_macro", "recall_macro", "f1_macro", "log_loss", "brier_score",
    "expected_calibration_error", "mean_absolute_error", "mean_squared_error", "r2_score",
  ]

  /// Facts about the training, not about the model.
  private static func isProcess(_ metric: String) -> Bool {
    metric.hasPrefix("clients_") || metric.hasPrefix("rounds_") || metric.hasSuffix("_difference")
      || metric.hasPrefix("accuracy_gap") || metric.hasSuffix("_worst_decile_client")
      || metric == "completion_rate"
  }

  /// The title of a metric, as its facts over all rows call it.
  func title(of metric: String) -> String {
    let facts = entries.filter { $0.metric == metric }
    let title = (facts.first { $0.scope == "overall" } ?? facts.first)?.evidence.title
    return DisplayText.name(title ?? metric)
  }

  /// The title of a fairness measure. A comparison of arms may have the same metric, hence the column.
  func title(of key: (metric: String, column: String)) -> String {
    let fact = entries.first {
      $0.metric == key.metric && $0.scope == key.column && !$0.arm.contains("-vs-")
    }
    return DisplayText.name(fact?.evidence.title ?? key.metric)
  }

  /// The title of the metric that a comparison `…_difference` compares.
  func comparedTitle(of difference: String) -> String {
    title(
      of: difference.hasSuffix("_difference")
        ? String(difference.dropLast("_difference".count)) : difference)
  }

  /// The arm that a document is about: the candidate, or the only one there is.
  var mainArm: ArmSummary? { arm(subject.candidate) ?? (arms.count == 1 ? arms.first : nil) }

  /// Groups of segment and sensitive columns, each once, in order of collection; clients left out.
  var segments: [(column: String, group: String)] { groups { $0 != subject.client } }

  /// Clients, in order of collection.
  var clients: [(column: String, group: String)] { groups { $0 == subject.client } }

  private func groups(where isWanted: (String) -> Bool) -> [(column: String, group: String)] {
    let names = Set(arms.map(\.name)).union(["data"])
    var seen: Set<String> = []
    var result: [(column: String, group: String)] = []
    for entry in entries where names.contains(entry.arm) {
      guard let group = entry.group, isWanted(group.column) else { continue }
      guard entry.metric == subject.headline || entry.metric == "rows" else { continue }
      if seen.insert(entry.scope).inserted { result.append(group) }
    }
    return result
  }

  /// Fairness facts: metrics whose scope is a whole column.
  var fairness: [(metric: String, column: String)] {
    let names = Set(arms.map(\.name))
    var seen: Set<String> = []
    var result: [(metric: String, column: String)] = []
    for entry in entries where names.contains(entry.arm) {
      guard entry.group == nil, entry.scope != "overall", case .estimate = entry.evidence.result
      else { continue }
      if seen.insert("\(entry.metric)/\(entry.scope)").inserted {
        result.append((entry.metric, entry.scope))
      }
    }
    return result
  }

  /// Differences of the headline metric over all rows, in order of collection.
  var headlineDifferences: [Evidence] {
    let metric = "\(subject.headline)_difference"
    return entries.filter { $0.metric == metric && $0.scope == "overall" }.map(\.evidence)
  }

  /// Whether larger values of a metric are better, by the field's names: losses and errors are not.
  static func isHigherBetter(_ metric: String) -> Bool {
    !["loss", "error", "brier"].contains { metric.contains($0) }
  }

  /// The range of a metric that is a share.
  static func range(of evidence: [Evidence?]) -> ClosedRange<Double>? {
    let units = Set(evidence.compactMap { $0?.unit })
    return units == [.fraction] ? 0...1 : nil
  }

  /// The colour of an arm's marks, and whether they are filled.
  func look(of name: String) -> (colour: MarkColour, isFilled: Bool) {
    guard let arm = arm(name) else { return (.ink, true) }
    if arm.isPrivate { return (.orange, true) }
    switch arm.kind {
    case .federated, .ingested: return (.blue, true)
    case .local: return (.grey, false)
    case .centralized: return (.ink, true)
    case .trivial, .optimum: return (.grey, true)
    case .scores: return name == subject.baseline ? (.ink, true) : (.blue, true)
    }
  }

  /// Arms that claim or add noise.
  var privateArms: [ArmSummary] { arms.filter(\.isPrivate) }

  /// The finding of a check.
  func finding(_ id: String) -> Finding? { assessment.findings.first { $0.check.id == id } }
}

extension Evidence {
  /// Whether the interval of a difference lies entirely on one side of zero.
  var excludesZero: Bool {
    guard let interval else { return false }
    return interval.low > 0 || interval.high < 0
  }
}
