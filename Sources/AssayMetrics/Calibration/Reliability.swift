import AssayStatistics

/// One bin of a reliability diagram or of a Brier decomposition.
public struct ReliabilityBin: Hashable, Sendable {
  /// Lower end of the scores in the bin.
  public var low: Double
  /// Upper end; it belongs to the next bin, except in the last one and in adaptive bins.
  public var high: Double
  /// Labelled rows in the bin.
  public var count: Int
  /// Rows of label 1.
  public var positives: Int
  /// Sum of the scores.
  public var scoreSum: Double
  /// Sum of squared distances of the scores from their mean.
  public var scoreSpread: Double
  /// `Σ (score − mean score) (label − share of label 1)`.
  public var codeviation: Double

  /// Mean score; `nil` for an empty bin.
  public var meanScore: Double? { count > 0 ? scoreSum / Double(count) : nil }
  /// Share of label 1; `nil` for an empty bin.
  public var observed: Double? { count > 0 ? Double(positives) / Double(count) : nil }
}

/// The Brier score in parts that say where it comes from.
///
/// With bins b of n(b) rows, mean score f(b), share of label 1 o(b), overall share o:
/// `Brier = reliability − resolution + uncertainty + within-bin variance − 2 · within-bin
/// covariance`, exactly. The last two terms vanish when every bin holds one score (Murphy's case).
/// - Note: Sources: Murphy 1973, Journal of Applied Meteorology 12, 595–600; Stephenson, Coelho,
///   Jolliffe 2008, Weather and Forecasting 23, 752–757 (the within-bin terms).
public struct BrierDecomposition: Hashable, Sendable {
  /// Rows with a label.
  public var rows: Int
  /// Bins that hold rows.
  public var usedBins: Int
  /// `Σ n(b)/n (f(b) − o(b))²`; 0 is perfect, smaller is better.
  public var reliability: Double
  /// `Σ n(b)/n (o(b) − o)²`; larger is better.
  public var resolution: Double
  /// `o (1 − o)`: the Brier score of always saying the overall share.
  public var uncertainty: Double
  /// `1/n Σ (score − f(b))²`.
  public var withinBinVariance: Double
  /// `1/n Σ (score − f(b)) (label − o(b))`.
  public var withinBinCovariance: Double

  /// The Brier score, as the parts add up.
  public var brierScore: Double {
    reliability - resolution + uncertainty + withinBinVariance - 2 * withinBinCovariance
  }

  /// The decomposition over some bins; `nil` without rows.
  public init?(_ bins: [ReliabilityBin]) {
    let rows = bins.reduce(0) { $0 + $1.count }
    guard rows > 0 else { return nil }
    let n = Double(rows)
    let share = Double(bins.reduce(0) { $0 + $1.positives }) / n
    var parts = Array(repeating: CompensatedSum(), count: 4)
    var used = 0
    for bin in bins {
      guard let mean = bin.meanScore, let observed = bin.observed else { continue }
      used += 1
      let weight = Double(bin.count) / n
      parts[0].add(weight * (mean - observed) * (mean - observed))
      parts[1].add(weight * (observed - share) * (observed - share))
      parts[2].add(bin.scoreSpread / n)
      parts[3].add(bin.codeviation / n)
    }
    self.rows = rows
    usedBins = used
    reliability = parts[0].value
    resolution = parts[1].value
    uncertainty = share * (1 - share)
    withinBinVariance = parts[2].value
    withinBinCovariance = parts[3].value
  }
}

extension ScoreDistribution {
  /// Bins of equal width over `0...1`, bin `min(⌊score · bins⌋, bins − 1)`; empty bins too.
  public func reliabilityBins(_ bins: Int = CalibrationError.binaryBins) -> [ReliabilityBin] {
    let count = max(1, bins)
    var places = Array(repeating: 0..<0, count: count)
    var start = 0
    while start < scores.count {
      let bin = PreparedSeed.bin(scores[start], of: count)
      var end = start + 1
      while end < scores.count, PreparedSeed.bin(scores[end], of: count) == bin { end += 1 }
      places[bin] = start..<end
      start = end
    }
    return places.enumerated().map { index, range in
      bin(
        range, low: Double(index) / Double(count), high: Double(index + 1) / Double(count))
    }
  }

  /// Bins of about equal counts: at most `bins`, each of at least `minimumRows` labelled rows and
  /// never splitting rows of one score.
  ///
  /// From the lowest score, a bin is closed as soon as it reaches its share of the rows that are
  /// left; a last bin that is too small joins the one before.
  public func adaptiveBins(
    _ bins: Int = CalibrationError.binaryBins, minimumRows: Int = 1
  ) -> [ReliabilityBin] {
    let wanted = max(1, min(bins, labelledCount / max(1, minimumRows)))
    var ranges: [Range<Int>] = []
    var sizes: [Int] = []
    var start = 0
    var size = 0
    var left = labelledCount
    for index in scores.indices {
      size += positives[index] + negatives[index]
      let open = wanted - ranges.count
      // Twice: close where the distance to the share is least.
      let next =
        index + 1 < scores.count ? positives[index + 1] + negatives[index + 1] : 0
      if open > 1, size >= minimumRows, size > 0, (2 * size + next) * open >= 2 * left {
        ranges.append(start..<(index + 1))
        sizes.append(size)
        left -= size
        start = index + 1
        size = 0
      }
    }
    if size > 0 {
      if size < minimumRows, let last = ranges.last {
        ranges[ranges.count - 1] = last.lowerBound..<scores.count
      } else {
        ranges.append(start..<scores.count)
      }
    }
    return ranges.map { range in
      let used = range.filter { positives[$0] + negatives[$0] > 0 }
      return bin(range, low: scores[used.first ?? 0], high: scores[used.last ?? 0])
    }
  }

  /// The labelled rows of some neighbouring scores as a bin.
  private func bin(_ range: Range<Int>, low: Double, high: Double) -> ReliabilityBin {
    var count = 0
    var right = 0
    var sum = CompensatedSum()
    for index in range {
      let rows = positives[index] + negatives[index]
      count += rows
      right += positives[index]
      sum.add(Double(rows) * scores[index])
    }
    var result = ReliabilityBin(
      low: low, high: high, count: count, positives: right, scoreSum: sum.value, scoreSpread: 0,
      codeviation: 0)
    guard let mean = result.meanScore, let observed = result.observed else { return result }
    var spread = CompensatedSum()
    var joint = CompensatedSum()
    for index in range {
      let distance = scores[index] - mean
      let rows = Double(positives[index] + negatives[index])
      spread.add(rows * distance * distance)
      joint.add(distance * (Double(positives[index]) - rows * observed))
    }
    result.scoreSpread = spread.value
    result.codeviation = joint.value
    return result
  }
}
