import AssayStatistics

/// Sums over rows, as one vector: the argument of every metric that is a smooth function of sums.
///
/// Layout for k classes: right predictions by class, rows by true class, rows by predicted class,
/// unlabelled rows by predicted class, then sums of row values. A regression is one class whose
/// "right predictions" are its labelled rows.
struct TotalsLayout: Hashable, Sendable {
  /// Sums of row values of classifiers.
  enum ClassValue {
    /// `gap` is outcome minus score, as calibration has it.
    static let logLoss = 0, squaredError = 1, gap = 2
    /// Rows whose true class is among the k highest scores; two first, because it always exists.
    static func top(_ k: Int) -> Int { k == 2 ? 3 : k == 1 ? 4 : k + 2 }
    /// The k for which there is a column, in the columns' order: below the number of classes.
    static func tops(classes: Int) -> [Int] { [2, 1] + [3, 4, 5].filter { $0 < classes } }
  }
  /// Sums of row values of regressions; targets are taken from the overall mean target.
  enum RegressionValue {
    static let absolute = 0, squared = 1, error = 2, relative = 3, target = 4, targetSquared = 5
    static let symmetric = 6, product = 7, predictionSquared = 8, count = 9
  }

  let classes: Int
  let isRegression: Bool
  var valueCount: Int {
    isRegression ? RegressionValue.count : 3 + ClassValue.tops(classes: classes).count
  }
  var count: Int { 4 * classes + valueCount }

  func right(_ k: Int) -> Int { k }
  func actual(_ k: Int) -> Int { classes + k }
  func predicted(_ k: Int) -> Int { 2 * classes + k }
  func unlabelled(_ k: Int) -> Int { 3 * classes + k }
  func value(_ v: Int) -> Int { 4 * classes + v }

  /// What one row adds to a linear form of the sums, by `true · k + predicted`; then, by predicted class, what a row
  /// without a label adds.
  func addedByRow(_ slopes: [Double]) -> [Double] {
    var table = [Double](repeating: 0, count: classes * classes + classes)
    for true_ in 0..<classes {
      for predicted_ in 0..<classes {
        table[true_ * classes + predicted_] =
          slopes[actual(true_)] + slopes[predicted(predicted_)]
          + (true_ == predicted_ ? slopes[right(true_)] : 0)
      }
      table[classes * classes + true_] = slopes[unlabelled(true_)]
    }
    return table
  }

  /// The vector for the rows behind some statistics.
  func totals(_ statistics: RowStatistics, targetOrigin: Double) -> [Double] {
    var totals = Array(repeating: 0.0, count: count)
    guard statistics.classCount == classes else { return totals }
    for true_ in 0..<classes {
      for predicted_ in 0..<classes {
        let rows = Double(statistics.confusion[true_ * classes + predicted_])
        if true_ == predicted_ { totals[right(true_)] = rows }
        totals[actual(true_)] += rows
        totals[predicted(predicted_)] += rows
      }
      totals[unlabelled(true_)] = Double(statistics.unlabelled[true_])
    }
    if isRegression {
      typealias V = RegressionValue
      let sums = statistics.regression
      let rows = Double(sums.target.count)
      let shift = sums.target.mean - targetOrigin
      totals[value(V.absolute)] = sums.absoluteError.value
      totals[value(V.squared)] = statistics.squaredError.value
      totals[value(V.error)] = sums.error.value
      totals[value(V.relative)] = sums.relativeError.value
      totals[value(V.target)] = rows * shift
      totals[value(V.targetSquared)] = sums.target.squaredDeviations + rows * shift * shift
      let predictionShift = sums.prediction.mean - targetOrigin
      totals[value(V.symmetric)] = sums.symmetricError.value
      totals[value(V.product)] = sums.codeviation + rows * shift * predictionShift
      totals[value(V.predictionSquared)] =
        sums.prediction.squaredDeviations + rows * predictionShift * predictionShift
    } else {
      totals[value(ClassValue.logLoss)] = statistics.logLoss.value
      totals[value(ClassValue.squaredError)] = statistics.squaredError.value
      var gap = CompensatedSum()
      for bin in statistics.calibration {
        gap.add(Double(bin.outcomes))
        gap.add(-bin.scores.value)
      }
      totals[value(ClassValue.gap)] = gap.value
      for k in ClassValue.tops(classes: classes) {
        totals[value(ClassValue.top(k))] = Double(statistics.top[k - 1])
      }
    }
    return totals
  }
}

/// A weighted sum of totals.
struct LinearForm: Sendable {
  var terms: [(index: Int, weight: Double)]

  init(_ indices: [Int], weight: Double = 1) { terms = indices.map { ($0, weight) } }

  func callAsFunction(_ totals: [Double]) -> Double {
    var sum = 0.0
    for term in terms { sum += term.weight * totals[term.index] }
    return sum
  }

  static func + (a: LinearForm, b: LinearForm) -> LinearForm {
    var sum = a
    sum.terms += b.terms
    return sum
  }

  static func - (a: LinearForm, b: LinearForm) -> LinearForm {
    var sum = a
    sum.terms += b.terms.map { ($0.index, -$0.weight) }
    return sum
  }
}

/// A metric that is a smooth function of totals and does not change when all rows are doubled.
///
/// By Euler's theorem the gradient times a row's own totals is then that row's contribution to the
/// metric: contributions sum to 0, and the sum of their squares estimates the sampling variance.
protocol SmoothMetric: Sendable {
  /// The value; NaN when undefined.
  func value(_ totals: [Double]) -> Double
  /// Derivatives by each total, where the value is defined.
  func gradient(_ totals: [Double]) -> [Double]
  /// Why the value is undefined for these totals.
  func reason(_ totals: [Double]) -> String
  /// The rows the value rests on.
  var denominator: LinearForm { get }
  /// The number of successes where the metric is a proportion of ``denominator``.
  var successes: LinearForm? { get }
}

extension SmoothMetric {
  var successes: LinearForm? { nil }
}

/// A quotient of two sums.
struct RatioMetric: SmoothMetric {
  var numerator: LinearForm
  var denominator: LinearForm
  var isProportion: Bool
  var whenUndefined: String

  init(
    _ numerator: LinearForm, of denominator: LinearForm, isProportion: Bool = true,
    whenUndefined: String
  ) {
    self.numerator = numerator
    self.denominator = denominator
    self.isProportion = isProportion
    self.whenUndefined = whenUndefined
  }

  var successes: LinearForm? { isProportion ? numerator : nil }

  func value(_ totals: [Double]) -> Double {
    let rows = denominator(totals)
    return rows > 0 ? numerator(totals) / rows : .nan
  }

  func gradient(_ totals: [Double]) -> [Double] {
    var result = Array(repeating: 0.0, count: totals.count)
    addGradient(totals, times: 1, into: &result)
    return result
  }

  func addGradient(_ totals: [Double], times factor: Double, into result: inout [Double]) {
    let rows = denominator(totals)
    guard rows > 0 else { return }
    let share = numerator(totals) / rows
    for term in numerator.terms { result[term.index] += factor * term.weight / rows }
    for term in denominator.terms { result[term.index] -= factor * share * term.weight / rows }
  }

  func reason(_ totals: [Double]) -> String { whenUndefined }
}
