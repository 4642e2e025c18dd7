import AssayEvidence
import AssayMetrics
import AssayRuns

/// Curves for the figures: accuracy, loss and participation by round, calibration.
struct SeriesBuilder {
  let arms: TrainedArms
  let evaluation: Evaluation

  var series: [Series] {
    var result: [Series] = []
    for arm in arms.arms {
      let runs = arm.runs.map(\.run)
      result += Self.rounds(arm.plan.name, runs, isFederated: isFederated(arm))
    }
    for arm in evaluation.arms { result += CurveSeries(arm: arm).series }
    return result
  }

  private func isFederated(_ arm: TrainedArms.Arm) -> Bool {
    if case .federated? = arm.plan.plan { true } else { arm.plan.isIngested }
  }

  /// Curves over rounds of one arm's runs, one line for each run.
  static func rounds(_ arm: String, _ runs: [Run], isFederated: Bool) -> [Series] {
    var result: [Series] = []
    func line(_ run: Run, _ value: (Round) -> Double?) -> Series.Line? {
      let points = run.rounds.compactMap { round in value(round).map { (round.round, $0) } }
      guard points.count > 1 else { return nil }
      return Series.Line(
        name: run.seed.map { "seed \($0)" } ?? run.name, x: points.map { Double($0.0) },
        y: points.map { $0.1 })
    }
    let accuracy = runs.compactMap { line($0, RunEvidence.accuracy(of:)) }
    if !accuracy.isEmpty {
      result.append(Series(kind: .accuracyByRound, arm: arm, lines: accuracy))
    }
    let loss = runs.compactMap { run in line(run) { $0.metrics["loss"] ?? $0.metrics["eval_loss"] }
    }
    if !loss.isEmpty { result.append(Series(kind: .lossByRound, arm: arm, lines: loss)) }
    guard isFederated,
      let first = runs.first(where: { run in
        run.rounds.contains { $0.completed != nil }
      })
    else { return result }
    var lines: [Series.Line] = []
    for (name, field) in [
      ("selected", \Round.selected), ("completed", \Round.completed),
    ] as [(String, KeyPath<Round, Int?>)] {
      let points = first.rounds.compactMap { round in
        round[keyPath: field].map { (Double(round.round), Double($0)) }
      }
      if points.count > 1 {
        lines.append(
          Series.Line(name: name, x: points.map(\.0), y: points.map { Optional($0.1) }))
      }
    }
    if !lines.isEmpty { result.append(Series(kind: .participation, arm: arm, lines: lines)) }
    return result
  }
}
