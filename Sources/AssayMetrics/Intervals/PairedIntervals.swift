import AssayStatistics

/// Two arms' decisions on the same rows, counted: what intervals of differences over rows are made from.
///
/// The normal interval from rows' contributions breaks down where few rows are discordant: with ten
/// positives of which both arms find two, the contributions to the difference do not vary, and the
/// interval had no width at all.
struct PairedTable: Sendable {
  /// Rows by `(true · k + guess) · k + other guess`; `true` is k without a label.
  let joint: SparseCounts
  let layout: TotalsLayout

  /// Above this many classes the keys of the joint table do not fit.
  static let classLimit = 1_000
  /// Rows spread evenly over all outcomes before the linear form is taken: near z² at 95 %, as Agresti
  /// and Coull add to one proportion.
  static let addedRows = 4.0
  /// Below as many discordant rows the headline of accuracy is the score interval; with more it is the
  /// customary one, and the score interval stands beside it. The bound is McNemar's.
  static let fewDiscordant = 25

  private var k: Int { layout.classes }

  /// Totals of both arms, those of row values 0.
  private func totals(added: Double) -> (first: [Double], second: [Double]) {
    var first = [Double](repeating: 0, count: layout.count)
    var second = first
    for (key, count) in zip(joint.keys, joint.counts) {
      let (truth, guess, other) = parts(key)
      let rows = Double(count)
      for (chosen, isFirst) in [(guess, true), (other, false)] {
        func add(_ place: Int) {
          if isFirst { first[place] += rows } else { second[place] += rows }
        }
        if truth == k {
          add(layout.unlabelled(chosen))
          continue
        }
        if truth == chosen { add(layout.right(truth)) }
        add(layout.actual(truth))
        add(layout.predicted(chosen))
      }
    }
    let outcome = added / Double(k * k * k)
    for place in 0..<k {
      for index in [layout.actual(place), layout.predicted(place)] {
        first[index] += outcome * Double(k * k)
        second[index] += outcome * Double(k * k)
      }
      first[layout.right(place)] += outcome * Double(k)
      second[layout.right(place)] += outcome * Double(k)
    }
    return (first, second)
  }

  private func parts(_ key: UInt32) -> (truth: Int, guess: Int, other: Int) {
    (Int(key) / (k * k), Int(key) / k % k, Int(key) % k)
  }

  private func byKey(_ form: LinearForm) -> [Double] {
    var slopes = [Double](repeating: 0, count: layout.count)
    for term in form.terms { slopes[term.index] += term.weight }
    return layout.addedByRow(slopes)
  }

  private func usesValues(_ form: LinearForm) -> Bool {
    form.terms.contains { $0.index >= layout.value(0) }
  }

  /// The counts of a proportion whose denominator is the same rows under both arms (accuracy, recall,
  /// selection rate; not precision); `nil` for other metrics.
  func counts(of metric: any SmoothMetric) -> PairedCounts? {
    guard let successes = metric.successes, !usesValues(successes) else { return nil }
    let trials = byKey(metric.denominator)
    let wins = byKey(successes)
    for truth in 0...k {
      for guess in 1..<max(2, k)
      where guess < k && trials[truth * k + guess] != trials[truth * k] {
        return nil
      }
    }
    var (firstOnly, secondOnly, rows) = (0, 0, 0)
    for (key, count) in zip(joint.keys, joint.counts) {
      let (truth, guess, other) = parts(key)
      if trials[truth * k + guess] == 0 { continue }
      rows += count
      let (a, b) = (wins[truth * k + guess], wins[truth * k + other])
      if a > b { firstOnly += count } else if a < b { secondOnly += count }
    }
    return PairedCounts(firstOnly: firstOnly, secondOnly: secondOnly, trials: rows)
  }

