import AssayFiles
import AssayMetrics
import AssayStatistics

/// Curves, classes, drift and the spread over clients, as JSON.
enum CurvesJSON {
  /// `curves` of a cell.
  static func curves(_ curves: CellCurves) -> JSONValue {
    var object: JSONObject = ["rows": .integer(curves.rows)]
    if let bins = curves.pooledBins { object["pooled_bins"] = .integer(bins) }
    if let roc = curves.roc { object["roc"] = curve(roc, x: "false_positive_rate", y: "recall") }
    if let precision = curves.precisionRecall {
      object["precision_recall"] = curve(precision, x: "recall", y: "precision")
    }
    if !curves.sweep.isEmpty { object["thresholds"] = .array(curves.sweep.map(sweep)) }
    if !curves.best.isEmpty {
      var best: JSONObject = [:]
      for entry in curves.best {
        var object = counts(entry.counts)
        object["value"] = .number(entry.value)
        best[entry.rule.rawValue] = .object(object)
      }
      best["warning"] = .string(BestThreshold.warning)
      object["best_thresholds"] = .object(best)
    }
    object["reliability"] = .array(curves.reliability.map(bin))
    object["adaptive_reliability"] = .array(curves.adaptiveReliability.map(bin))
    if let brier = curves.brier {
      object["brier_decomposition"] = .object([
        "value": .number(brier.brierScore), "reliability": .number(brier.reliability),
        "resolution": .number(brier.resolution), "uncertainty": .number(brier.uncertainty),
        "within_bin_variance": .number(brier.withinBinVariance),
        "within_bin_covariance": .number(brier.withinBinCovariance),
        "bins": .integer(curves.reliability.count), "used_bins": .integer(brier.usedBins),
        "count": .integer(brier.rows),
      ])
    }
    return .object(object)
  }

  private static func curve(_ curve: ScoreCurve, x: String, y: String) -> JSONValue {
    .object([
      "points": .array(
        curve.points.map { point in
          var object = counts(point)
          let place = curve.place(point)
          object[x] = .number(place?.x)
          object[y] = .number(place?.y)
          return .object(object)
        }),
      "whole_points": .integer(curve.wholeCount), "largest_gap": .number(curve.largestGap),
    ])
  }

  /// Counts at a threshold; an infinite one is `null`: nobody is predicted positive.
  private static func counts(_ counts: ThresholdCounts) -> JSONObject {
    [
      "threshold": counts.threshold.isFinite ? .number(counts.threshold) : .null,
      "tp": .integer(counts.truePositives), "fp": .integer(counts.falsePositives),
      "tn": .integer(counts.trueNegatives), "fn": .integer(counts.falseNegatives),
    ]
  }

  private static func sweep(_ row: SweepRow) -> JSONValue {
    guard let known = row.counts else {
      return .object([
        "threshold": .number(row.threshold),
        "undefined": .string("suppressed: it would rest on too few rows"),
      ])
    }
    var object = counts(known)
    for metric in row.metrics {
      object[metric.id] = .object(EvaluationJSON.object(of: metric.estimate))
    }
    return .object(object)
  }

  private static func bin(_ row: ReliabilityRow) -> JSONValue {
    .object([
      "low": .number(row.low), "high": .number(row.high), "count": .optional(row.count),
      "mean_score": .number(row.meanScore),
      "observed": .object(EvaluationJSON.object(of: row.observed)),
    ])
  }

  /// `per_class` of an arm.
  static func classes(_ classes: [ClassResult]) -> JSONValue {
    var object: JSONObject = [:]
    for entry in classes {
      var values: JSONObject = ["support": .optional(entry.support)]
      for metric in entry.metrics {
        values[metric.id] = .object(EvaluationJSON.object(of: metric.estimate))
      }
      object["\(entry.label)"] = .object(values)
    }
    return .object(object)
  }

  /// `drift` of an arm: `arm`, `runs`, `files` and `segments`.
  static func drift(_ results: [DriftResult]) -> JSONValue {
    var object: JSONObject = [:]
    var runs: [JSONValue] = []
    var files: JSONObject = [:]
    var columns: [(name: String, groups: JSONObject)] = []
    for result in results {
      var entry = drift(result)
      switch result.kind {
      case .arm(let reference):
        entry["reference"] = .string(reference)
        object["arm"] = .object(entry)
      case .run(let seed, let first):
        entry["seed"] = .integer(seed)
        entry["reference_seed"] = .integer(first)
        runs.append(.object(entry))
      case .file(let name): files[name] = .object(entry)
      case .group(let column, let name):
        if columns.last?.name != column { columns.append((column, [:])) }
        columns[columns.count - 1].groups[name] = .object(entry)
      }
    }
    if !runs.isEmpty { object["runs"] = .array(runs) }
    if !files.keys.isEmpty { object["files"] = .object(files) }
    if !columns.isEmpty {
      var segments: JSONObject = [:]
      for column in columns where segments[column.name] == nil {
        segments[column.name] = .object(column.groups)
      }
      object["segments"] = .object(segments)
    }
    return .object(object)
  }

  private static func drift(_ result: DriftResult) -> JSONObject {
    guard let drift = result.drift else {
      return ["undefined": .string(result.reason ?? "not measured")]
    }
    var object: JSONObject = [
      "population_stability_index": .number(drift.populationStabilityIndex),
      "ks_statistic": .number(drift.kolmogorovSmirnov),
      "ks_p": .number(drift.kolmogorovSmirnovP),
      "wasserstein_distance": .number(drift.wasserstein),
      "jensen_shannon_distance": .number(drift.jensenShannon), "count": .integer(drift.rows),
      "reference_count": .integer(drift.referenceRows),
    ]
    if drift.kolmogorovSmirnovP == nil {
      object["ks_p_undefined"] = .string("the same rows are not two independent samples")
    }
    if let bins = result.pooledBins { object["pooled_bins"] = .integer(bins) }
    return object
  }

  /// `client_fairness` of an arm, by metric.
  static func clients(_ summaries: [ClientSummary]) -> JSONValue {
    var object: JSONObject = [:]
    for summary in summaries {
      func list(_ measures: [MetricResult]) -> JSONValue {
        var values: JSONObject = [:]
        for measure in measures {
          values[measure.id] = .object(EvaluationJSON.object(of: measure.estimate))
        }
        return .object(values)
      }
      var entry: JSONObject = [
        "clients": .integer(summary.clients), "left_out": .integer(summary.leftOut),
        "unweighted": list(summary.measures), "weighted_by_rows": list(summary.weighted),
      ]
      if let worst = summary.worstClient { entry["worst_client"] = .string(worst) }
      object[summary.metric] = .object(entry)
    }
    return .object(object)
  }
}
