/// What the server knows of one update that it accepted.
struct Contribution: Hashable {
  /// Who sent it.
  var client: Int
  /// Training rows of the client, `n_k`.
  var rows: Int
  /// Gradient steps it took, `τ_k`.
  var steps: Int
  /// Weight in a mean: the rows, or 1 where all clients count the same.
  var weight: Double
  /// Mean loss of the global model on the client's training rows before it trained, `F_k(w_t)`; 0
  /// unless the algorithm asks for it.
  var loss = 0.0
  /// L2 norm of the update `w_k − w_t`; 0 unless the algorithm or privacy asks for it.
  var norm = 0.0
  /// How many models the server made since the client started; 0 in synchronous rounds.
  var staleness = 0
}

/// The accepted updates of one round as an algorithm sees them: a weighted mean that was summed in
/// the order of clients, and what each client reported.
struct RoundUpdates {
  /// The accepted updates, ascending by client.
  let contributions: [Contribution]
  /// `A = Σ a_k`, the sum of the algorithm's weights; in a private round the fixed divisor.
  let totalWeight: Double
  /// Whether ``sum`` holds models (`Σ a_k·w_k`) or updates (`Σ a_k·(w_k − w_t)`, clipped and with
  /// noise in a private round).
  let holdsModels: Bool
  /// The sum over the accepted updates, in double.
  let sum: Memory<Double>
  /// The global model `w_t` before this round.
  let global: Memory<Float>
  /// `Σ (c_k⁺ − c_k)` of control variates, where the algorithm uses them.
  let variateSum: Memory<Double>?
  /// The models that clients sent, in the order of ``contributions``, where the algorithm needs all.
  let models: [UnsafePointer<Float>]
  /// Threads for work on many parameters.
  let pool: WorkerPool

  /// Parameter `i` of the mean model `Σ a_k·w_k / A`.
  @inline(__always)
  func meanModel(_ i: Int) -> Double {
    holdsModels ? sum[i] / totalWeight : Double(global[i]) + sum[i] / totalWeight
  }

  /// Parameter `i` of the mean update `Δ = Σ a_k·(w_k − w_t) / A`.
  @inline(__always)
  func meanUpdate(_ i: Int) -> Double {
    holdsModels ? sum[i] / totalWeight - Double(global[i]) : sum[i] / totalWeight
  }

  /// Parameter `i` after a step along the mean update, `w_t + rate·Δ`; written as
  /// `(1 − rate)·w_t + rate·(w_t + Δ)`, so that the rate 1 gives the mean model to the bit.
  @inline(__always)
  func moved(_ i: Int, by rate: Double) -> Double {
    (1 - rate) * Double(global[i]) + rate * meanModel(i)
  }
}
