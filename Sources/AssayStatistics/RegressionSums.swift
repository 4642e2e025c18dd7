/// Sums over the rows of a regression.
public struct RegressionSums: Hashable, Sendable {
  /// Sum of `|prediction − target|`.
  public private(set) var absoluteError = CompensatedSum()
  /// Sum of `prediction − target`.
  public private(set) var error = CompensatedSum()
  /// Sum of `|error| / max(|target|, 2⁻⁵²)`.
  public private(set) var relativeError = CompensatedSum()
  /// Sum of `2 |error| / (|target| + |prediction|)`, 0 where both are 0.
  public private(set) var symmetricError = CompensatedSum()
  /// Mean and spread of the targets.
  public private(set) var target = Moments()
  /// Mean and spread of the predictions.
  public private(set) var prediction = Moments()
  /// `Σ (target − mean target) (prediction − mean prediction)`.
  public private(set) var codeviation = 0.0
  /// Largest `|error|`, 0 without rows.
  public private(set) var largestError = 0.0

  /// Sums of no rows.
  public init() {}

  /// Adds one row.
  public mutating func add(target value: Double, error difference: Double) {
    absoluteError.add(abs(difference))
    error.add(difference)
    relativeError.add(Self.relative(error: difference, target: value))
    let predicted = value + difference
    symmetricError.add(Self.symmetric(error: difference, target: value))
    let distance = value - target.mean
    target.add(value)
    prediction.add(predicted)
    codeviation += distance * (predicted - prediction.mean)
    if abs(difference) > largestError { largestError = abs(difference) }
  }

  /// `|error| / max(|target|, 2⁻⁵²)`, as scikit-learn's `mean_absolute_percentage_error`.
  public static func relative(error: Double, target: Double) -> Double {
    abs(error) / max(abs(target), 0x1p-52)
  }

  /// `2 |error| / (|target| + |prediction|)`, in `0...2`; 0 where both are 0.
  public static func symmetric(error: Double, target: Double) -> Double {
    let size = abs(target) + abs(target + error)
    return size > 0 ? 2 * abs(error) / size : 0
  }

  /// Adds the rows of another block.
  public mutating func merge(_ other: RegressionSums) {
    let total = Double(target.count + other.target.count)
    if total > 0 {
      codeviation +=
        other.codeviation
        + (other.target.mean - target.mean) * (other.prediction.mean - prediction.mean)
        * Double(target.count) * (Double(other.target.count) / total)
    }
    symmetricError.merge(other.symmetricError)
    prediction.merge(other.prediction)
    absoluteError.merge(other.absoluteError)
    error.merge(other.error)
    relativeError.merge(other.relativeError)
    target.merge(other.target)
    largestError = max(largestError, other.largestError)
  }
}

/// Count, mean and sum of squared deviations of some numbers, without cancellation.
///
/// - Note: Source: Chan, Golub, LeVeque 1983, The American Statistician 37(3), 242–247.
public struct Moments: Hashable, Sendable {
  /// How many numbers.
  public private(set) var count = 0
  /// Their mean; 0 without numbers.
  public private(set) var mean = 0.0
  /// `Σ (x − mean)²`.
  public private(set) var squaredDeviations = 0.0

  /// No numbers.
  public init() {}

  /// The moments of some numbers, in their order.
  public init(_ numbers: some Sequence<Double>) {
    for number in numbers { add(number) }
  }

  /// Sample variance, divisor `count − 1`; `nil` below two numbers.
  public var variance: Double? {
    count < 2 ? nil : squaredDeviations / Double(count - 1)
  }

  /// Adds one number.
  public mutating func add(_ x: Double) {
    count += 1
    let distance = x - mean
    mean += distance / Double(count)
    squaredDeviations += distance * (x - mean)
  }

  /// Adds the numbers of another block.
  public mutating func merge(_ other: Moments) {
    if other.count == 0 { return }
    let total = count + other.count
    let distance = other.mean - mean
    let share = Double(other.count) / Double(total)
    squaredDeviations +=
      other.squaredDeviations + distance * distance * Double(count) * share
    mean += distance * share
    count = total
  }
}
