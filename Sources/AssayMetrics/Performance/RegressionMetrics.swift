/// A square root of a ratio.
struct RootMetric: SmoothMetric {
  var inner: RatioMetric
  var denominator: LinearForm { inner.denominator }

  func value(_ totals: [Double]) -> Double { inner.value(totals).squareRoot() }
  func gradient(_ totals: [Double]) -> [Double] {
    let root = value(totals)
    return inner.gradient(totals).map { root > 0 ? $0 / (2 * root) : 0 }
  }
  func reason(_ totals: [Double]) -> String { inner.whenUndefined }
}

/// `1 − spread of errors / spread of targets`; with errors taken from 0 (R²) or from their mean.
struct DeterminationMetric: SmoothMetric {
  let layout: TotalsLayout
  let denominator: LinearForm
  let errorsFromMean: Bool

  private typealias V = TotalsLayout.RegressionValue

  private func parts(_ t: [Double]) -> (n: Double, error: Double, errors: Double, spread: Double) {
    let n = denominator(t)
    let error = t[layout.value(V.error)]
    let target = t[layout.value(V.target)]
    let errors = t[layout.value(V.squared)] - (errorsFromMean ? error * error / n : 0)
    return (n, error, errors, t[layout.value(V.targetSquared)] - target * target / n)
  }

  func value(_ totals: [Double]) -> Double {
    let (n, _, errors, spread) = parts(totals)
    // Below rounding of the centred sums the targets are equal.
    let floor = 1e-13 * totals[layout.value(V.targetSquared)]
    return n > 1 && spread > floor ? 1 - errors / spread : .nan
  }

  func gradient(_ t: [Double]) -> [Double] {
    let (n, error, errors, spread) = parts(t)
    let target = t[layout.value(V.target)]
    var result = Array(repeating: 0.0, count: t.count)
    result[layout.value(V.squared)] = -1 / spread
    result[layout.value(V.targetSquared)] = errors / (spread * spread)
    result[layout.value(V.target)] = -2 * target / n * errors / (spread * spread)
    var byRows = target * target / (n * n) * errors / (spread * spread)
    if errorsFromMean {
      result[layout.value(V.error)] = 2 * error / n / spread
      byRows -= error * error / (n * n) / spread
    }
    for term in denominator.terms { result[term.index] += byRows * term.weight }
    return result
  }

  func reason(_ totals: [Double]) -> String {
    switch denominator(totals) {
    case ..<1: ClassMetrics.noLabel
    case ..<2: "one row has no spread"
    default: "all targets are equal"
    }
  }
}

/// The standard deviation of errors about their mean, divisor n.
struct ErrorDeviation: SmoothMetric {
  let layout: TotalsLayout
  let denominator: LinearForm

  private typealias V = TotalsLayout.RegressionValue

  func value(_ t: [Double]) -> Double {
    let n = denominator(t)
    guard n > 0 else { return .nan }
    let mean = t[layout.value(V.error)] / n
    return max(0, t[layout.value(V.squared)] / n - mean * mean).squareRoot()
  }

  func gradient(_ t: [Double]) -> [Double] {
    let n = denominator(t)
    let root = value(t)
    var result = Array(repeating: 0.0, count: t.count)
    guard root > 0 else { return result }
    let mean = t[layout.value(V.error)] / n
    result[layout.value(V.squared)] = 1 / (2 * root * n)
    result[layout.value(V.error)] = -mean / (root * n)
    for term in denominator.terms {
      result[term.index] +=
        term.weight * (2 * mean * mean - t[layout.value(V.squared)] / n) / (2 * root * n)
    }
    return result
  }

  func reason(_ totals: [Double]) -> String { ClassMetrics.noLabel }
}

/// Pearson's correlation of targets and predictions.
struct PearsonCorrelation: SmoothMetric {
  let layout: TotalsLayout
  let denominator: LinearForm

  private typealias V = TotalsLayout.RegressionValue

  private struct Parts {
    var n, target, prediction, spread, otherSpread, joint: Double
  }