  /// Difference and variance of a metric of counts after ``addedRows`` are spread over all outcomes, and
  /// whether the rows themselves varied; `nil` for a metric that needs more than counts.
  func smoothed(
    _ metric: any SmoothMetric
  ) -> (difference: Double, variance: Double, varies: Bool)? {
    let (first, second) = totals(added: Self.addedRows)
    let (a, b) = (metric.gradient(first), metric.gradient(second))
    let values = layout.value(0)
    guard a[values...].allSatisfy({ $0 == 0 }), b[values...].allSatisfy({ $0 == 0 }) else {
      return nil
    }
    let difference = metric.value(first) - metric.value(second)
    let (x, y) = (layout.addedByRow(a), layout.addedByRow(b))
    var sum = CompensatedSum()
    var varies = false
    for (key, count) in zip(joint.keys, joint.counts) {
      let (truth, guess, other) = parts(key)
      let own = x[truth * k + guess] - y[truth * k + other]
      sum.add(Double(count) * own * own)
      if guess != other { varies = true }
    }
    // Σ (x − y)² over all outcomes of one label, without walking through them.
    for truth in 0..<k {
      var (xs, ys, squares) = (0.0, 0.0, 0.0)
      for guess in 0..<k {
        let (left, right) = (x[truth * k + guess], y[truth * k + guess])
        xs += left
        ys += right
        squares += left * left + right * right
      }
      let outcome = Self.addedRows / Double(k * k * k)
      sum.add(outcome * max(0, Double(k) * squares - 2 * xs * ys))
    }
    guard difference.isFinite, sum.value.isFinite else { return nil }
    return (difference, sum.value, varies)
  }
}

extension IntervalMaker {
  /// What the interval of a difference says when the arms agree on every row and it has a width all the
  /// same.
  static let noDifference = "no variation was observed; the interval says how much there may be"

  /// The interval of a difference over rows from both arms' counts; `nil` for a metric that is no function
  /// of counts.
  /// - Parameter customary: The normal interval; asked for only where accuracy has enough discordant rows.
  func paired(
    _ metric: MetricDefinition, _ smooth: any SmoothMetric, _ table: PairedTable, value: Double,
    range: ClosedRange<Double>, note: String?, customary: () -> Interval?
  ) -> Interval? {
    guard table.layout.classes <= PairedTable.classLimit, !table.layout.isRegression else {
      return nil
    }
    if let counts = table.counts(of: smooth) {
      let (low, high) = counts.interval(confidence: confidence)
      let ends = (low: min(low, value), high: max(high, value))
      if metric.id == "accuracy", counts.discordant >= PairedTable.fewDiscordant,
        var plain = customary()
      {
        plain.adjusted = Interval.Adjusted(
          low: ends.low, high: ends.high, standardError: counts.standardError,
          degrees: .infinity, scale: .score)
        plain.pairedCounts = counts
        return plain
      }
      var interval = Interval(
        low: ends.low, high: ends.high, method: .pairedScore, confidence: confidence,
        note: counts.discordant == 0 ? Self.noDifference : note,
        standardError: counts.standardError, degrees: .infinity)
      interval.pairedCounts = counts
      return interval
    }
    guard let (centre, variance, varies) = table.smoothed(smooth) else { return nil }
    let made = normal(
      centre, parts: [(variance, .infinity)], method: .pairedSmoothed, range: range,
      note: varies ? note : Self.noDifference)
    guard var interval = made else { return nil }
    interval.low = min(interval.low, value)
    interval.high = max(interval.high, value)
    interval.centre = centre
    // Arms that agree on every row are not tested.
    if !varies { interval.standardError = 0 }
    return interval
  }
}

extension IntervalMaker {
  /// Over clients: the score interval with the variance and the degrees of the interval that allows for few
  /// or unequal clients, put in that one's place; `nil` for a metric that is no share of the same rows.
  func clusteredScore(
    _ smooth: any SmoothMetric, _ table: PairedTable, _ interval: Interval, value: Double
  ) -> Interval? {
    guard table.layout.classes <= PairedTable.classLimit, !table.layout.isRegression,
      let adjusted = interval.adjusted,
      let counts = table.counts(of: smooth)?.clustered(
        variance: adjusted.standardError * adjusted.standardError, degrees: adjusted.degrees)
    else { return nil }
    let (low, high) = counts.interval(confidence: confidence)
    var result = interval
    result.pairedCounts = counts
    result.adjusted?.low = min(low, value)
    result.adjusted?.high = max(high, value)
    result.adjusted?.scale = .score
    return result
  }
}

extension CellWork {
  /// The joint table of two arms, each with a single seed.
  mutating func pairedTable(_ pair: (arm: Int, reference: Int)) -> PairedTable? {
    let place = pair.arm * cell.arms.count + pair.reference
    if let known = pairedTables[place] { return known }
    let k = layout.classes
    guard !layout.isRegression, k <= PairedTable.classLimit,
      let first = cell.arms[pair.arm].first, let second = cell.arms[pair.reference].first
    else { return nil }
    let keys = zip(first.cells, second.cells).map { $0 * UInt32(k) + $1 % UInt32(k) }
    let table = PairedTable(
      joint: SparseCounts(of: keys, below: k * k * (k + 1)), layout: layout)
    pairedTables[place] = table
    return table
  }
}
