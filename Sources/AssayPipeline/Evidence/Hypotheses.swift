import AssayEvidence
import AssayMetrics
import AssayStatistics

/// Judges the hypotheses that the pilot fixed beforehand.
enum Hypotheses {
  /// Supported when the whole interval of the paired difference lies on the tolerated side of the
  /// margin, not supported when none of it does, else inconclusive.
  static func judge(
    _ hypotheses: [Pilot.Hypothesis], evidence: EvidenceBuilder
  ) -> [Judgement] {
    hypotheses.map { hypothesis in
      let id = EvidenceID(
        hypothesis.metric, arm: hypothesis.arm, against: hypothesis.against)
      let higherIsBetter =
        MetricCatalogue.metric(hypothesis.metric)?.direction != .lowerIsBetter
      let found = evidence.find(id)
      let (outcome, reason) = judge(found, hypothesis.margin, higherIsBetter)
      return Judgement(
        arm: hypothesis.arm, against: hypothesis.against, metric: hypothesis.metric,
        margin: hypothesis.margin, outcome: outcome, evidence: id, reason: reason)
    }
  }

  /// The margins of comparisons over all rows, judged by the same rule.
  static func judge(_ tests: [ComparisonTests], evidence: EvidenceBuilder) -> [Judgement] {
    tests.flatMap { comparison in
      comparison.overall.margins.map { test in
        let id = EvidenceID(
          test.margin.metric, arm: comparison.arm, against: comparison.reference)
        let (outcome, reason) = judge(
          evidence.find(id), test.margin.value, test.higherIsBetter)
        return Judgement(
          arm: comparison.arm, against: comparison.reference, metric: test.margin.metric,
          margin: test.margin.value, outcome: outcome, evidence: id, reason: reason)
      }
    }
  }

  private static func judge(
    _ evidence: Evidence?, _ margin: Double, _ higherIsBetter: Bool
  ) -> (Judgement.Outcome, String) {
    guard let evidence else { return (.inconclusive, "The difference was not measured.") }
    guard let interval = evidence.interval else {
      return (.inconclusive, "The difference has no interval: \(evidence.printedLine).")
    }
    let side = side(of: interval, margin: margin, higherIsBetter: higherIsBetter)
    let tolerated = PrintedNumber.text(margin, .loss)
    var line = evidence.printedLine
    var headline = interval
    headline.adjusted = nil
    if Self.side(of: headline, margin: margin, higherIsBetter: higherIsBetter) != side {
      let deciding = interval.deciding
      line +=
        "; decided by the interval that holds its level, "
        + "\(PrintedNumber.text(deciding.low, evidence.unit)) to "
        + PrintedNumber.text(deciding.high, evidence.unit)
    }
    switch side {
    case true?: return (.supported, "Worsening of more than \(tolerated) is excluded: \(line).")
    case false?: return (.notSupported, "It is worse by more than \(tolerated): \(line).")
    case nil where interval.standardError == 0:
      return (
        .inconclusive,
        "The arms do not differ on any of these rows, which proves nothing about others: \(line)."
      )
    case nil:
      return (
        .inconclusive,
        "The interval holds worsening of less and of more than \(tolerated): \(line)."
      )
    }
  }

  /// Whether an interval of a difference lies within a tolerated worsening; `nil` when on both sides.
  static func side(of interval: Interval, margin: Double, higherIsBetter: Bool) -> Bool? {
    switch MarginVerdict(of: interval, margin: margin, higherIsBetter: higherIsBetter) {
    case .nonInferior: true
    case .inferior: false
    case .notShown: nil
    }
  }
}
