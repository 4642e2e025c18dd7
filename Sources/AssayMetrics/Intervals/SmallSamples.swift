import AssayStatistics

/// Intervals of one arm's metrics where the customary ones break down: few rows of a class, few rows
/// predicted so, an area near 1.
extension IntervalMaker {
  /// A companion of DeLong's interval that holds when few rows are of a class or the area is near 1.
  ///
  /// Near 1 DeLong's variance is too small, and 0 when the classes are wholly apart. It is drawn towards
  /// Hanley and McNeil's, which follows from the area alone, with the weight of two rows against those of
  /// the smaller class; the area counts as `(A m n + ½) / (m n + 1)`, the interval is made on the logit scale
  /// with Student's t, degrees `min(m, n) + 1`.
  /// - Note: Sources: DeLong, DeLong, Clarke-Pearson 1988, Biometrics 44, 837–845; Hanley, McNeil 1982,
  ///   Radiology 143, 29–36, equation 2. The weight is ours, chosen by simulation.
  func area(
    _ value: Double, variance: Double, positives: Double, negatives: Double
  ) -> Interval.Adjusted? {
    let pairs = positives * negatives
    let fewer = min(positives, negatives)
    guard fewer > 1, variance.isFinite, value >= 0, value <= 1 else { return nil }
    let centre = (value * pairs + 0.5) / (pairs + 1)
    let squared = centre * centre
    let first = centre / (2 - centre) - squared
    let second = 2 * squared / (1 + centre) - squared
    let assumed =
      (centre * (1 - centre) + (positives - 1) * first + (negatives - 1) * second) / pairs
    let joined = ((fewer - 1) * variance + 2 * assumed) / (fewer + 1)
    let degrees = fewer + 1
    let offset = StudentDistribution.quantile(upper, degrees: degrees) * joined.squareRoot()
    return Interval.Adjusted(
      low: min(value, Self.fromLogit(centre, offset: -offset)),
      high: max(value, Self.fromLogit(centre, offset: offset)),
      standardError: joined.squareRoot(), degrees: degrees, scale: .logit)
  }

  /// A companion for average precision and the area under the precision-recall curve, which rest on the
  /// positives: their variance is drawn towards that of a proportion of as many rows, with the weight of
  /// one; the value counts as `(A m + ¼) / (m + ½)`; logit scale, Student's t with m degrees, m positives.
  /// - Note: Logit scale: Boyd, Eng, Page 2013, ECML PKDD, LNCS 8190, 451–466. The weight is ours, chosen
  ///   by simulation.
  func precisionArea(
    _ value: Double, variance: Double, positives: Double
  ) -> Interval.Adjusted? {
    guard positives > 1, variance.isFinite, value >= 0, value <= 1 else { return nil }
    let centre = (value * positives + 0.25) / (positives + 0.5)
    let share = (value * positives + 0.5) / (positives + 1)
    let joined = ((positives - 1) * variance + share * (1 - share) / positives) / positives
    let offset = StudentDistribution.quantile(upper, degrees: positives) * joined.squareRoot()
    return Interval.Adjusted(
      low: min(value, Self.fromLogit(centre, offset: -offset)),
      high: max(value, Self.fromLogit(centre, offset: offset)),
      standardError: joined.squareRoot(), degrees: positives, scale: .logit)
  }

  /// A companion for the mean of a skewed loss, from the contributions of rows `(x − mean) / n`.
  ///
  /// A few large losses make mean and standard error rise together, so that percentiles end too low. Hall's
  /// transformation of the studentised mean, `g(T) = T + a T²/√n + a² T³/(3 n) + s/(6 √n)`, `s` the skewness,
  /// `a = s/3`, takes that away; it rises everywhere and is inverted exactly.
  /// - Note: Source: Hall 1992, Journal of the Royal Statistical Society B 54, 221–228.
  func skewed(
    _ value: Double, contributions: [Double], rows: Int, range: ClosedRange<Double>
  ) -> Interval.Adjusted? {
    let n = Double(rows)
    var (squares, cubes) = (CompensatedSum(), CompensatedSum())
    for own in contributions {
      squares.add(own * own)
      cubes.add(own * own * own)
    }
    guard rows > 2, squares.value > 0 else { return nil }
    let error = (squares.value * n / (n - 1)).squareRoot()
    let skewness = cubes.value / n / (squares.value / n * (squares.value / n).squareRoot())
    let slope = skewness / 3 / n.squareRoot()
    func inverse(_ x: Double) -> Double {
      let shifted = x - skewness / (6 * n.squareRoot())
      if abs(slope) < 1e-9 { return shifted }
      return (Self.cubeRoot(1 + 3 * slope * shifted) - 1) / slope
    }
    let quantile = StudentDistribution.quantile(upper, degrees: n - 1)
    let (low, high) = (value - inverse(quantile) * error, value - inverse(-quantile) * error)
    guard low.isFinite, high.isFinite else { return nil }
    return Interval.Adjusted(
      low: max(range.lowerBound, min(low, value)), high: min(range.upperBound, max(high, value)),
      standardError: error, degrees: n - 1, scale: .skewness)
  }

