/// How the work of clients becomes the next global model.
///
/// Every algorithm is a small value in a file beside this one: what a client does differently
/// (``localTraining(_:)``, ``proximal``, ``usesControlVariates``), how much an update weighs
/// (``weight(of:in:)``), and how the server moves (``advance(_:by:)``). The engine around it, the same
/// for all, chooses clients, trains them, refuses bad updates, sums in the order of clients, and adds
/// privacy, compression and participation.
protocol FederatedAlgorithm: Sendable {
  /// What a client does with the plan's local training.
  func localTraining(_ planned: LocalTraining) -> LocalTraining
  /// The weight μ of `μ/2·‖w − w_t‖²` in a client's loss; 0 for none.
  var proximal: Double { get }
  /// Whether clients add the control variate `c − c_k` to every gradient.
  var usesControlVariates: Bool { get }
  /// Whether a client reports the loss of the global model on its rows before it trains.
  var needsLoss: Bool { get }
  /// Whether the server needs the norms of updates.
  var needsNorm: Bool { get }
  /// Whether the server must hold all updates of a round at the same time.
  var needsAllUpdates: Bool { get }
  /// Whether the server moves by the mean update alone; then a private sum can take its place.
  var usesMeanOnly: Bool { get }
  /// What clients do for a model of their own; `nil` when all use the global model.
  var personalization: Personalization? { get }
  /// How many updates the server waits for, when it does not wait for a whole cohort.
  var bufferSize: Int? { get }
  /// Whether so many updates are enough for what the algorithm promises; rounds with fewer are noted.
  func withstands(_ updates: Int) -> Bool
  /// The weight `a_k` of an update in the sum; 0 leaves it out.
  func weight(of contribution: Contribution, in server: ServerState) -> Double
  /// Replaces the global model; called only when something was accepted, or in a private round.
  func advance(_ server: ServerState, by round: RoundUpdates)
}

extension FederatedAlgorithm {
  func localTraining(_ planned: LocalTraining) -> LocalTraining { planned }
  var proximal: Double { 0 }
  var usesControlVariates: Bool { false }
  var needsLoss: Bool { false }
  var needsNorm: Bool { false }
  var needsAllUpdates: Bool { false }
  var usesMeanOnly: Bool { false }
  var personalization: Personalization? { nil }
  var bufferSize: Int? { nil }
  func withstands(_ updates: Int) -> Bool { true }
  func weight(of contribution: Contribution, in server: ServerState) -> Double {
    contribution.weight
  }
}

/// A model of every client's own beside the global one.
enum Personalization: Hashable, Sendable {
  /// A personal model trained in every round, pulled towards the global model by `lambda`.
  case alongside(lambda: Double)
  /// So many passes from the final global model, at a learning rate of its own where one is given.
  case afterwards(epochs: Int, learningRate: Double?)
}

/// One number that a pilot may set for an algorithm.
public struct AlgorithmParameter: Hashable, Sendable {
  /// The key in a pilot file.
  public let name: String
  /// What it does, in a few words.
  public let meaning: String
  /// The value when nothing is said.
  public let standard: Double
  /// The least and the greatest value allowed.
  public let range: ClosedRange<Double>
  /// Whether the ends of the range are refused.
  public let isOpen: Bool
  /// Whether only whole numbers are allowed.
  public let isWhole: Bool

  init(
    _ name: String, _ meaning: String, standard: Double, _ range: ClosedRange<Double>,
    isOpen: Bool = false, isWhole: Bool = false
  ) {
    self.name = name
    self.meaning = meaning
    self.standard = standard
    self.range = range
    self.isOpen = isOpen
    self.isWhole = isWhole
  }

  /// Whether a value may be used.
  public func allows(_ value: Double) -> Bool {
    guard range.contains(value), !isWhole || value == value.rounded() else { return false }
    return !isOpen || (value != range.lowerBound && value != range.upperBound)
  }

