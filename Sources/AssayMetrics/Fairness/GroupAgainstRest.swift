import AssayStatistics

/// Fairness of one group against all others pooled, and of a column's groups together, from the labelled
/// rows of a binary classifier: the metrics of AIF360 with that group as the privileged one.
///
/// Differences are the rest minus the group, ratios the rest over the group: a negative
/// `statistical_parity_difference` says that the others are selected less often. No intervals: the metrics
/// of ``FairnessMetric`` have them.
/// - Note: Source: Bellamy et al. 2018, "AI Fairness 360", arXiv:1810.01943; definitions and signs as in
///   AIF360 0.6.1, `aif360.sklearn.metrics`.
public struct PooledFairness: Hashable, Sendable {
  /// One metric.
  public struct Result: Hashable, Sendable {
    /// Its id.
    public var id: String
    /// The value, or why there is none; the count is the labelled rows of all groups that took part.
    public var estimate: Estimate
  }

  /// A group's metrics, by its name.
  public struct Group: Hashable, Sendable {
    /// The group.
    public var name: String
    /// Its metrics, in the order of ``PooledFairness/definitions``.
    public var metrics: [Result]

    /// The metric of that id.
    public func metric(_ id: String) -> Estimate? { metrics.first { $0.id == id }?.estimate }
  }

  /// Every group that took part; groups that are withheld, also in part, do not.
  public var groups: [Group]
  /// Metrics of all groups together.
  public var overall: [Result]

  /// The group of that name.
  public func group(_ name: String) -> Group? { groups.first { $0.name == name } }

  /// The overall metric of that id.
  public func metric(_ id: String) -> Estimate? { overall.first { $0.id == id }?.estimate }
}

/// Labelled rows of one group by label and prediction.
struct OutcomeCounts: Hashable, Sendable {
  var truePositives = 0.0
  var falsePositives = 0.0
  var falseNegatives = 0.0
  var trueNegatives = 0.0

  init() {}

  init(_ totals: [Double], _ layout: TotalsLayout) {
    truePositives = totals[layout.right(1)]
    trueNegatives = totals[layout.right(0)]
    falseNegatives = totals[layout.actual(1)] - truePositives
    falsePositives = totals[layout.actual(0)] - trueNegatives
  }

  var rows: Double { truePositives + falsePositives + falseNegatives + trueNegatives }
  var selected: Double { truePositives + falsePositives }
  var positives: Double { truePositives + falseNegatives }

  private static func share(_ part: Double, _ whole: Double) -> Double {
    whole > 0 ? part / whole : .nan
  }
  var selectionRate: Double { Self.share(selected, rows) }
  var recall: Double { Self.share(truePositives, positives) }
  var falsePositiveRate: Double { Self.share(falsePositives, rows - positives) }
  var precision: Double { Self.share(truePositives, selected) }
  var falseOmissionRate: Double { Self.share(falseNegatives, rows - selected) }
  var benefit: BenefitInequality {
    BenefitInequality(rows: rows, falsePositives: falsePositives, falseNegatives: falseNegatives)
  }

  static func + (a: OutcomeCounts, b: OutcomeCounts) -> OutcomeCounts {
    var sum = a
    sum.truePositives += b.truePositives
    sum.falsePositives += b.falsePositives
    sum.falseNegatives += b.falseNegatives
    sum.trueNegatives += b.trueNegatives
    return sum
  }
}

extension PooledFairness {
  /// A metric's id, what it is, why it may be undefined.
  struct Definition: Sendable {
    var id: String
    var definition: String
    var whenUndefined: String
    /// From the group, the rest, and the number of groups.
    var value: @Sendable (_ group: OutcomeCounts, _ rest: OutcomeCounts, _ groups: Int) -> Double
  }

