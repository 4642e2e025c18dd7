import AssayRuns

/// What a metric is, for people and for documents.
public struct MetricDefinition: Hashable, Sendable {
  /// How its values are to be read.
  public enum Unit: String, Hashable, Sendable, CaseIterable {
    /// A share or a score in 0...1 or −1...1, or a difference of two shares.
    case fraction
    /// A loss in nats or in squared or absolute units.
    case loss
    /// A quotient of two rates.
    case ratio
    /// Any other number.
    case number
  }

  /// Which way is better.
  public enum Direction: String, Hashable, Sendable, CaseIterable {
    /// More is better.
    case higherIsBetter
    /// Less is better.
    case lowerIsBetter
    /// Neither.
    case none
  }

  /// What is predicted, without the number of classes.
  public enum Task: String, Hashable, Sendable, CaseIterable {
    /// Label 0 or 1.
    case binary
    /// Several classes.
    case multiclass
    /// A number.
    case regression
  }

  /// What it is measured on.
  public enum Family: String, Hashable, Sendable, CaseIterable {
    /// The rows of one cell.
    case performance
    /// The probabilities of one cell against what happened.
    case calibration
    /// The groups of one sensitive column.
    case fairness
  }

  /// Its name in files and on the command line.
  public var id: String
  /// Its name for people.
  public var title: String
  /// How its values are to be read.
  public var unit: Unit
  /// Which way is better.
  public var direction: Direction
  /// Where its values lie; infinite ends where there is no bound.
  public var range: ClosedRange<Double>
  /// For what it is defined.
  public var tasks: Set<Task>
  /// What it is measured on.
  public var family: Family
  /// One line: formula and source.
  public var definition: String

  /// Whether it depends on the arm; otherwise no two arms differ in it.
  var isOfArm: Bool { id != "base_rate" }
}

extension PredictionTask {
  /// The task without its number of classes.
  public var kind: MetricDefinition.Task {
    switch self {
    case .binary: .binary
    case .multiclass: .multiclass
    case .regression: .regression
    }
  }
}
