/// P-values adjusted for how many tests were made together.
///
/// Of twenty true null hypotheses tested at 5 %, one is rejected by chance. An adjusted p-value may be
/// compared with the level as if it stood alone.
public enum MultipleTests {
  /// Bonferroni: `min(1, m p)`. Bounds the chance of any false rejection; never smaller than Holm's.
  public static func bonferroni(_ pValues: [Double]) -> [Double] {
    pValues.map { min(1, $0 * Double(pValues.count)) }
  }

  /// Holm's step-down values: with `p` sorted upwards, `max over j ≤ i of (m − j + 1) p(j)`, at most 1.
  ///
  /// Bounds the chance of any false rejection, whatever the dependence: for claims that must hold
  /// together, such as those a gate rests on.
  /// - Note: Source: Holm 1979, Scandinavian Journal of Statistics 6, 65–70; as statsmodels
  ///   `multipletests` with `holm`.
  public static func holm(_ pValues: [Double]) -> [Double] {
    let count = pValues.count
    var adjusted = pValues
    var largest = 0.0
    for (position, index) in order(pValues).enumerated() {
      largest = max(largest, Double(count - position) * pValues[index])
      adjusted[index] = min(1, largest)
    }
    return adjusted
  }

  /// Benjamini and Hochberg's step-up values: with `p` sorted upwards, `min over j ≥ i of m p(j) / j`.
  ///
  /// Bounds the expected share of false rejections among all rejections (independent or positively
  /// dependent tests): for exploration, where some false leads are acceptable.
  /// - Note: Source: Benjamini, Hochberg 1995, Journal of the Royal Statistical Society B 57, 289–300;
  ///   as statsmodels `multipletests` with `fdr_bh`.
  public static func benjaminiHochberg(_ pValues: [Double]) -> [Double] {
    let count = pValues.count
    var adjusted = pValues
    var least = 1.0
    for (position, index) in order(pValues).enumerated().reversed() {
      least = min(least, pValues[index] * (Double(count) / Double(position + 1)))
      adjusted[index] = least
    }
    return adjusted
  }

  /// Positions from the smallest p-value to the largest; equal ones keep their order.
  private static func order(_ pValues: [Double]) -> [Int] {
    pValues.indices.sorted {
      pValues[$0] == pValues[$1] ? $0 < $1 : pValues[$0] < pValues[$1]
    }
  }
}
