import AssayRuns
import AssayStatistics
import Testing

@testable import AssayPrivacy

/// That all rows of a unit in one cell are the worst case for discrete Gaussian noise: what is charged for
/// statistics of several rows for each unit.
@Suite("Rows of a unit in one cell are the worst case")
struct ConcentratedWorstCaseTests {
  /// The law of one cell.
  private func law(_ sigma: Double) -> [Double] {
    let weights = (-60...60).map { PortableMath.exp(-Double($0 * $0) / (2 * sigma * sigma)) }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }

  /// δ(ε) of moving the cells by so many rows each, summed over all outcomes.
  private func delta(_ moves: [Int], _ sigma: Double, _ epsilon: Double) -> Double {
    let law = law(sigma)
    let factor = PortableMath.exp(epsilon)
    // Of every cell the pairs of probabilities with and without the unit.
    var outcomes = [(p: 1.0, q: 1.0)]
    for move in moves {
      let cell = (-14...14).map { x in
        (p: abs(x - move) <= 60 ? law[x - move + 60] : 0, q: law[x + 60])
      }
      outcomes = outcomes.flatMap { a in cell.map { (a.p * $0.p, a.q * $0.q) } }
    }
    return outcomes.reduce(0) { $0 + max(0, $1.p - factor * $1.q) }
  }

  @Test(
    "no way of spreading the rows over cells has a larger δ at any ε",
    arguments: [0.4, 0.8, 1.3, 2.0])
  func spread(sigma: Double) {
    for (rows, ways) in [(2, [[1, 1]]), (3, [[2, 1], [1, 1, 1]]), (2, [[1]]), (3, [[1], [2]])] {
      for epsilon in [0.0, 0.1, 0.5, 1, 2, 4, 8] {
        let worst = delta([rows], sigma, epsilon)
        for way in ways {
          #expect(
            delta(way, sigma, epsilon) <= worst + 1e-9, "σ \(sigma), \(way) at ε = \(epsilon)")
        }
      }
    }
  }
}
