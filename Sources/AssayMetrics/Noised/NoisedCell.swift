import AssayRuns
import AssayStatistics

/// One noised histogram and the metrics that follow from it.
///
/// Goals in order: no interval that covers less than it says, then width, then speed. Metrics of the
/// counts at the threshold are smooth functions of four sums of bins; the noise enters by the delta
/// method. Areas are bilinear in the two labels' histograms, whose noise is independent.
struct NoisedCell {
  let layout = TotalsLayout(classes: 2, isRegression: false)
  let histogram: [Int]
  let bins: Int
  let edge: Int
  /// Variance of the noise on one count.
  let variance: Double
  let maker: IntervalMaker
  let quantile: Double

  init(
    _ histogram: [Int], shape: StatisticsShape, variance: Double, confidence: Double
  ) {
    self.histogram = histogram
    bins = shape.bins
    edge = noisedEdge(shape.threshold, bins: shape.bins) ?? 0
    self.variance = variance
    maker = IntervalMaker(confidence: confidence)
    quantile = NormalDistribution.quantile(1 - (1 - confidence) / 2)
  }

  /// A sum counts as hidden by noise below so many of its standard deviations.
  static let leastSignal = 5.0

  /// The sums of bins by key `label · 2 + predicted`.
  var confusion: [Int] {
    var sums = [0, 0, 0, 0]
    for bin in 0..<bins {
      for label in 0..<2 { sums[2 * label + (bin >= edge ? 1 : 0)] += histogram[2 * bin + label] }
    }
    return sums
  }

  /// How many bins each of them holds.
  private var widths: [Double] {
    let (low, high) = (Double(edge), Double(bins - edge))
    return [low, high, low, high]
  }

  /// All rows, noised; may be negative.
  var rows: Int { histogram.reduce(0, +) }
  /// The standard deviation of the noise on ``rows``.
  var rowsDeviation: Double { (2 * Double(bins) * variance).squareRoot() }

  private func totals(_ confusion: [Double]) -> [Double] {
    var totals = [Double](repeating: 0, count: layout.count)
    for truth in 0..<2 {
      for guess in 0..<2 {
        let rows = confusion[2 * truth + guess]
        if truth == guess { totals[layout.right(truth)] = rows }
        totals[layout.actual(truth)] += rows
        totals[layout.predicted(guess)] += rows
      }
    }
    return totals
  }

  /// The variance of the noise on a linear form of the four sums.
  private func noise(_ slopes: ArraySlice<Double>) -> Double {
    var sum = 0.0
    for (slope, width) in zip(slopes, widths) { sum += slope * slope * width }
    return sum * variance
  }

  /// Why a sum cannot be divided by; `nil` when it can.
  private func hidden(_ form: LinearForm, _ totals: [Double], _ what: String) -> String? {
    var slopes = [Double](repeating: 0, count: layout.count)
    for term in form.terms { slopes[term.index] += term.weight }
    return hidden(form(totals), noise(layout.addedByRow(slopes).prefix(4)), what)
  }

  private func hidden(_ sum: Double, _ noise: Double, _ what: String) -> String? {
    let deviation = noise.squareRoot()
    if sum >= 1, sum >= Self.leastSignal * deviation { return nil }
    return "the noise hides \(what): \(Int(sum.rounded())) noised, standard deviation "
      + "\(Int(deviation.rounded(.up)))"
  }

  // MARK: Counts at the threshold

  /// A smooth function of the counts at the threshold.
  func figure(_ metric: MetricDefinition, _ smooth: any SmoothMetric) -> NoisedFigure {
    let totals = totals(confusion.map(Double.init))
    if let reason = hiddenDenominator(metric, smooth, totals) {
      return .undefined(reason, count: rowCount(smooth.denominator(totals)))
    }
    let value = smooth.value(totals)
    guard value.isFinite else {
      return .undefined(smooth.reason(totals), count: rowCount(smooth.denominator(totals)))
    }
    var figure = NoisedFigure(raw: value, count: rowCount(smooth.denominator(totals)))
    let slopes = layout.addedByRow(smooth.gradient(totals)).prefix(4)
    figure.noise = noise(slopes)
    // Both intervals hold their level on average over numbers of rows only; half of what one row can do
    // goes to either side.
    var half = 0.0
    for slope in slopes { half = max(half, abs(slope) / 2) }
    // Rows are at least 0, whatever noise made of them.
    let possible = confusion.map { Double(max(0, $0)) }
    let settled = self.totals(possible)
    if let interval = maker.proportion(metric, settled, layout, smooth: smooth, note: nil) {
      let centre = min(metric.range.upperBound, max(metric.range.lowerBound, value))
      figure.below = max(0, centre - interval.low) + half
      figure.above = max(0, interval.high - centre) + half
      return figure
    }
    var spread = 0.0
    for (rows, slope) in zip(possible, slopes) { spread += rows * slope * slope }
    let all = possible.reduce(0, +)
    figure.below = quantile * (spread * all / max(1, all - 1)).squareRoot() + half
    figure.above = figure.below
    return figure
  }

  private func rowCount(_ rows: Double) -> Int { Int(max(0, min(rows.rounded(), 0x1p53))) }

