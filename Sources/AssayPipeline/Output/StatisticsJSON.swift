import AssayFiles
import AssayMetrics
import AssayRuns

/// `assay.statistics/1`: everything that a file of statistics holds, for people who must see what
/// leaves their house. Exact sums are shown as the nearest double.
struct StatisticsJSON {
  let statistics: EvaluationStatistics

  init(_ statistics: EvaluationStatistics) { self.statistics = statistics }

  var json: JSONValue {
    guard let shape = statistics.shape else { return .null }
    let cells = statistics.keys.compactMap { key in
      statistics.cells[key].map { cell($0, key: key, shape) }
    }
    return .object([
      "schema": .string("assay.statistics/1"), "rows": .integer(statistics.rows),
      "shape": Self.shape(shape), "cells": .array(cells),
    ])
  }

  static func shape(_ shape: StatisticsShape) -> JSONValue {
    let task =
      switch shape.task {
      case .binary: "binary"
      case .multiclass: "multiclass"
      case .regression: "regression"
      }
    return .object([
      "task": .string(task), "classes": .integer(shape.classes),
      "class_names": .strings(shape.classNames), "arms": .strings(shape.arms.map(\.name)),
      "predictions_stated": .strings(
        shape.arms.filter { $0.decision == .stated }.map(\.name)),
      "reference": .string(shape.arms[shape.reference].name),
      "segments": .array(shape.segments.map { .strings($0.names) }),
      "sensitive": .array(shape.sensitive.map { .strings($0.names) }),
      "client": .optional(shape.client), "threshold": .number(shape.threshold),
      "bins": .integer(shape.bins),
    ])
  }

  private func cell(
    _ cell: CellStatistics, key: CellKey, _ shape: StatisticsShape
  ) -> JSONValue {
    let column =
      key.column == 0
      ? JSONValue.null
      : key.column > shape.columns.count
        ? .optional(shape.client) : .strings(shape.columns[key.column - 1].names)
    var arms: JSONObject = [:]
    for (arm, counts) in zip(shape.arms, cell.arms) { arms[arm.name] = self.arm(counts) }
    var object: JSONObject = [
      "column": column,
      "group": .array(key.groups.map { .optional($0.text) }), "rows": .integer(cell.rows),
      "arms": .object(arms),
    ]
    let others = shape.arms.indices.filter { $0 != shape.reference }
    var pairs: JSONObject = [:]
    for (arm, pair) in zip(others, cell.pairs) {
      var entry: JSONObject = ["joint": counts(pair.joint)]
      if !pair.squaredDifferences.isEmpty {
        entry["squared_differences"] = numbers(pair.squaredDifferences.map(\.value))
      }
      if !pair.regressionDifferences.isEmpty {
        entry["squared_differences"] = numbers(pair.regressionDifferences.map(\.value))
      }
      pairs[shape.arms[arm].name] = .object(entry)
    }
    if !pairs.keys.isEmpty { object["against_reference"] = .object(pairs) }
    if !cell.clients.isEmpty {
      object["clients"] = .array(cell.clients.map { client($0, shape) })
    }
    return .object(object)
  }

  private func arm(_ arm: ArmStatistics) -> JSONValue {
    var object: JSONObject = ["confusion": counts(arm.confusion)]
    if let regression = arm.regression {
      var sums: JSONObject = [:]
      for value in RegressionTotals.Value.allCases {
        sums["\(value)"] = .number(regression[value].value)
      }
      object["sums"] = .object(sums)
      object["largest_error"] = .number(regression.largestError)
      object["errors"] = counts(regression.errors)
      return .object(object)
    }
    object["clipped"] = .integer(arm.clipped)
    if !arm.truthRanks.isEmpty { object["true_class_ranks"] = counts(arm.truthRanks) }
    object["sums"] = .object([
      "log_loss": .number(arm.sums.first?.value), "squared_error": .number(arm.sums.last?.value),
      "log_loss_squares": .number(arm.squares.first?.value),
      "squared_error_squares": .number(arm.squares.last?.value),
    ])
    object["calibration"] = .array(
      arm.calibration.map { bin in
        .object([
          "count": .integer(bin.count), "outcomes": .integer(bin.outcomes),
          "scores": .number(bin.scores.value), "squared_gaps": .number(bin.squaredGaps.value),
        ])
      })
    object["scores"] = counts(arm.scores)
    return .object(object)
  }

  private func client(_ client: ClientStatistics, _ shape: StatisticsShape) -> JSONValue {
    var arms: JSONObject = [:]
    for (arm, share) in zip(shape.arms, client.arms) {
      var entry: JSONObject = ["confusion": counts(share.confusion)]
      if share.regression.isEmpty {
        if !share.truthRanks.isEmpty { entry["true_class_ranks"] = counts(share.truthRanks) }
        entry["sums"] = numbers(share.sums.map(\.value))
        entry["gaps"] = numbers(share.gaps.map(\.value))
        entry["scores"] = counts(share.scores)
      } else {
        entry["sums"] = numbers(share.regression.map(\.value))
      }
      arms[arm.name] = .object(entry)
    }
    return .object([
      "client": .optional(client.name.text), "rows": .integer(client.rows),
      "arms": .object(arms),
    ])
  }

  private func numbers(_ values: [Double]) -> JSONValue { .array(values.map { .number($0) }) }

  /// Pairs of key and count.
  private func counts(_ counts: SparseCounts) -> JSONValue {
    .array(
      zip(counts.keys, counts.counts).map { .array([.integer(Int($0)), .integer($1)]) })
  }
}