  /// Centred second moments from sums about one origin.
  private func parts(_ t: [Double]) -> Parts {
    let n = denominator(t)
    let target = t[layout.value(V.target)]
    let prediction = target + t[layout.value(V.error)]
    return Parts(
      n: n, target: target, prediction: prediction,
      spread: t[layout.value(V.targetSquared)] - target * target / n,
      otherSpread: t[layout.value(V.predictionSquared)] - prediction * prediction / n,
      joint: t[layout.value(V.product)] - target * prediction / n)
  }

  func value(_ t: [Double]) -> Double {
    let p = parts(t)
    // Below rounding of the centred sums the numbers are equal.
    guard p.n > 1, p.spread > 1e-13 * t[layout.value(V.targetSquared)],
      p.otherSpread > 1e-13 * t[layout.value(V.predictionSquared)]
    else { return .nan }
    return max(-1, min(1, p.joint / (p.spread.squareRoot() * p.otherSpread.squareRoot())))
  }

  func gradient(_ t: [Double]) -> [Double] {
    let p = parts(t)
    let root = p.spread.squareRoot() * p.otherSpread.squareRoot()
    let value = p.joint / root
    let bySpread = -value / (2 * p.spread)
    let byOther = -value / (2 * p.otherSpread)
    var result = Array(repeating: 0.0, count: t.count)
    result[layout.value(V.product)] = 1 / root
    result[layout.value(V.targetSquared)] = bySpread
    result[layout.value(V.predictionSquared)] = byOther
    let byPrediction = -p.target / p.n / root - 2 * byOther * p.prediction / p.n
    // The sum of predictions is the sum of targets plus that of errors.
    result[layout.value(V.target)] =
      -p.prediction / p.n / root - 2 * bySpread * p.target / p.n + byPrediction
    result[layout.value(V.error)] = byPrediction
    let byRows =
      p.target * p.prediction / (p.n * p.n) / root + bySpread * p.target * p.target / (p.n * p.n)
      + byOther * p.prediction * p.prediction / (p.n * p.n)
    for term in denominator.terms { result[term.index] += byRows * term.weight }
    return result
  }

  func reason(_ totals: [Double]) -> String {
    switch denominator(totals) {
    case ..<1: ClassMetrics.noLabel
    case ..<2: "one row has no correlation"
    default: "all targets or all predictions are equal"
    }
  }
}

/// The metrics of regressions that are functions of totals.
enum RegressionMetrics {
  static func metrics(_ layout: TotalsLayout) -> [String: any SmoothMetric] {
    typealias V = TotalsLayout.RegressionValue
    let labelled = LinearForm([layout.actual(0)])
    func mean(_ v: Int) -> RatioMetric {
      RatioMetric(
        LinearForm([layout.value(v)]), of: labelled, isProportion: false,
        whenUndefined: ClassMetrics.noLabel)
    }
    // max(t − p, 0) = (|e| − e) / 2 and max(p − t, 0) = (|e| + e) / 2, with e = p − t.
    func pinball(_ quantile: Double) -> RatioMetric {
      RatioMetric(
        LinearForm([layout.value(V.absolute)], weight: 0.5)
          + LinearForm([layout.value(V.error)], weight: 0.5 - quantile), of: labelled,
        isProportion: false, whenUndefined: ClassMetrics.noLabel)
    }
    return [
      "mean_absolute_error": mean(V.absolute),
      "mean_squared_error": mean(V.squared),
      "root_mean_squared_error": RootMetric(inner: mean(V.squared)),
      "mean_absolute_percentage_error": mean(V.relative),
      "mean_error": mean(V.error),
      "symmetric_mean_absolute_percentage_error": mean(V.symmetric),
      "error_standard_deviation": ErrorDeviation(layout: layout, denominator: labelled),
      "pearson_correlation": PearsonCorrelation(layout: layout, denominator: labelled),
      "mean_pinball_loss_10": pinball(0.1), "mean_pinball_loss_50": pinball(0.5),
      "mean_pinball_loss_90": pinball(0.9),
      "r2_score": DeterminationMetric(
        layout: layout, denominator: labelled, errorsFromMean: false),
      "explained_variance_score": DeterminationMetric(
        layout: layout, denominator: labelled, errorsFromMean: true),
    ]
  }
}
