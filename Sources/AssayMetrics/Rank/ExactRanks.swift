import AssayStatistics

extension RankSums {
  /// The area under the ROC curve `U / (m n)`, its quotient rounded once; NaN without both labels.
  var rocAUC: Double {
    guard positives > 0, negatives > 0 else { return .nan }
    return Double(twiceU) / (2 * Double(positives) * Double(negatives))
  }

  /// DeLong's variance of the area: `S₁ / m + S₀ / n` with the unbiased variances of the positives'
  /// and the negatives' placements; `nil` below two of either.
  ///
  /// With `d = 2N + q` of the positives and `D = Σ d`, `S₁ = (m Σd² − D²) / (m (m − 1) (2n)²)`: the
  /// numerator is a whole number, so nothing cancels. `D = 2mn − 2U`.
  /// - Note: Source: DeLong, DeLong, Clarke-Pearson 1988, Biometrics 44, 837–845.
  var delongVariance: Double? {
    guard positives > 1, negatives > 1 else { return nil }
    let (m, n) = (UInt128(positives), UInt128(negatives))
    let behind = 2 * m * n - UInt128(twiceU)
    let ofPositives = Double(m * squaresOfPositives - behind * behind)
    let ofNegatives = Double(n * squaresOfNegatives - UInt128(twiceU) * UInt128(twiceU))
    let (p, q) = (Double(positives), Double(negatives))
    return ofPositives / (p * p * (p - 1) * 4 * q * q)
      + ofNegatives / (q * q * (q - 1) * 4 * p * p)
  }

  /// Average precision, the step sum; NaN without positives.
  var averagePrecision: Double {
    positives == 0 ? .nan : Double(precisions) * 0x1p-52 / Double(positives)
  }

  /// Area under the precision–recall curve by trapezoids, from recall 0 and precision 1 on; NaN
  /// without positives.
  var trapezoidArea: Double {
    positives == 0
      ? .nan : Double(precisions + earlierPrecisions) * 0x1p-53 / Double(positives)
  }

  /// Kolmogorov and Smirnov's `max |TPR − FPR|` over all thresholds; NaN without both labels.
  var kolmogorovSmirnov: Double {
    guard positives > 0, negatives > 0 else { return .nan }
    return Double(max(largestGap, -leastGap)) / (Double(positives) * Double(negatives))
  }

  /// The largest F1 over thresholds and the highest threshold that reaches it; `nil` without
  /// positives.
  var bestF1: (value: Double, threshold: Double)? {
    guard bestPositives > 0 else { return nil }
    return (2 * Double(bestPositives) / Double(positives + bestRows), bestScore)
  }

  /// The largest `TPR − FPR` over thresholds and the highest threshold that reaches it, infinite
  /// above all scores; `nil` without both labels.
  var bestYouden: (value: Double, threshold: Double)? {
    guard positives > 0, negatives > 0 else { return nil }
    return (
      Double(largestGap) / (Double(positives) * Double(negatives)), largestGapScore
    )
  }

  /// A client's contributions to the area and to average precision; they sum to 0 over clients.
  func contributions(of client: ClientSums) -> (area: Double, precision: Double) {
    let (m, n) = (Double(positives), Double(negatives))
    let p = Double(client.confusion[2]) + Double(client.confusion[3])
    let q = Double(client.confusion[0]) + Double(client.confusion[1])
    // Σ over positives of V − A and over negatives of V − A, V = 1 − d / 2n and d / 2m.
    let ofPositives = p * (1 - rocAUC) - Double(client.aheadOfPositives) / (2 * n)
    let ofNegatives = Double(client.aheadOfNegatives) / (2 * m) - q * rocAUC
    let precision = Double(client.precisions) * 0x1p-56 - p * averagePrecision
    return (ofPositives / m + ofNegatives / n, precision / m)
  }
}

extension RankSummary {
  /// The exact ranks of a binary cell.
  init(_ cell: RankTotals.Cell) {
    let sums = cell.sums
    let shares = cell.clients.map { sums.contributions(of: $0.sums) }
    self.init(
      isBinned: false,
      rocAUC: RankValue(
        value: sums.rocAUC, variance: sums.delongVariance,
        clientContributions: sums.rocAUC.isNaN ? [] : shares.map(\.area)),
      averagePrecision: RankValue(
        value: sums.averagePrecision,
        clientContributions: sums.averagePrecision.isNaN ? [] : shares.map(\.precision)),
      kolmogorovSmirnov: RankValue(value: sums.kolmogorovSmirnov))
    precisionRecallTrapezoid = RankValue(value: sums.trapezoidArea)
  }
}
