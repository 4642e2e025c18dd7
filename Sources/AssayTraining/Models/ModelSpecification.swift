/// Which model is trained. Two classes have one output and a sigmoid, more have a softmax, and a numeric
/// label has one output as it is.
public enum ModelSpecification: Hashable, Sendable {
  /// Logistic regression for two classes, softmax regression for more.
  case softmax
  /// Linear regression: one output, half the squared error ½(z − y)².
  case linear
  /// A multilayer perceptron with ReLU layers of these widths; none is the same as ``softmax``, or
  /// ``linear`` for the squared error.
  case mlp(hidden: [Int], loss: Loss = .crossEntropy)

  /// What training makes small.
  public enum Loss: String, Hashable, Sendable, CaseIterable {
    /// −log p of the true class, for labels that are classes.
    case crossEntropy = "cross-entropy"
    /// Half the squared error, ½(z − y)², for labels that are numbers.
    case squared
  }

  /// Widths of the hidden layers.
  public var hidden: [Int] {
    switch self {
    case .softmax, .linear: []
    case .mlp(let hidden, _): hidden
    }
  }

  /// What training makes small.
  public var loss: Loss {
    switch self {
    case .softmax: .crossEntropy
    case .linear: .squared
    case .mlp(_, let loss): loss
    }
  }

  /// Whether the label is a number rather than a class.
  public var isRegression: Bool { loss == .squared }

  /// Number of outputs for a number of classes; 1 for a numeric label, whatever the number.
  public func outputs(classCount: Int) -> Int {
    isRegression || classCount == 2 ? 1 : classCount
  }

  /// Bytes of one model in the engine's memory, where layers are padded to multiples of 16.
  public func memoryBytes(features: Int, classCount: Int) -> Int {
    let widths = [features] + hidden + [outputs(classCount: classCount)]
    return zip(widths, widths.dropFirst()).reduce(0) {
      $0 + 4 * ($1.0 + 1) * (($1.1 + 15) / 16 * 16)
    }
  }

  /// Number of weights and biases.
  public func parameterCount(features: Int, classCount: Int) -> Int {
    let widths = [features] + hidden + [outputs(classCount: classCount)]
    return zip(widths, widths.dropFirst()).reduce(0) { $0 + ($1.0 + 1) * $1.1 }
  }
}

/// One named array of a model.
public struct NamedTensor: Hashable, Sendable {
  /// The name, `layer1.weight` for example.
  public var name: String
  /// Extent of every axis; the product is the number of values.
  public var shape: [Int]
  /// The values, last axis fastest.
  public var values: [Float]

  /// Creates a tensor.
  public init(name: String, shape: [Int], values: [Float]) {
    self.name = name
    self.shape = shape
    self.values = values
  }
}
