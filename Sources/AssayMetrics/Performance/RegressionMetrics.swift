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
    return [
      "mean_absolute_error": mean(V.absolute),
      "mean_squared_error": mean(V.squared),
      "root_mean_squared_error": RootMetric(inner: mean(V.squared)),
      "mean_absolute_percentage_error": mean(V.relative),
      "mean_error": mean(V.error),
      "r2_score": DeterminationMetric(
        layout: layout, denominator: labelled, errorsFromMean: false),
      "explained_variance_score": DeterminationMetric(
        layout: layout, denominator: labelled, errorsFromMean: true),
    ]
  }
}
