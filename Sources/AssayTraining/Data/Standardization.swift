/// A shift and a factor for every feature: `(x − shift) · factor`, computed in double.
public struct Standardization: Hashable, Sendable {
  /// What is subtracted: the mean, or the lower end of a declared range.
  public var shifts: [Double]
  /// What the difference is multiplied by: 1 / standard deviation, or 1 / width of the range.
  public var factors: [Double]

  /// Creates a scaling from finished numbers, one of each for every feature.
  public init(shifts: [Double], factors: [Double]) {
    precondition(shifts.count == factors.count, "one shift and one factor for each feature")
    self.shifts = shifts
    self.factors = factors
  }

  /// Zero mean and unit variance over the rows that were counted; the variance is the population's
  /// (divided by n). A feature that never varies, beyond rounding, keeps the factor 1.
  ///
  /// The test for "never varies" is scikit-learn's: variance ≤ n·ε·variance + (n·mean·ε)².
  public static func fit(_ moments: FeatureMoments) -> Standardization {
    let count = Double(moments.count)
    guard moments.count > 0 else {
      return Standardization(
        shifts: moments.means.map { _ in 0 }, factors: moments.means.map { _ in 1 })
    }
    let factors = zip(moments.means, moments.squares).map { mean, squares in
      let variance = squares / count
      let rounding = count * mean * Double.ulpOfOne
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
      })
  }
}

/// Count, mean and sum of squared deviations of every feature: what a client would share so that
/// all can scale alike. Merging is Chan, Golub and LeVeque's (1979), in the order it is called.
public struct FeatureMoments: Hashable, Sendable {
  /// Number of rows.
  public private(set) var count: Int
  /// Mean of every feature.
  public private(set) var means: [Double]
  /// Sum of squared deviations from the mean of every feature.
  public private(set) var squares: [Double]

  /// No rows; the identity of ``merge(_:)``.
  public init(featureCount: Int) {
    count = 0
    means = Array(repeating: 0, count: featureCount)
    squares = means
  }

  /// Counts rows of a row-major matrix, in two passes.
  public init(features: [Float], featureCount: Int, rows: some Collection<Int>) {
    self.init(featureCount: featureCount)
    count = rows.count
    guard count > 0 else { return }
    for row in rows {
      for f in 0..<featureCount { means[f] += Double(features[row * featureCount + f]) }
    }
    for f in 0..<featureCount { means[f] /= Double(count) }
    for row in rows {
      for f in 0..<featureCount {
        let deviation = Double(features[row * featureCount + f]) - means[f]
        squares[f] += deviation * deviation
      }
    }
  }

  /// Adds another client's rows.
  public mutating func merge(_ other: FeatureMoments) {
    precondition(means.count == other.means.count, "moments of the same features")
    guard other.count > 0 else { return }
    guard count > 0 else {
      self = other
      return
    }
    let total = Double(count + other.count)
    for f in means.indices {
      let difference = other.means[f] - means[f]
      means[f] += difference * (Double(other.count) / total)
      squares[f] +=
        other.squares[f] + difference * difference * (Double(count) * Double(other.count) / total)
    }
    count += other.count
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
