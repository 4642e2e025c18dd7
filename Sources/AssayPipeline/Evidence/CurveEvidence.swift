import AssayEvidence
import AssayMetrics
import AssayStatistics

/// Facts from curves, drift and the spread over clients.
extension EvaluationEvidence {
  /// Measures of the spread over clients that are facts of their own; the JSON holds all.
  static let spreadMeasures = [
    "standard_deviation", "worst_tenth_mean", "cvar_10", "jain_index", "gini_coefficient",
    "entropy_normalised",
  ]

  /// How the first metric of clients spreads, each client counting once.
  func spread(_ arm: ArmEvaluation, _ builder: inout EvidenceBuilder) {
    guard let summary = arm.clientSummary else { return }
    let name = Self.title(summary.metric)
    for (id, title) in ClientSummary.titles where Self.spreadMeasures.contains(id) {
      let isShare = ["jain_index", "gini_coefficient", "entropy_normalised"].contains(id)
      builder.add(
        Evidence(
          id: EvidenceID("\(summary.metric)_clients_\(id)", arm: arm.name),
          title: "\(name) over clients: \(title)",
          unit: isShare ? .fraction : Self.unit(summary.metric),
          result: .estimate(summary.measure(id)), source: source(arm.name),
          note: "every client counts once, whatever its size"
            + (summary.leftOut > 0 ? "; \(summary.leftOut) clients left out" : "")))
    }
  }

  /// Best thresholds, the parts of the Brier score and the drift from the reference arm.
  func curves(_ arm: ArmEvaluation, _ builder: inout EvidenceBuilder) {
    for best in arm.curves?.best ?? [] {
      let name = best.rule == .youden ? "Youden’s J" : "F1"
      builder.add(
        Evidence(
          id: EvidenceID("\(best.rule.rawValue)_at_best_threshold", arm: arm.name),
          title: "\(name) at its best threshold", unit: .fraction,
          result: .estimate(
            .defined(value: best.value, interval: nil, count: best.counts.rows)),
          source: source(arm.name), note: BestThreshold.warning))
      builder.add(
        Evidence(
          id: EvidenceID("best_threshold_\(best.rule.rawValue)", arm: arm.name),
          title: "Threshold with the best \(name)", unit: .number,
          result: .estimate(
            best.counts.threshold.isFinite
              ? .defined(value: best.counts.threshold, interval: nil, count: best.counts.rows)
              : .undefined(
                reason: "best when nobody is predicted positive", count: best.counts.rows)),
          source: source(arm.name), note: BestThreshold.warning))
    }
    if let brier = arm.curves?.brier {
      for (id, title, value) in [
        ("brier_reliability", "Brier score: reliability", brier.reliability),
        ("brier_resolution", "Brier score: resolution", brier.resolution),
        ("brier_uncertainty", "Brier score: uncertainty", brier.uncertainty),
      ] {
        builder.add(
          Evidence(
            id: EvidenceID(id, arm: arm.name), title: title, unit: .loss,
            result: .estimate(.defined(value: value, interval: nil, count: brier.rows)),
            source: source(arm.name),
            note: "over 10 bins of equal width; reliability − resolution + uncertainty and the "
              + "within-bin terms add up to the Brier score"))
      }
    }
    for result in arm.drift {
      guard case .arm(let reference) = result.kind, let drift = result.drift else { continue }
      for (id, title, value) in [
        (
          "score_stability_index", "Population stability index of scores",
          drift.populationStabilityIndex
        ),
        ("score_ks_distance", "Kolmogorov–Smirnov distance of scores", drift.kolmogorovSmirnov),
        ("score_wasserstein_distance", "Wasserstein distance of scores", drift.wasserstein),
        ("score_jensen_shannon_distance", "Jensen–Shannon distance of scores", drift.jensenShannon),
      ] {
        builder.add(
          Evidence(
            id: EvidenceID(id, arm: "\(arm.name)-vs-\(reference)", scope: "overall"), title: title,
            unit: .number,
            result: .estimate(.defined(value: value, interval: nil, count: drift.rows)),
            source: source(arm.name), note: "on the same rows"))
      }
    }
  }
}
