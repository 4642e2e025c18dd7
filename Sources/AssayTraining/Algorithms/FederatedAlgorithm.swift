/// How the work of clients becomes the next global model: the model is the mean of what clients send,
/// weighted by their rows, and algorithms differ in what a client does before it sends.
///
/// Every algorithm has a file beside this one and an entry in ``catalogue``.
public struct FederatedAlgorithm: Sendable {
  /// The name in a pilot file.
  public let name: String
  /// One sentence for `--list-algorithms`, with its source.
  public let summary: String
  /// What a client does with the plan's local training.
  let localTraining: @Sendable (LocalTraining) -> LocalTraining

  /// All algorithms in the order they are listed.
  public static let catalogue: [FederatedAlgorithm] = [.fedavg, .fedsgd]

  /// The algorithm of that name, `nil` when there is none.
  public static func named(_ name: String) -> FederatedAlgorithm? {
    catalogue.first { $0.name == name }
  }
}

extension FederatedAlgorithm: Hashable {
  /// Algorithms are the same when their names are.
  public static func == (a: FederatedAlgorithm, b: FederatedAlgorithm) -> Bool { a.name == b.name }
  /// Feeds the name to a hasher.
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
