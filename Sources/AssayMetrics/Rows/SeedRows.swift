import AssayStatistics

/// One seed's scores on the rows of one cell.
struct SeedRows {
  /// `true * classes + predicted`, or `classes² + predicted` without a label.
  let cells: [UInt32]
  /// Row values beside ``TotalsLayout``.
  let values: [[Double]]
  let statistics: RowStatistics
  let totals: [Double]
  /// Calibration: bin, and outcome minus score.
  let bins: [UInt8]
  let gaps: [Double]
  /// Ranks of scores, one list per score column.
  let ranks: [[UInt32]]
  /// Predictions of a regression.
  let predictions: [Double]
  /// Absolute errors of a regression.
  let errors: [Double]

  init(_ seed: PreparedSeed, rows: [Int32], table: PreparedTable) {
    let layout = table.layout
    if layout.isRegression {
      let targets = rows.map { table.targets[Int($0)] }
      predictions = rows.map { seed.predictions[Int($0)] }
      cells = targets.map { $0.isNaN ? 1 : 0 }
      var statistics = RowStatistics(classCount: 1, binCount: 0)
      statistics.add(targets: targets, predictions: predictions)
      self.statistics = statistics
      let differences = zip(predictions, targets).map { $1.isNaN ? 0 : $0 - $1 }
      let centred = targets.map { $0.isNaN ? 0 : $0 - table.targetOrigin }
      errors = differences.map { abs($0) }
      values = [
        errors, differences.map { $0 * $0 }, differences,
        zip(differences, targets).map {
          $1.isNaN ? 0 : RegressionSums.relative(error: $0, target: $1)
        },
        centred, centred.map { $0 * $0 },
        zip(differences, targets).map {
          $1.isNaN ? 0 : RegressionSums.symmetric(error: $0, target: $1)
        },
        zip(differences, centred).map { ($0 + $1) * $1 },
        zip(differences, centred).map { ($0 + $1) * ($0 + $1) },
      ]
      bins = []
      gaps = []
      ranks = []
    } else {
      let chosen = seed.rows.selecting(rows)
      let binary = table.task == .binary
      var statistics = RowStatistics(
        classCount: layout.classes,
        binCount: CalibrationError.bins(
          classes: layout.classes, binary: binary, regression: false))
      statistics.add(chosen)
      self.statistics = statistics
      cells = chosen.cells
      let labelledCells = UInt32(layout.classes * layout.classes)
      bins = chosen.bins
      gaps = chosen.cells.indices.map { row in
        chosen.cells[row] >= labelledCells
          ? 0 : (chosen.flags[row].contains(.outcome) ? 1 : 0) - chosen.scores[row]
      }
      let tops = binary ? [] : TotalsLayout.ClassValue.tops(classes: layout.classes)
      values =
        [chosen.logLosses, chosen.squaredErrors, gaps]
        + tops.map { k in
          let flag = ClassifiedRows.Flags.top[k - 1]
          return chosen.flags.map { $0.contains(flag) ? 1.0 : 0 }
        }
      ranks = seed.ranks.map { list in rows.map { list[Int($0)] } }
      errors = []
      predictions = []
    }
    totals = layout.totals(statistics, targetOrigin: table.targetOrigin)
  }

  /// Adds every row's contribution to a smooth metric, divided by `divisor`.
  func addContributions(
    to result: inout [Double], gradient: [Double], layout: TotalsLayout, divisor: Double
  ) {
    let classes = layout.classes
    var table = Array(repeating: 0.0, count: classes * classes + classes)
    for truth in 0..<classes {
      for predicted in 0..<classes {
        table[truth * classes + predicted] =
          (gradient[layout.actual(truth)] + gradient[layout.predicted(predicted)]
            + (truth == predicted ? gradient[layout.right(truth)] : 0)) / divisor
      }
      table[classes * classes + truth] = gradient[layout.unlabelled(truth)] / divisor
    }
    for (row, cell) in cells.enumerated() { result[row] += table[Int(cell)] }
    for (index, column) in values.enumerated() {
      let factor = gradient[layout.value(index)] / divisor
      if factor == 0 { continue }
      for row in column.indices { result[row] += factor * column[row] }
    }
  }

  /// 1 where the row is of the class, 0 where it is of another, −1 without a label.
  func signs(of target: Int, classes: Int) -> [Int8] {
    cells.map { cell in
      let truth = Int(cell) / classes
      return truth >= classes ? -1 : truth == target ? 1 : 0
    }
  }
}