  /// `x^(1/3)`, negative for negative x; one step of Newton's method after the logarithm.
  private static func cubeRoot(_ x: Double) -> Double {
    let size = abs(x)
    guard size > 0, size.isFinite else { return x }
    let root = PortableMath.exp(PortableMath.log(size) / 3)
    let better = root - (root * root * root - size) / (3 * root * root)
    return x < 0 ? -better : better
  }

  /// Means of losses, which are skewed.
  static let losses: Set = [
    "log_loss", "brier_score", "mean_absolute_error", "mean_squared_error",
  ]

  /// A companion for the difference of two areas: Student's t with one degree less than the rows of the
  /// class that decides how well the variance is known.
  func fewRows(
    _ value: Double, _ interval: Interval, rows: Double, range: ClosedRange<Double>
  ) -> Interval.Adjusted? {
    guard rows > 1, let error = interval.standardError, error > 0 else { return nil }
    let half = StudentDistribution.quantile(upper, degrees: rows - 1) * error
    return Interval.Adjusted(
      low: max(range.lowerBound, value - half), high: min(range.upperBound, value + half),
      standardError: error, degrees: rows - 1, scale: .identity)
  }

  /// The metrics whose variance rests on the positives alone.
  static let precisionAreas: Set = ["average_precision", "pr_auc_trapezoid"]

  /// Of a binary classifier's metric that has a companion for few rows of a class: the rows that it rests
  /// on.
  static func decisiveRows(_ metric: String, positives: Double, negatives: Double) -> Double? {
    if precisionAreas.contains(metric) { return positives }
    return ["roc_auc", "gini_from_roc_auc"].contains(metric) ? min(positives, negatives) : nil
  }

  /// Of a binary classifier's metric of counts that is no proportion (Matthews' correlation, kappa, F2),
  /// where an outcome has fewer than five rows: half a row is added to each of the four outcomes, and the
  /// normal interval made on Fisher's scale (`artanh`), for metrics in 0...1 on the logit scale. Resampling
  /// would draw from a handful of rows.
  ///
  /// - Returns: `nil` for other metrics, and where every outcome has five rows.
  func smoothed(
    _ metric: MetricDefinition, _ totals: [Double], _ layout: TotalsLayout,
    smooth: (any SmoothMetric)?, value: Double, note: String?
  ) -> Interval? {
    guard let smooth, smooth.successes == nil, layout.classes == 2, !layout.isRegression,
      metric.id != "balanced_accuracy"
    else { return nil }
    let cells = (0..<4).map { index in
      let (truth, guess) = (index / 2, index % 2)
      let right = totals[layout.right(truth)]
      return truth == guess ? right : totals[layout.actual(truth)] - right
    }
    guard cells.contains(where: { $0 < 5 }) else { return nil }
    var added = totals
    for index in 0..<2 {
      added[layout.right(index)] += 0.5
      added[layout.actual(index)] += 1
      added[layout.predicted(index)] += 1
    }
    let slopes = smooth.gradient(added)
    guard slopes[layout.value(0)...].allSatisfy({ $0 == 0 }) else { return nil }
    let centre = smooth.value(added)
    var sum = CompensatedSum()
    for (index, count) in cells.enumerated() {
      let (truth, guess) = (index / 2, index % 2)
      let own =
        slopes[layout.actual(truth)] + slopes[layout.predicted(guess)]
        + (truth == guess ? slopes[layout.right(truth)] : 0)
      sum.add((count + 0.5) * own * own)
    }
    let offset = NormalDistribution.quantile(upper) * sum.value.squareRoot()
    guard centre.isFinite, offset.isFinite else { return nil }
    let (low, high): (Double, Double)
    if metric.range == 0...1 {
      (low, high) = (
        Self.fromLogit(centre, offset: -offset), Self.fromLogit(centre, offset: offset)
      )
    } else if metric.range == -1...1, abs(centre) < 1 {
      // artanh is the logit of (1 + x) / 2, halved.
      let share = (1 + centre) / 2
      (low, high) = (
        2 * Self.fromLogit(share, offset: -offset / 2) - 1,
        2 * Self.fromLogit(share, offset: offset / 2) - 1
      )
    } else {
      return nil
    }
    return Interval(
      low: min(low, value), high: max(high, value), method: .smoothed, confidence: confidence,
      note: note)
  }
}

extension CellWork {
  /// The companion of a mean loss over rows.
  func skewed(
    _ metric: MetricDefinition, _ measure: ArmMeasure, value: Double, seed: SeedRows
  ) -> Interval.Adjusted? {
    guard let smooth = measurer.smooth[metric.id] else { return nil }
    var rows = measure.contributions ?? []
    if rows.isEmpty {
      rows = [Double](repeating: 0, count: cell.rows.count)
      seed.addContributions(
        to: &rows, gradient: smooth.gradient(seed.totals), layout: layout, divisor: 1)
    }
    return measurer.intervals.skewed(
      value, contributions: rows, rows: sampleRows(metric), range: metric.range)
  }
}
