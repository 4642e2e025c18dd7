import AssayRuns
import AssayStatistics

/// Measures noised statistics as exact ones are measured, as far as noised counts go.
///
/// Everything is computed from the noised counts alone, so it tells no more than the file does. Values are
/// clipped to their range. Intervals hold the rows' variation and the noise: Wilson's or the delta method
/// for rows, the delta method for the noise, joined by MOVER; nothing is resampled. What would need an exact
/// sum, the joint table of two arms or clients is undefined with the reason.
/// - Returns: Counts are noised; a cell with fewer noised rows than the minimum is suppressed.
public func evaluate(
  _ statistics: NoisedStatistics, options: EvaluationOptions
) -> Evaluation {
  NoisedEvaluator(statistics, options: options).evaluation()
}

struct NoisedEvaluator {
  let statistics: NoisedStatistics
  let options: EvaluationOptions
  let metrics: [MetricDefinition]
  let smooth: [String: any SmoothMetric]
  let keys: [CellKey]

  var shape: StatisticsShape { statistics.shape }

  init(_ statistics: NoisedStatistics, options: EvaluationOptions) {
    self.statistics = statistics
    self.options = options
    metrics = MetricCatalogue.performance(for: .binary)
    smooth = ClassMetrics.metrics(
      TotalsLayout(classes: 2, isRegression: false), binary: true)
    keys = statistics.keys
  }

  /// What an interval says.
  static let note =
    "from counts with noise, whose variance is in the interval; rows treated as independent"
  /// What the interval of a difference says.
  static let differenceNote = "\(note); wide enough for any correlation of the two arms"

  static let needsSums = "needs exact sums over rows, which a noised release does not hold"
  static let needsTops =
    "rests on the few rows of the highest scores, whose counts the noise would decide"
  static let needsExtremes = "the largest of many noised distances; the noise would decide it"
  static let needsGroups = "not computed from noised counts"

  func cell(arm: Int, place: Int, confidence: Double? = nil) -> NoisedCell {
    NoisedCell(
      statistics.counts[arm][place], shape: shape, variance: statistics.noiseVariance,
      confidence: confidence ?? options.safeConfidence)
  }

  func figure(_ metric: MetricDefinition, _ cell: NoisedCell) -> NoisedFigure {
    switch metric.id {
    case "log_loss", "expected_calibration_error", "maximum_calibration_error":
      return .undefined(Self.needsSums)
    case "average_precision", "pr_auc_trapezoid": return .undefined(Self.needsTops)
    case "ks_statistic": return .undefined(Self.needsExtremes)
    case "roc_auc": return cell.area()
    case "gini_from_roc_auc": return cell.area().scaled(by: 2, plus: -1)
    case "mean_score": return cell.meanScore()
    case "brier_score": return cell.brier()
    default:
      guard let smooth = smooth[metric.id] else { return .undefined(Self.needsGroups) }
      return cell.figure(metric, smooth)
    }
  }

  /// Why a cell is not shown; `nil` when it is. The noised rows of the first arm decide for all arms.
  func suppression(_ place: Int) -> String? {
    cell(arm: 0, place: place).rows < options.minimumCount
      ? "suppressed: fewer than \(options.minimumCount) rows (noised)" : nil
  }

  private func estimate(
    _ figure: NoisedFigure, _ range: ClosedRange<Double>, note: String, method: IntervalMethod
  ) -> Estimate {
    if let reason = figure.reason {
      return .undefined(reason: reason, count: figure.count)
    }
    let quantile = NormalDistribution.quantile(1 - (1 - options.safeConfidence) / 2)
    let ends = figure.ends(quantile, range)
    return .defined(
      value: figure.value(range),
      interval: Interval(
        low: ends.low, high: ends.high, method: method, confidence: options.safeConfidence,
        note: note), count: figure.count ?? 0)
  }

  private func result(
    _ metric: MetricDefinition, _ figure: NoisedFigure, suppressed: String?
  ) -> MetricResult {
    if let suppressed {
      return MetricResult(
        id: metric.id, estimate: .undefined(reason: suppressed, count: nil), perSeed: [])
    }
    let estimate = self.estimate(figure, metric.range, note: Self.note, method: .noised)
    return MetricResult(
      id: metric.id, estimate: estimate, perSeed: [estimate.value],
      errorBound: figure.reason == nil && figure.bound > 0 ? figure.bound : nil)
  }

