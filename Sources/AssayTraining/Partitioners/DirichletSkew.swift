/// Label skew: for every class, the shares of the clients are drawn from Dirichlet(α, …, α).
///
/// A large α gives every client the pooled distribution, a small one gives nearly all rows of a
/// class to one client. Sizes vary as a consequence.
/// - Note: Source: Hsu, Qi, Brown 2019, arXiv:1909.06335 (synthetic populations by a Dirichlet
///   prior), with the shares drawn for each class over clients, as Yurochkin et al. 2019,
///   arXiv:1905.12022, do, so that all rows are used.
struct DirichletSkew {
  /// α, above 0.
  let concentration: Double

  func assign(_ labels: [Int32], _ clients: Int, _ randomness: Randomness) -> [Int32] {
    var result = [Int32](repeating: 0, count: labels.count)
    for (label, rows) in shuffledClasses(labels, randomness).enumerated() where !rows.isEmpty {
      let shares = DirichletDraw(concentration: concentration).shares(
        of: clients, stream: label + 1, randomness)
      deal(rows, by: shares, into: &result)
    }
    return result
  }
}
