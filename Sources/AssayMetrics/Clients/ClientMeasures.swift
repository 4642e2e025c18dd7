import AssayStatistics

/// Measures of how a number spreads over clients, as functions of values and weights.
///
/// With every weight 1 each client counts once; with rows as weights each row does. Weights of
/// resampled clients are products of both, so the bootstrap calls the same functions.
/// - Note: Sources: Li et al. 2019, arXiv:1905.10497 (variance, worst tenth); Rockafellar and Uryasev
///   2000, Journal of Risk 2(3), 21–41 (CVaR); Jain, Chiu, Hawe 1984, DEC-TR-301 (index).
struct ClientMeasures {
  /// Ascending.
  let values: [Double]
  /// Beside ``values``.
  let weights: [Double]
  let lowerIsBetter: Bool
  let total: Double
  let mean: Double

  init(values: [Double], weights: [Double], lowerIsBetter: Bool) {
    self.values = values
    self.weights = weights
    self.lowerIsBetter = lowerIsBetter
    var total = CompensatedSum()
    var sum = CompensatedSum()
    for (value, weight) in zip(values, weights) {
      total.add(weight)
      sum.add(weight * value)
    }
    self.total = total.value
    mean = total.value > 0 ? sum.value / total.value : .nan
  }

  /// `Σ w (a − mean)² / Σ w`.
  var variance: Double {
    var sum = CompensatedSum()
    for (value, weight) in zip(values, weights) {
      sum.add(weight * (value - mean) * (value - mean))
    }
    return sum.value / total
  }

  /// Jain's index `(Σ w a)² / (Σ w · Σ w a²)`, from 1/K (one client has all) to 1 (all alike); NaN
  /// when every value is 0.
  var jainIndex: Double {
    var squares = CompensatedSum()
    for (value, weight) in zip(values, weights) { squares.add(weight * value * value) }
    return squares.value > 0 ? mean * mean * total / squares.value : .nan
  }

  /// Gini's coefficient, half the mean absolute difference over the mean; 0 when all are alike; NaN
  /// when the mean is 0 or values are negative.
  var giniCoefficient: Double {
    guard mean > 0, (values.first ?? 0) >= 0 else { return .nan }
    // Σᵢ Σⱼ wᵢ wⱼ |aᵢ − aⱼ| = 2 Σ over gaps of ascending values: gap · weight below · weight above.
    var sum = CompensatedSum()
    var below = 0.0
    for index in values.indices.dropLast() {
      below += weights[index]
      sum.add((values[index + 1] - values[index]) * below * max(0, total - below))
    }
    return sum.value / (total * total * mean)
  }

  /// Entropy of the shares `a / Σ a` in nats, over clients with a value above 0; NaN when the sum is
  /// 0 or values are negative. Its largest value is ln K.
  var entropy: Double {
    guard mean > 0, (values.first ?? 0) >= 0 else { return .nan }
    var sum = CompensatedSum()
    for (value, weight) in zip(values, weights) where value > 0 && weight > 0 {
      let share = value / (mean * total)
      sum.add(-weight * share * PortableMath.log(share))
    }
    return sum.value
  }

  /// Entropy over its largest value ln K, `0...1`; NaN below two clients.
  var normalisedEntropy: Double {
    total > 1 ? entropy / PortableMath.log(total) : .nan
  }

  /// The cosine of the angle to equal values: `Σ a / √(K Σ a²)`, the root of Jain's index.
  var cosineToUniform: Double { jainIndex.squareRoot() }

  /// Conditional value at risk: the mean of the worst `share` of the weight, the client at the edge
  /// counting with the part that fits.
  func conditionalValueAtRisk(_ share: Double) -> Double {
    var left = share * total
    guard left > 0 else { return .nan }
    var sum = CompensatedSum()
    var used = CompensatedSum()
    for index in lowerIsBetter ? Array(values.indices.reversed()) : Array(values.indices) {
      let weight = min(left, weights[index])
      if weight <= 0 { continue }
      sum.add(weight * values[index])
      used.add(weight)
      left -= weight
      if left <= 0 { break }
    }
    return sum.value / used.value
  }

