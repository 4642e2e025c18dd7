import AssayStatistics

/// The drift of one arm's scores from other scores.
public struct DriftResult: Hashable, Sendable {
  /// What is compared.
  public enum Kind: Hashable, Sendable {
    /// This arm's scores with the reference arm's, on the same rows.
    case arm(reference: String)
    /// The scores of one training run with those of the first, on the same rows.
    case run(seed: Int, first: Int)
    /// The rows of one file with the rows of all others.
    case file(String)
    /// The rows of one group with the rows of all others in the column's groups.
    case group(column: String, name: String)
  }

  /// What is compared.
  public var kind: Kind
  /// The drift, or `nil` with the reason.
  public var drift: ScoreDrift?
  /// Why there is none; `nil` when there is one.
  public var reason: String?
  /// Bins into which the scores of a large table were pooled; `nil` when every score is exact.
  public var pooledBins: Int?
}

/// Compares the distributions of cells.
struct DriftMeasurer: Sendable {
  /// A column and its cells.
  struct Column: Sendable {
    var name: String
    var groups: [String]
    var cells: [CellMeasurement]
    var isFile: Bool
  }

  /// A column of more groups has neither curves nor drift.
  static let groupLimit = 100

  let measurer: CellMeasurer
  let columns: [Column]

  /// Every drift of one arm.
  func arm(_ arm: Int, overall: CellMeasurement?) -> [DriftResult] {
    guard let overall, !overall.details.isEmpty else { return [] }
    var results: [DriftResult] = []
    let own = overall.details[arm].distributions
    if let reference = measurer.pairs.first?.reference, reference != arm {
      results.append(
        Self.result(
          .arm(reference: measurer.table.arms[reference].name), own.first,
          overall.details[reference].distributions.first, isIndependent: false))
    }
    let seeds = measurer.table.arms[arm].seedNumbers
    for index in own.indices.dropFirst() {
      guard let seed = seeds[index], let first = seeds[0] else { continue }
      results.append(
        Self.result(.run(seed: seed, first: first), own[index], own.first, isIndependent: false))
    }
    for column in columns where column.groups.count > 1 {
      let parts = column.groups.indices.map { index -> Part in
        let cell = column.cells[index]
        let reason =
          column.groups.count > Self.groupLimit
          ? "not measured: more than \(Self.groupLimit) groups"
          : cell.rows == nil ? cell.arms[arm].first?.estimate.reason : nil
        let name = column.groups[index]
        return (
          column.isFile ? .file(name) : .group(column: column.name, name: name),
          cell.details.isEmpty ? nil : cell.details[arm].distributions.first, reason
        )
      }
      results += Self.drift(parts)
    }
    return results
  }

  /// One group or file: what it is, its scores, and why it has none.
  typealias Part = (kind: DriftResult.Kind, scores: ScoreDistribution?, reason: String?)

  /// Each part against the rest. The rest is the sum of the other parts that are shown, so that no
  /// withheld one can be found by subtraction.
  static func drift(_ parts: [Part]) -> [DriftResult] {
    let all = merged(parts.compactMap(\.scores))
    return parts.map { part in
      guard let scores = part.scores else {
        return DriftResult(kind: part.kind, drift: nil, reason: part.reason ?? "no rows")
      }
      return result(part.kind, scores, all.subtracting(scores), isIndependent: true)
    }
  }

  /// All rows together, by halves so that no score is copied more often than needed.
  private static func merged(_ parts: [ScoreDistribution]) -> ScoreDistribution {
    if parts.count <= 1 { return parts.first ?? .empty }
    let half = parts.count / 2
    return merged(Array(parts[..<half])).merging(merged(Array(parts[half...])))
  }

  static func result(
    _ kind: DriftResult.Kind, _ scores: ScoreDistribution?, _ reference: ScoreDistribution?,
    isIndependent: Bool
  ) -> DriftResult {
    guard let scores, let reference,
      let drift = ScoreDrift(scores, from: reference, independent: isIndependent)
    else { return DriftResult(kind: kind, drift: nil, reason: "no other rows") }
    return DriftResult(
      kind: kind, drift: drift, reason: nil,
      pooledBins: scores.pooledBins ?? reference.pooledBins)
  }
}
