/// What the server of one federated arm keeps between rounds: the global model, named vectors and
/// scalars of its algorithm, and one vector for each client where the algorithm asks for it.
///
/// Everything here is in a checkpoint. Vectors have the model's padded length; padding stays 0.
final class ServerState {
  /// The global model `w_t`, float32 as on the wire.
  let model: Memory<Float>
  /// Number of clients, whether or not they take part.
  let clientCount: Int
  /// Vectors in double, by name: momentum, second moments, control variates.
  private(set) var vectors: [String: Memory<Double>] = [:]
  /// Scalars by name.
  var scalars: [String: Double] = [:]
  /// Vectors of clients, by name and client; only clients that took part have one.
  private(set) var clientVectors: [String: [Int: Memory<Float>]] = [:]
  private let pool: WorkerPool
  private static let block = 16_384

  init(initial: [Float], clientCount: Int, pool: WorkerPool) {
    model = Memory(initial)
    self.clientCount = clientCount
    self.pool = pool
  }

  /// The vector of that name; made with this value everywhere when it is asked for first.
  func vector(_ name: String, initially value: Double = 0) -> Memory<Double> {
    namedVector(name, initially: value, count: model.count)
  }

  /// A vector with one entry for each client.
  func valueOfClients(_ name: String, initially value: Double) -> Memory<Double> {
    namedVector(name, initially: value, count: clientCount)
  }

  private func namedVector(_ name: String, initially value: Double, count: Int) -> Memory<Double> {
    if let known = vectors[name] { return known }
    let made = Memory<Double>(repeating: value, count: count)
    vectors[name] = made
    return made
  }

  /// One client's vector of that name; a copy of `initial`, or zeros, when it is asked for first.
  func vector(
    _ name: String, ofClient client: Int, initially initial: UnsafePointer<Float>? = nil
  ) -> Memory<Float> {
    if let known = clientVectors[name]?[client] { return known }
    let made = Memory<Float>(repeating: 0, count: model.count)
    if let initial { made.copy(from: initial) }
    clientVectors[name, default: [:]][client] = made
    return made
  }

  /// One client's vector of that name, when it has one.
  func knownVector(_ name: String, ofClient client: Int) -> Memory<Float>? {
    clientVectors[name]?[client]
  }

  /// Replaces everything by what a checkpoint holds.
  func restore(
    model values: [Float], vectors saved: [String: [Double]], scalars: [String: Double],
    clientVectors savedClients: [String: [Int: [Float]]]
  ) {
    precondition(values.count == model.count, "a checkpoint of the same model")
    for (index, value) in values.enumerated() { model[index] = value }
    vectors = saved.mapValues { Memory($0) }
    self.scalars = scalars
    clientVectors = savedClients.mapValues { $0.mapValues { Memory($0) } }
  }

  /// Sets every parameter `i` of the model to `value(i)`, rounded to float32 once. Parameters do not
  /// see one another's new values, so threads may share them.
  @inline(__always)
  func setParameters(_ value: (_ index: Int) -> Double) {
    let count = model.count
    if count <= Self.block {
      for i in 0..<count { model[i] = Float(value(i)) }
      return
    }
    pool.run((count + Self.block - 1) / Self.block) { block, _ in
      let first = block * Self.block
      for i in first..<min(count, first + Self.block) { model[i] = Float(value(i)) }
    }
  }
}
