import AssayRuns
import AssayStatistics
import Testing

@testable import AssayMetrics

/// Tables and requests for tests of noised statistics.
enum NoisedWorld {
  static func request(
    _ multiplier: Double = 1, rows: Int = 1, unit: PrivacyUnit = .example, seed: UInt64 = 7,
    bins: Int = 64
  ) throws -> NoiseRequest {
    let part = try #require(
      NoisePart(noiseMultiplier: multiplier, rowsPerUnit: rows, noise: .seeded))
    var request = NoiseRequest(part: part, unit: unit, delta: 1e-6, seed: seed)
    request.bins = bins
    request.groups = [
      (column: "region", names: ["south", "north", nil, "a,b"]),
      (column: "sex", names: ["f", "m"]),
    ]
    return request
  }

  static func release(
    _ table: ScoredTable, _ request: NoiseRequest, threshold: Double = 0.5
  ) throws -> NoisedStatistics {
    var options = EvaluationOptions()
    options.threshold = threshold
    return try NoisedStatistics.release(table, options: options, request: request).statistics
  }

  /// The histograms without noise, counted in the plain way.
  static func exact(_ table: ScoredTable, _ statistics: NoisedStatistics) -> [[[Int]]] {
    let shape = statistics.shape
    return table.arms.map { arm in
      statistics.keys.map { key in
        var histogram = [Int](repeating: 0, count: 2 * shape.bins)
        for row in 0..<table.rowCount where table.labels[row] >= 0 {
          if key.column > 0 {
            let column = (table.segments + table.sensitive)[key.column - 1]
            let name = column.groups[Int(column.codes[row])]
            if name != key.shown { continue }
          }
          let bin = min(shape.bins - 1, Int(arm.seeds[0].scores[row] * Double(shape.bins)))
          histogram[2 * bin + Int(table.labels[row])] += 1
        }
        return histogram
      }
    }
  }
}