  private func difference(
    _ metric: MetricDefinition, _ figure: NoisedFigure, suppressed: String?
  ) -> MetricResult {
    let width = metric.range.upperBound - metric.range.lowerBound
    var result = result(metric, figure, suppressed: suppressed)
    guard suppressed == nil else { return result }
    result.estimate = estimate(
      figure, -width...width, note: Self.differenceNote, method: .noised)
    result.perSeed = [result.estimate.value]
    return result
  }

  // MARK: The whole

  func evaluation() -> Evaluation {
    let suppressed = keys.indices.map(suppression)
    // Figures by arm, cell and metric.
    let figures = shape.arms.indices.map { arm in
      keys.indices.map { place -> [NoisedFigure] in
        let cell = self.cell(arm: arm, place: place)
        return metrics.map { figure($0, cell) }
      }
    }
    func results(_ arm: Int, _ place: Int) -> [MetricResult] {
      metrics.indices.map {
        result(metrics[$0], figures[arm][place][$0], suppressed: suppressed[place])
      }
    }
    func differences(_ arm: Int, _ place: Int) -> [MetricResult] {
      metrics.indices.filter { metrics[$0].isOfArm }.map {
        difference(
          metrics[$0], figures[arm][place][$0].minus(figures[shape.reference][place][$0]),
          suppressed: suppressed[place])
      }
    }
    let arms = shape.arms.indices.map { arm in
      func columns(_ list: [StatisticsShape.Column]) -> [ColumnResult] {
        list.map { column in
          ColumnResult(
            column: column.shown,
            groups: places(of: column).map { place in
              GroupResult(
                name: keys[place].shown,
                rows: suppressed[place] == nil
                  ? max(0, cell(arm: 0, place: place).rows) : nil,
                metrics: results(arm, place), curves: nil)
            })
        }
      }
      return ArmEvaluation(
        name: shape.arms[arm].name, seeds: [nil], overall: results(arm, 0),
        segments: columns(shape.segments), sensitive: columns(shape.sensitive), clients: nil,
        clientSummaries: [],
        fairness: shape.sensitive.map { column in
          NoisedFairness(evaluator: self, column: column, arm: arm, suppressed: suppressed)
            .measure()
        }, statistics: [], curves: nil, perClass: [], drift: [])
    }
    let comparisons = shape.comparedArms.map { arm in
      func columns(_ list: [StatisticsShape.Column]) -> [ComparisonColumn] {
        list.map { column in
          ComparisonColumn(
            column: column.shown,
            groups: places(of: column).map { place in
              ComparisonGroup(
                name: keys[place].shown, differences: differences(arm, place), mcNemarP: nil,
                mcNemar: nil)
            })
        }
      }
      return Comparison(
        arm: shape.arms[arm].name, reference: shape.arms[shape.reference].name,
        overall: differences(arm, 0), mcNemarP: nil, segments: columns(shape.segments),
        sensitive: columns(shape.sensitive), mcNemar: nil)
    }
    let rows = max(0, cell(arm: 0, place: 0).rows)
    var whole = Evaluation(
      rows: rows, labelledRows: rows, clientCount: nil, task: .binary, arms: arms,
      comparisons: comparisons, replicates: 0)
    whole.suppression = plan(suppressed)
    return whole
  }

  /// The places of a column's groups in ``keys``.
  func places(of column: StatisticsShape.Column) -> [Int] {
    let number = (shape.columns.firstIndex(of: column) ?? 0) + 1
    return keys.indices.filter { keys[$0].column == number }
  }

  private func plan(_ suppressed: [String?]) -> SuppressionPlan {
    var plan = SuppressionPlan()
    plan.overall.all = suppressed[0]
    for column in shape.columns {
      plan.columns[column.shown] = places(of: column).map { place in
        var cell = SuppressionPlan.Cell()
        cell.all = suppressed[place]
        return cell
      }
    }
    return plan
  }
}
