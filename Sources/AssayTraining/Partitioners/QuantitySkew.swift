/// Clients of unequal size: sizes are drawn from Dirichlet(α, …, α), rows regardless of their label.
/// - Note: Source: Li, Diao, Chen, He 2022 (NIID-Bench), arXiv:2102.02079, section IV-C.
struct QuantitySkew {
  /// α, above 0.
  let concentration: Double

  func assign(_ rows: Int, _ clients: Int, _ randomness: Randomness) -> [Int32] {
    var result = [Int32](repeating: 0, count: rows)
    let shares = DirichletDraw(concentration: concentration).shares(
      of: clients, stream: 0, randomness)
    deal(randomness.partitionOrder(rows, stream: 0), by: shares, into: &result)
    return result
  }
}
