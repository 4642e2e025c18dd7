import AssayStatistics

/// One rate in every group, and its extremes in every replicate.
struct GroupRates {
  /// By seed, then group; NaN where undefined.
  var values: [[Double]]
  /// Groups that have the rate under every seed, or all of them under Fairlearn's convention.
  var defined: [Bool]
  /// By seed, then replicate, over the groups that are defined.
  var highest: [[Double]]
  var lowest: [[Double]]
  /// By seed: the rate of all groups together; NaN where there is none.
  var overall: [Double]
  /// By seed, then replicate.
  var overallReplicates: [[Double]]
  /// Why a group has no rate.
  var reason: String
  /// The rate's denominator by seed, then group; 0 where it has none.
  var trials: [[Double]]
  /// Whether the rate is a share of its denominator.
  var isProportion: Bool
  /// By seed, group, replicate; empty for groups that are not defined.
  var replicates: [[[Double]]]

  /// What an interval needs of one seed.
  func rate(_ seed: Int) -> FairnessInterval.Rate {
    FairnessInterval.Rate(
      values: values[seed], defined: defined, trials: trials[seed], isProportion: isProportion,
      replicates: replicates[seed])
  }

  /// Takes one group's replicates into the extremes.
  mutating func fold(
    _ values: [Double], group: Int, seed: Int, shift: Int, isFairlearn: Bool
  ) {
    replicates[seed][group] = values.indices.map { replicate in
      let value = values[(replicate + shift) % values.count]
      return value.isNaN && isFairlearn ? 0 : value
    }
    for replicate in values.indices {
      var value = values[(replicate + shift) % values.count]
      if value.isNaN {
        if isFairlearn { value = 0 } else { continue }
      }
      highest[seed][replicate] = max(highest[seed][replicate], value)
      lowest[seed][replicate] = min(lowest[seed][replicate], value)
    }
  }
}

/// Sums over all groups together.
struct GroupSums {
  /// Totals of the groups with enough labels.
  var totals: [Double]
  /// Selected rows and rows of all groups.
  var selected = 0.0
  var rows = 0.0
  var benefit = BenefitInequality()

  /// Adds one group.
  mutating func add(
    _ group: [Double], layout: TotalsLayout, selection: RatioMetric?, isHidden: Bool
  ) {
    if let selection {
      selected += selection.numerator(group)
      rows += selection.denominator(group)
    }
    if isHidden { return }
    for index in group.indices { totals[index] += group[index] }
    if layout.classes == 2 { benefit.add(BenefitInequality(group, layout)) }
  }

  /// The rate of all groups together.
  func rate(_ id: String, _ smooth: any SmoothMetric) -> Double {
    id == "selection_rate" ? (rows > 0 ? selected / rows : .nan) : smooth.value(totals)
  }
}