  /// Metrics of a group against the rest, in order.
  static let definitions: [Definition] = [
    Definition(
      id: "statistical_parity_difference",
      definition: "Selection rate of the rest minus the group's.",
      whenUndefined: "no labelled row in the group or the rest"
    ) { group, rest, _ in rest.selectionRate - group.selectionRate },
    Definition(
      id: "disparate_impact_ratio", definition: "Selection rate of the rest over the group's.",
      whenUndefined: "nobody in the group is selected"
    ) { group, rest, _ in
      group.selected > 0 ? rest.selectionRate / group.selectionRate : .nan
    },
    Definition(
      id: "equal_opportunity_difference",
      definition: "True-positive rate of the rest minus the group's.",
      whenUndefined: "no row with label 1 in the group or the rest"
    ) { group, rest, _ in rest.recall - group.recall },
    Definition(
      id: "average_odds_difference",
      definition: "Mean of the differences in true-positive and false-positive rate.",
      whenUndefined: "one label only in the group or the rest"
    ) { group, rest, _ in
      (rest.recall - group.recall + rest.falsePositiveRate - group.falsePositiveRate) / 2
    },
    Definition(
      id: "average_odds_error",
      definition: "Mean of the absolute differences in true-positive and false-positive rate.",
      whenUndefined: "one label only in the group or the rest"
    ) { group, rest, _ in
      (abs(rest.recall - group.recall) + abs(rest.falsePositiveRate - group.falsePositiveRate)) / 2
    },
    Definition(
      id: "average_predictive_value_difference",
      definition: "Mean of the differences in precision and false-omission rate.",
      whenUndefined: "one prediction only in the group or the rest"
    ) { group, rest, _ in
      (rest.precision - group.precision + rest.falseOmissionRate - group.falseOmissionRate) / 2
    },
    Definition(
      id: "generalized_entropy_between_group_and_rest",
      definition:
        "`generalized_entropy_between_groups` (α = 2) of two groups: this one and the rest.",
      whenUndefined: "every label is 1 and every prediction 0"
    ) { group, rest, _ in
      var benefit = group.benefit
      benefit.add(rest.benefit)
      return benefit.betweenGroups
    },
    Definition(
      id: "class_imbalance", definition: "(Rows of the rest − rows of the group) / all rows.",
      whenUndefined: "no labelled row"
    ) { group, rest, _ in (rest.rows - group.rows) / (group.rows + rest.rows) },
    Definition(
      id: "selection_kl_divergence",
      definition: "Kullback–Leibler divergence of the group's predictions from the rest's, natural "
        + "logarithm; of two groups only, as AIF360 has it.",
      whenUndefined: "not of two groups, or one of them has one prediction only"
    ) { group, rest, groups in
      let (p, q) = (group.selectionRate, rest.selectionRate)
      guard groups == 2, p > 0, p < 1, q > 0, q < 1 else { return .nan }
      return p * PortableMath.log(p / q) + (1 - p) * PortableMath.log((1 - p) / (1 - q))
    },
  ]

  /// Metrics of all groups together: id and what it is.
  static let overallDefinitions: [(id: String, definition: String)] = [
    (
      "conditional_demographic_disparity",
      "Mean over groups, weighted by their rows, of the group's share of all rejected minus its share of "
        + "all selected; Wachter et al. 2020, arXiv:2005.05906."
    ),
    (
      "smoothed_differential_fairness",
      "The largest |ln ratio| of two groups' shares of a prediction, each share smoothed as "
        + "(rows + ½) / (all + 1); Foulds et al. 2020, arXiv:1807.08362, there ε; no privacy budget."
    ),
    (
      "differential_fairness_bias_amplification",
      "`smoothed_differential_fairness` of predictions minus that of labels; Foulds et al. 2020."
    ),
  ]

  /// - Parameter groups: By name: labelled rows under each seed.
  /// - Returns: `nil` below two groups.
  init?(_ groups: [(name: String, seeds: [OutcomeCounts])]) {
    guard groups.count >= 2, let seedCount = groups.first?.seeds.count, seedCount > 0 else {
      return nil
    }
    let rows = groups.reduce(0.0) { $0 + ($1.seeds.first?.rows ?? 0) }
    func result(_ id: String, _ reason: String, _ value: (Int) -> Double) -> Result {
      let mean = (0..<seedCount).reduce(0.0) { $0 + value($1) } / Double(seedCount)
      return Result(
        id: id,
        estimate: mean.isFinite
          ? .defined(value: mean, interval: nil, count: Int(rows))
          : .undefined(reason: reason, count: Int(rows)))
    }
    self.groups = groups.indices.map { index in
      let rests = (0..<seedCount).map { seed in
        groups.indices.filter { $0 != index }.reduce(OutcomeCounts()) {
          $0 + groups[$1].seeds[seed]
        }
      }
      return Group(
        name: groups[index].name,
        metrics: Self.definitions.map { definition in
          result(definition.id, definition.whenUndefined) {
            definition.value(groups[index].seeds[$0], rests[$0], groups.count)
          }
        })
    }
    let all = (0..<seedCount).map { seed in groups.map { $0.seeds[seed] } }
    overall = [
      result("conditional_demographic_disparity", "all rows have one prediction") {
        Self.demographicDisparity(all[$0])
      },
      result("smoothed_differential_fairness", "no labelled row") {
        Self.differentialFairness(all[$0], \.selected)
      },
      result("differential_fairness_bias_amplification", "no labelled row") {
        Self.differentialFairness(all[$0], \.selected)
          - Self.differentialFairness(all[$0], \.positives)
      },
    ]
  }

  private static func demographicDisparity(_ groups: [OutcomeCounts]) -> Double {
    let all = groups.reduce(OutcomeCounts(), +)
    guard all.selected > 0, all.selected < all.rows else { return .nan }
    var sum = 0.0
    for group in groups {
      sum +=
        group.rows
        * ((group.rows - group.selected) / (all.rows - all.selected)
          - group.selected / all.selected)
    }
    return sum / all.rows
  }

  private static func differentialFairness(
    _ groups: [OutcomeCounts], _ count: KeyPath<OutcomeCounts, Double>
  ) -> Double {
    let used = groups.filter { $0.rows > 0 }
    guard !used.isEmpty else { return .nan }
    let shares = used.map { ($0[keyPath: count] + 0.5) / ($0.rows + 1) }
    func spread(_ shares: [Double]) -> Double {
      PortableMath.log((shares.max() ?? 1) / (shares.min() ?? 1))
    }
    return max(spread(shares), spread(shares.map { 1 - $0 }))
  }
}