  /// What is allowed, for a message.
  public var expectation: String {
    let kind = isWhole ? "a whole number" : "a number"
    let (low, high) = (Self.text(range.lowerBound), Self.text(range.upperBound))
    return range.upperBound.isInfinite || range.upperBound >= 1e300
      ? "\(kind) \(isOpen ? "above" : "from") \(low)\(isOpen ? "" : " on")"
      : "\(kind) \(isOpen ? "strictly between \(low) and" : "from \(low) to") \(high)"
  }

  /// A number as a reader writes it.
  public static func text(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
  }
}

/// An algorithm as the catalogue lists it.
public struct AlgorithmEntry: Sendable {
  /// The name in a pilot file.
  public let name: String
  /// One sentence with its source.
  public let summary: String
  /// The numbers that a pilot may set.
  public let parameters: [AlgorithmParameter]
  let make: @Sendable (AlgorithmValues) -> any FederatedAlgorithm

  /// Whether a private round can use it: its server moves by the mean update alone.
  public var allowsPrivacy: Bool {
    let algorithm = make(AlgorithmValues(self, [:]))
    return algorithm.usesMeanOnly && algorithm.bufferSize == nil
  }
  /// Whether clients end with models of their own.
  public var isPersonal: Bool { make(AlgorithmValues(self, [:])).personalization != nil }
  /// Whether the server does not wait for a cohort.
  public var isAsynchronous: Bool { make(AlgorithmValues(self, [:])).bufferSize != nil }
  /// Whether the server holds every update of a round, as robust aggregation must.
  public var holdsAllUpdates: Bool { make(AlgorithmValues(self, [:])).needsAllUpdates }
}

/// The values of an algorithm's parameters: what a pilot set, the standard value for the rest.
struct AlgorithmValues {
  private let values: [String: Double]

  init(_ entry: AlgorithmEntry, _ given: [String: Double]) {
    var values: [String: Double] = [:]
    for parameter in entry.parameters { values[parameter.name] = parameter.standard }
    for (name, value) in given {
      precondition(values[name] != nil, "a parameter that the algorithm has")
      values[name] = value
    }
    self.values = values
  }

  subscript(name: String) -> Double { values[name] ?? .nan }
}

/// An algorithm that was chosen, with the numbers that were set for it.
public struct AlgorithmChoice: Hashable, Sendable {
  /// The name in the catalogue.
  public let name: String
  /// The numbers that were set; the rest have their standard values.
  public let values: [String: Double]

  /// Chooses an algorithm.
  public init(_ name: String, _ values: [String: Double] = [:]) {
    self.name = name
    self.values = values
  }

  /// Federated averaging with its standard weights.
  public static let fedavg = AlgorithmChoice("fedavg")

  /// The catalogue's entry.
  public var entry: AlgorithmEntry {
    guard let entry = AlgorithmEntry.named(name) else {
      preconditionFailure("the algorithm '\(name)' is in the catalogue")
    }
    return entry
  }

  /// All parameters with their values, in the catalogue's order.
  public var allValues: [(name: String, value: Double)] {
    entry.parameters.map { ($0.name, values[$0.name] ?? $0.standard) }
  }

  func make() -> any FederatedAlgorithm {
    let entry = entry
    return entry.make(AlgorithmValues(entry, values))
  }
}

extension AlgorithmEntry {
  /// All algorithms in the order they are listed.
  public static let catalogue: [AlgorithmEntry] = [
    FedAvg.entry, FedSGD.entry, FedProx.entry, FedAvgM.entry, FedAdagrad.entry, FedAdam.entry,
    FedYogi.entry, Scaffold.entry, FedNova.entry, QFedAvg.entry, AgnosticFederated.entry,
    Ditto.entry, FineTuning.entry, CoordinateMedian.entry, TrimmedMean.entry, Krum.entry,
    Krum.multiEntry, GeometricMedian.entry, FedBuff.entry,
  ]

  /// The algorithm of that name, `nil` when there is none.
  public static func named(_ name: String) -> AlgorithmEntry? {
    catalogue.first { $0.name == name }
  }
}