  private func hiddenDenominator(
    _ metric: MetricDefinition, _ smooth: any SmoothMetric, _ totals: [Double]
  ) -> String? {
    let labels = [0, 1].map { LinearForm([layout.actual($0)]) }
    let guesses = [0, 1].map { LinearForm([layout.predicted($0)]) }
    let forms: [(LinearForm, String)]
    switch metric.id {
    case "balanced_accuracy":
      forms = [(labels[0], "the rows of label 0"), (labels[1], "the rows of label 1")]
    case "matthews_corrcoef", "cohen_kappa":
      forms = [
        (labels[0], "the rows of label 0"), (labels[1], "the rows of label 1"),
        (guesses[0], "the rows predicted 0"), (guesses[1], "the rows predicted 1"),
      ]
    default: forms = [(smooth.denominator, "what it is divided by")]
    }
    for (form, what) in forms {
      if let reason = hidden(form, totals, what) { return reason }
    }
    return nil
  }

  // MARK: Areas and means of scores

  /// The area under the ROC curve: `Σ p(b) (Σ below q + q(b)/2) / (P N)`.
  ///
  /// The noise of p and of q is independent, so that numerator and denominator are right on average. Rows
  /// contribute as in DeLong's variance and counts as its derivatives; both are taken at the noised counts,
  /// whose squares are too large on average, so that intervals err to the wide side.
  func area() -> NoisedFigure {
    let p = (0..<bins).map { Double(histogram[2 * $0 + 1]) }
    let q = (0..<bins).map { Double(histogram[2 * $0]) }
    let (m, n) = (p.reduce(0, +), q.reduce(0, +))
    let count = rowCount(m + n)
    let label = Double(bins) * variance
    if let reason = hidden(m, label, "the rows of label 1")
      ?? hidden(n, label, "the rows of label 0")
    {
      return .undefined(reason, count: count)
    }
    var (below, pairs, ties) = (0.0, 0.0, 0.0)
    var ahead: [Double] = []
    for bin in 0..<bins {
      ahead.append((below + q[bin] / 2) / n)
      pairs += p[bin] * (below + q[bin] / 2)
      ties += p[bin] * q[bin]
      below += q[bin]
    }
    let value = pairs / (m * n)
    var figure = NoisedFigure(raw: value, count: count)
    var above = 0.0
    var behind = [Double](repeating: 0, count: bins)
    for bin in (0..<bins).reversed() {
      behind[bin] = (above + p[bin] / 2) / m
      above += p[bin]
    }
    var (rowsOfOne, rowsOfZero, slopes, tieSlopes) = (0.0, 0.0, 0.0, 0.0)
    for bin in 0..<bins {
      let (a, b) = (ahead[bin] - value, behind[bin] - value)
      rowsOfOne += p[bin] * a * a
      rowsOfZero += q[bin] * b * b
      slopes += a * a / (m * m) + b * b / (n * n)
      tieSlopes += p[bin] * p[bin] + q[bin] * q[bin]
    }
    let sampling =
      max(0, rowsOfOne) / (m * max(1, m - 1)) + max(0, rowsOfZero) / (n * max(1, n - 1))
    figure.below = quantile * sampling.squareRoot()
    figure.above = figure.below
    figure.noise = slopes * variance
    // The error bound of bins, from noised counts, with its own noise.
    let tieNoise = (tieSlopes * variance + Double(bins) * variance * variance).squareRoot()
    figure.bound = (max(0, ties) + quantile * tieNoise) / (2 * m * n)
    return figure
  }

  /// The mean over rows of a value of every bin and label, each score standing in the middle of its bin.
  private func mean(_ value: (_ middle: Double, _ label: Int) -> Double) -> NoisedFigure {
    let all = Double(rows)
    if let reason = hidden(all, rowsDeviation * rowsDeviation, "the rows") {
      return .undefined(reason, count: rowCount(all))
    }
    var values: [Double] = []
    var sum = 0.0
    for key in histogram.indices {
      let one = value((Double(key / 2) + 0.5) / Double(bins), key % 2)
      values.append(one)
      sum += Double(histogram[key]) * one
    }
    var figure = NoisedFigure(raw: sum / all, count: rowCount(all))
    var (spread, slopes) = (0.0, 0.0)
    for (count, one) in zip(histogram, values) {
      let slope = (one - figure.raw) / all
      spread += Double(count) * slope * slope
      slopes += slope * slope
    }
    figure.below = quantile * (max(0, spread) * all / max(1, all - 1)).squareRoot()
    figure.above = figure.below
    figure.noise = slopes * variance
    return figure
  }

  /// The mean score, to within half a bin.
  func meanScore() -> NoisedFigure {
    var figure = mean { middle, _ in middle }
    figure.bound = 0.5 / Double(bins)
    return figure
  }

  /// The Brier score. In a bin of half-width h a row's `(s − y)²` differs from that of the middle by at
  /// most `2 h |m − y| + h²`, and the mean of `|m − y|` is at most the root of the mean square.
  func brier() -> NoisedFigure {
    var figure = mean { middle, label in
      let gap = middle - Double(label)
      return gap * gap
    }
    let half = 0.5 / Double(bins)
    let highest = figure.ends(quantile, 0...1).high
    figure.bound = 2 * half * highest.squareRoot() + half * half
    return figure
  }
}