  /// The quantile of whole weights as if each value stood there that often, linear between
  /// neighbours as in numpy.
  func quantile(_ p: Double) -> Double {
    let last = total - 1
    if last <= 0 { return zip(values, weights).first { $0.1 > 0 }?.0 ?? .nan }
    let position = p * last
    let place = position.rounded(.down)
    var below = 0.0
    var low: Double?
    for (value, weight) in zip(values, weights) where weight > 0 {
      if low == nil, below + weight > place { low = value }
      if let low, below + weight > min(last, place + 1) {
        return low + (value - low) * (position - place)
      }
      below += weight
    }
    return low ?? .nan
  }

  /// The mean of the worst `⌈share K⌉` of whole weights.
  func worstMean(_ share: Double, best: Bool = false) -> Double {
    // Less a trifle, so that 0.1 · 30 is not taken for more than 3.
    let count = max(1, (share * total - 1e-9).rounded(.up))
    let ends = ClientMeasures(
      values: values, weights: weights, lowerIsBetter: lowerIsBetter != best)
    return ends.conditionalValueAtRisk(count / total)
  }
}

extension ClientMeasures {
  /// One measure that is reported.
  struct Measure {
    var id: String
    var title: String
    /// Whether it can be weighted by rows.
    var isWeighable = false
    /// Whether resampling clients tells its uncertainty; not so for extremes.
    var isResampled = true
    var range: ClosedRange<Double>
    var value: @Sendable (ClientMeasures) -> Double
  }

  /// All measures in order, for a metric in a range.
  static func all(_ range: ClosedRange<Double>) -> [Measure] {
    let width = range.upperBound - range.lowerBound
    let squares = 0...(width * width / 4)
    return [
      Measure(
        id: "mean", title: "Mean", isWeighable: true, range: range, value: { $0.mean }),
      Measure(
        id: "variance", title: "Variance, divisor K", isWeighable: true, range: squares,
        value: { $0.variance }),
      Measure(
        id: "sample_variance", title: "Variance, divisor K − 1", range: 0...Double.infinity,
        value: { $0.total > 1 ? $0.variance * $0.total / ($0.total - 1) : .nan }),
      Measure(
        id: "standard_deviation", title: "Standard deviation, divisor K", isWeighable: true,
        range: 0...(width / 2), value: { $0.variance.squareRoot() }),
      Measure(
        id: "worst", title: "Worst client", isResampled: false, range: range,
        value: { ($0.lowerIsBetter ? $0.values.last : $0.values.first) ?? .nan }),
      Measure(
        id: "best", title: "Best client", isResampled: false, range: range,
        value: { ($0.lowerIsBetter ? $0.values.first : $0.values.last) ?? .nan }),
      Measure(
        id: "worst_decile", title: "Worst decile", range: range,
        value: { $0.quantile($0.lowerIsBetter ? 0.9 : 0.1) }),
      Measure(
        id: "worst_tenth_mean", title: "Mean of the worst tenth", range: range,
        value: { $0.worstMean(0.1) }),
      Measure(
        id: "worst_twentieth_mean", title: "Mean of the worst twentieth", range: range,
        value: { $0.worstMean(0.05) }),
      Measure(
        id: "best_tenth_mean", title: "Mean of the best tenth", range: range,
        value: { $0.worstMean(0.1, best: true) }),
      Measure(
        id: "cvar_10", title: "CVaR at 10 %", isWeighable: true, range: range,
        value: { $0.conditionalValueAtRisk(0.1) }),
      Measure(
        id: "jain_index", title: "Jain index", isWeighable: true, range: 0...1,
        value: { $0.jainIndex }),
      Measure(
        id: "gini_coefficient", title: "Gini coefficient", isWeighable: true, range: 0...1,
        value: { $0.giniCoefficient }),
      Measure(
        id: "entropy", title: "Entropy of shares, nats", isResampled: false,
        range: 0...Double.infinity, value: { $0.entropy }),
      Measure(
        id: "entropy_normalised", title: "Entropy / ln K", range: 0...1,
        value: { $0.normalisedEntropy }),
      Measure(
        id: "cosine_to_uniform", title: "Cosine to equal values", range: 0...1,
        value: { $0.cosineToUniform }),
    ]
      + [5, 10, 25, 50, 75, 90, 95].map { percent in
        Measure(
          id: "quantile_\(percent)", title: "\(percent) % quantile", range: range,
          value: { $0.quantile(Double(percent) / 100) })
      }
  }
}
