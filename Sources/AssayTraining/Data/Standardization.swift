/// A shift and a factor for every feature: `(x − shift) · factor`, computed in double.
public struct Standardization: Hashable, Sendable {
  /// What is subtracted: the mean, or the lower end of a declared range.
  public var shifts: [Double]
  /// What the difference is multiplied by: 1 / standard deviation, or 1 / width of the range.
  public var factors: [Double]

  /// What stands for a missing value, after scaling: 0, the mean, unless a range was declared.
  public var fills: [Double]

  /// Creates a scaling from finished numbers, one of each for every feature.
  public init(shifts: [Double], factors: [Double], fills: [Double]? = nil) {
    precondition(shifts.count == factors.count, "one shift and one factor for each feature")
    self.shifts = shifts
    self.factors = factors
    self.fills = fills ?? shifts.map { _ in 0 }
    precondition(self.fills.count == shifts.count, "one fill for each feature")
  }

  /// Zero mean and unit variance over the values that were counted; the variance is the population's
  /// (divided by n). A feature that never varies, beyond rounding, keeps the factor 1; one that is
  /// missing everywhere is left alone.
  ///
  /// The test for "never varies" is scikit-learn's: variance ≤ n·ε·variance + (n·mean·ε)².
  public static func fit(_ moments: FeatureMoments) -> Standardization {
    let factors = moments.means.indices.map { f -> Double in
      guard moments.counts[f] > 0 else { return 1 }
      let count = Double(moments.counts[f])
      let variance = moments.squares[f] / count
      let rounding = count * moments.means[f] * Double.ulpOfOne
      let constant =
        variance <= count * Double.ulpOfOne * variance + rounding * rounding
      return constant ? 1 : 1 / variance.squareRoot()
    }
    return Standardization(shifts: moments.means, factors: factors)
  }

  /// Declared ranges to `0...1`: `(x − low) / (high − low)`; a feature without a range is left as it
  /// is, and so is one whose ends coincide, apart from the shift.
  public static func ranges(_ ranges: [ClosedRange<Double>?]) -> Standardization {
    Standardization(
      shifts: ranges.map { $0?.lowerBound ?? 0 },
      factors: ranges.map { range in
        guard let range, range.upperBound > range.lowerBound else { return 1 }
        return 1 / (range.upperBound - range.lowerBound)
      },
      // The middle of a declared range tells nothing about the data.
      fills: ranges.map { $0 == nil ? 0 : 0.5 })
  }
}

/// Count, mean and sum of squared deviations of every feature: what a client would share so that
/// all can scale alike. Missing values (NaN) are not counted. Merging is Chan, Golub and LeVeque's
/// (1979), in the order it is called.
public struct FeatureMoments: Hashable, Sendable {
  /// Number of values of every feature that are not missing.
  public private(set) var counts: [Int]
  /// Mean of every feature; 0 where all are missing.
  public private(set) var means: [Double]
  /// Sum of squared deviations from the mean of every feature.
  public private(set) var squares: [Double]

  /// No rows; the identity of ``merge(_:)``.
  public init(featureCount: Int) {
    counts = Array(repeating: 0, count: featureCount)
    means = Array(repeating: 0, count: featureCount)
    squares = means
  }

  /// Counts rows of a row-major matrix, in two passes.
  public init(features: [Float], featureCount: Int, rows: some Collection<Int>) {
    self.init(featureCount: featureCount)
    for row in rows {
      for f in 0..<featureCount {
        let value = features[row * featureCount + f]
        if value.isNaN { continue }
        counts[f] += 1
        means[f] += Double(value)
      }
    }
    for f in 0..<featureCount where counts[f] > 0 { means[f] /= Double(counts[f]) }
    for row in rows {
      for f in 0..<featureCount {
        let value = features[row * featureCount + f]
        if value.isNaN { continue }
        let deviation = Double(value) - means[f]
        squares[f] += deviation * deviation
      }
    }
  }

  /// Adds another client's rows.
  public mutating func merge(_ other: FeatureMoments) {
    precondition(means.count == other.means.count, "moments of the same features")
    for f in means.indices where other.counts[f] > 0 {
      guard counts[f] > 0 else {
        counts[f] = other.counts[f]
        means[f] = other.means[f]
        squares[f] = other.squares[f]
        continue
      }
      let total = Double(counts[f] + other.counts[f])
      let difference = other.means[f] - means[f]
      means[f] += difference * (Double(other.counts[f]) / total)
      squares[f] +=
        other.squares[f] + difference * difference
        * (Double(counts[f]) * Double(other.counts[f]) / total)
      counts[f] += other.counts[f]
    }
  }
}

/// How raw features become the model's inputs.
public enum FeatureScaling: Hashable, Sendable {
  /// As they are.
  case none
  /// The same scaling for all rows.
  case shared(Standardization)
  /// Every client scales its own rows, training and test; one entry for each client.
  case perClient([Standardization])
}
