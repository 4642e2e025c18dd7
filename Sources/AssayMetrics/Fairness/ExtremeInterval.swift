import AssayStatistics

/// One estimate in one group, with how it varies.
struct GroupEstimate: Sendable {
  var value: Double
  /// Its sampling variance.
  var variance: Double
  /// Replicate minus value; 0 where a replicate is undefined.
  var deviations: [Double]
}

/// A candidate for a largest value: one estimate, or one minus another.
struct ExtremeCandidate: Sendable {
  /// Index of the estimate that counts positively.
  var plus: Int
  /// Index of the estimate that is subtracted; `nil` when none is.
  var minus: Int?
}

/// The interval of the largest of many differences, from the bootstrap of that maximum.
///
/// The largest of several estimated gaps is biased upwards: chance widens some gap even when all groups
/// are alike, and each replicate adds chance once more. Percentiles of the replicated maximum therefore
/// lie too high; with eight equal groups they never cover. Here instead, with gaps `d` and standard
/// errors `s`:
/// - upper end: the largest `d + z s`. The gap that is truly largest lies below its own upper end,
///   whichever it is;
/// - lower end: the largest `d − c s` among the gaps that could be the largest, `c` the quantile of the
///   largest replicated `(d* − d) / s` among them. Gaps clearly below the largest do not count, so that
///   one clear gap is treated as if it were alone.
///
/// Coverage is at least nominal in large samples; with many nearly equal gaps it is higher.
/// - Note: Source: Chernozhukov, Lee, Rosen 2013, "Intersection bounds: estimation and inference",
///   Econometrica 81, 667–737.
struct ExtremeInterval {
  /// Above this many replicated gaps the quantile is Bonferroni's, which is wider.
  static let replicateLimit = 4_000_000
  /// Above this many estimates the covariance of two is not computed but bounded.
  static let covarianceLimit = 64

  let estimates: [GroupEstimate]
  let candidates: [ExtremeCandidate]
  /// Rows or clients.
  let sampleSize: Int
  /// Degrees of freedom of the errors; infinite for rows.
  let degrees: Double
  /// Whether groups share sampled units, so that their errors are correlated.
  let isDependent: Bool
  /// The probability that may lie beyond each end.
  let tail: Double

  /// The ends, and how many gaps could be the largest.
  var ends: (low: Double, high: Double, contenders: Int)? {
    guard !candidates.isEmpty else { return nil }
    let gaps = candidates.map { candidate in
      estimates[candidate.plus].value - (candidate.minus.map { estimates[$0].value } ?? 0)
    }
    let errors = candidates.map { error($0) }
    guard gaps.allSatisfy(\.isFinite), errors.allSatisfy(\.isFinite) else { return nil }
    let plain = quantile(1 - tail)
    let size = Double(max(3, sampleSize))
    // A gap is kept when it may be the largest; the chance to drop the right one vanishes as 0.1 / ln n.
    let keep = quantile(1 - 0.1 / PortableMath.log(size) / Double(candidates.count))
    var reference = -Double.infinity
    var high = -Double.infinity
    for (gap, error) in zip(gaps, errors) {
      reference = max(reference, gap - keep * error)
      high = max(high, gap + plain * error)
    }
    let kept = candidates.indices.filter { gaps[$0] + keep * errors[$0] >= reference }
    let critical = critical(kept, errors, plain: plain)
    var low = -Double.infinity
    for index in kept { low = max(low, gaps[index] - critical * errors[index]) }
    return (low, high, kept.count)
  }

  private func quantile(_ p: Double) -> Double {
    degrees == .infinity
      ? NormalDistribution.quantile(p) : StudentDistribution.quantile(p, degrees: degrees)
  }

  private func error(_ candidate: ExtremeCandidate) -> Double {
    let plus = estimates[candidate.plus]
    guard let index = candidate.minus else { return plus.variance.squareRoot() }
    let minus = estimates[index]
    let apart = (plus.variance + minus.variance).squareRoot()
    guard isDependent else { return apart }
    if estimates.count > Self.covarianceLimit {
      // No covariance makes it larger than this.
      return plus.variance.squareRoot() + minus.variance.squareRoot()
    }
    let count = min(plus.deviations.count, minus.deviations.count)
    guard count > 1 else { return apart }
    var both = Moments()
    var alone = (Moments(), Moments())
    for replicate in 0..<count {
      both.add(plus.deviations[replicate] - minus.deviations[replicate])
      alone.0.add(plus.deviations[replicate])
      alone.1.add(minus.deviations[replicate])
    }
    let replicated = (alone.0.variance ?? 0) + (alone.1.variance ?? 0)
    guard replicated > 0, let joint = both.variance else { return apart }
    // The variances may be larger than the replicates show; the correlation is the replicates'.
    return apart * (joint / replicated).squareRoot()
  }

  /// The quantile of the largest standardised deviation among the kept candidates.
  private func critical(_ kept: [Int], _ errors: [Double], plain: Double) -> Double {
    if kept.count == 1 { return plain }
    let replicates = estimates.map(\.deviations.count).min() ?? 0
    guard replicates >= 2, kept.count * replicates <= Self.replicateLimit else {
      return quantile(1 - tail / Double(kept.count))
    }
    var largest = Array(repeating: -Double.infinity, count: replicates)
    for index in kept where errors[index] > 0 {
      let plus = estimates[candidates[index].plus].deviations
      let minus = candidates[index].minus.map { estimates[$0].deviations }
      for replicate in 0..<replicates {
        let deviation = plus[replicate] - (minus?[replicate] ?? 0)
        largest[replicate] = max(largest[replicate], deviation / errors[index])
      }
    }
    let sorted = largest.filter(\.isFinite).sorted()
    guard !sorted.isEmpty else { return plain }
    // Student's heavier tail for few clients.
    let stretch = plain / NormalDistribution.quantile(1 - tail)
    return max(plain, RankMetrics.quantile(1 - tail, of: sorted) * stretch)
  }
}
