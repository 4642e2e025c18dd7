/// Which model is trained. Two classes have one output and a sigmoid, more have a softmax.
public enum ModelSpecification: Hashable, Sendable {
  /// Logistic regression for two classes, softmax regression for more.
  case softmax
  /// A multilayer perceptron with ReLU layers of these widths; none is the same as ``softmax``.
  case mlp(hidden: [Int])

  /// Widths of the hidden layers.
  public var hidden: [Int] {
    switch self {
    case .softmax: []
    case .mlp(let hidden): hidden
    }
  }

  /// Number of outputs for a number of classes.
  public static func outputs(classCount: Int) -> Int { classCount == 2 ? 1 : classCount }

  /// Number of weights and biases.
  public func parameterCount(features: Int, classCount: Int) -> Int {
    let widths = [features] + hidden + [Self.outputs(classCount: classCount)]
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
