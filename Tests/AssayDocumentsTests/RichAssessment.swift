import AssayEvidence
import AssayRuns
import AssayStatistics

/// An invented pilot with everything a record can hold, hostile names included. Every number is made up by
/// a small generator; nothing here was measured.
struct RichAssessment {
  static let hostileGroups = [
    "age<25 & \"x\"", "<script>alert(1)</script>", "right\u{202E}to left\u{2066}", "100 % a/b=c",
    String(repeating: "very long name ", count: 20), "\"\u{301} onmouseover=\"x",
    "ctrl\u{1}\u{1B}[31mred",
    "line\nfeed", "'; drop`|~", "<\u{338}b>",
  ]
  static let segments: [(column: String, group: String)] =
    [
      ("region", "north"), ("region", "south"), ("region", "islands"), ("region", "central"),
      ("ward", "geriatric"), ("ward", "cardiology"), ("ward", "general"), ("ward", "step-down"),
      ("sex", "female"), ("sex", "male"), ("sex", "other"),
    ] + hostileGroups.map { ("age group", $0) }
  static let clients = (1...20).map { "H\($0 < 10 ? "0" : "")\($0)" }
  static let metrics: [(id: String, title: String, unit: ValueUnit)] = [
    ("accuracy", "Accuracy", .fraction), ("roc_auc", "ROC AUC", .fraction),
    ("precision", "Precision", .fraction), ("recall", "Recall", .fraction), ("f1", "F1", .fraction),
    ("log_loss", "Log loss", .loss), ("brier_score", "Brier score", .loss),
    ("expected_calibration_error", "Expected calibration error", .fraction),
  ]
  /// Arm, accuracy, ε.
  static let arms: [(name: String, kind: ArmSummary.Kind, level: Double, epsilon: Double?)] = [
    ("baseline", .centralized, 0.750, nil), ("local", .local, 0.725, nil),
    ("federated", .federated, 0.745, nil), ("federated-dp-eps8", .federated, 0.740, 8),
    ("federated-dp-eps3", .federated, 0.730, 3), ("federated-dp-eps1", .federated, 0.703, 1),
    ("federated-dp-epsinf", .federated, 0.744, .infinity),
  ]

  private var state: UInt64 = 42
  private var evidence: [Evidence] = []

  private mutating func uniform() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(state >> 33) / Double(1 << 31)
  }

  private static func source(_ arm: String) -> Evidence.Source {
    .init(
      path: "runs/\(arm)-seed1/predictions.csv", sha256: String(repeating: "ab", count: 32),
      how: "measured from 3 prediction files")
  }

  private mutating func add(
    _ id: EvidenceID, _ title: String, _ unit: ValueUnit, _ result: Evidence.Result,
    arm: String = "run", leftOut: [String] = [], note: String? = nil, seeds: [Double] = []
  ) {
    evidence.append(
      Evidence(
        id: id, title: title, unit: unit, result: result,
        seeds: seeds.enumerated().map { .init(seed: $0.offset + 1, value: $0.element) },
        source: Self.source(arm), leftOut: leftOut, note: note))
  }

  private func estimate(_ value: Double, _ half: Double, _ count: Int) -> Evidence.Result {
    .estimate(
      .defined(
        value: value,
        interval: Interval(low: value - half, high: value + half, method: .seeds, confidence: 0.95),
        count: count))
  }

  static func make(
    stage: Stage = .release, profile: Profile = .crossSilo, findings: [Finding]? = nil
  ) -> Assessment {
    var builder = RichAssessment()
    builder.collect()
    let findings = findings ?? Self.findings
    return Assessment(
      record: builder.record, statements: statements,
      checklist: Checklist(
        name: "pilot-readiness", version: "1", digest: String(repeating: "c0", count: 32),
        checks: findings.map(\.check)),
      profile: profile, stage: stage, findings: findings)
  }

  private mutating func collect() {
    for arm in Self.arms {
      for metric in Self.metrics {
        let shift = metric.id == "accuracy" ? 0 : uniform() * 0.05 - 0.02
        let base = ["log_loss": 0.52, "brier_score": 0.17, "expected_calibration_error": 0.02][
          metric.id]
        if metric.id == "precision", arm.name == "federated-dp-eps1" {
          add(
            EvidenceID(metric.id, arm: arm.name), metric.title, metric.unit,
            .estimate(.undefined(reason: "no row predicted positive", count: 6172)), arm: arm.name)
          continue
        }
        let value = (base ?? arm.level) + shift
        add(
          EvidenceID(metric.id, arm: arm.name), metric.title, metric.unit,
          estimate(value, 0.012, 6172),
          arm: arm.name, seeds: [value - 0.002, value, value + 0.002])
      }
      for segment in Self.segments {
        let id = EvidenceID("accuracy", arm: arm.name, column: segment.column, group: segment.group)
        if segment.group == "other" {
          add(
            id, "Accuracy", .fraction,
            .estimate(.undefined(reason: "suppressed: fewer than 20 rows", count: nil)),
            arm: arm.name)
        } else {
          let count = 200 + Int(uniform() * 2000)
          let worse = segment.group == "islands" ? 0.06 : 0
          add(
            id, "Accuracy", .fraction,
            estimate(arm.level - worse + uniform() * 0.06 - 0.03, 0.02, count), arm: arm.name)
        }
        if arm.name != "baseline", segment.group != "other" {
          add(
            EvidenceID(
              "accuracy_difference", arm: "\(arm.name)-vs-baseline", column: segment.column,
              group: segment.group), "Difference in accuracy", .difference,
            estimate(
              arm.level - 0.75 + (segment.group == "islands" ? -0.03 : uniform() * 0.02 - 0.01),
              0.012, 800),
            arm: arm.name)
        }
      }
      for client in Self.clients {
        add(
          EvidenceID("accuracy", arm: arm.name, column: "hospital", group: client), "Accuracy",
          .fraction,
          estimate(arm.level + uniform() * 0.2 - 0.12, 0.03, 100 + Int(uniform() * 400)),
          arm: arm.name)
      }
      for column in ["sex", "age group"] {
        for (metric, title) in [
          ("demographic_parity_difference", "Selection-rate gap"),
          ("equalized_odds_difference", "Equalised-odds gap"),
        ] {
          add(
            EvidenceID(metric, arm: arm.name, scope: column), title, .fraction,
            estimate(0.05 + uniform() * 0.1, 0.03, 6100), arm: arm.name,
            leftOut: column == "sex" ? ["other"] : [Self.hostileGroups[1]])
        }
      }
      if arm.kind == .federated { collectTraining(arm.name) }
      if arm.name != "baseline" {
        add(
          EvidenceID("accuracy", arm: arm.name, against: "baseline"), "Difference in accuracy",
          .difference, estimate(arm.level - 0.75, 0.007, 6172), arm: arm.name)
        add(
          EvidenceID("roc_auc", arm: arm.name, against: "baseline"), "Difference in ROC AUC",
          .difference,
          estimate(arm.level - 0.752, 0.007, 6172), arm: arm.name)
      }
      if arm.kind == .federated {
        add(
          EvidenceID("accuracy", arm: arm.name, against: "local"), "Difference in accuracy",
          .difference,
          estimate(arm.level - 0.725, 0.008, 6172), arm: arm.name)
      }
      if let epsilon = arm.epsilon { collectPrivacy(arm.name, epsilon) }
    }
    for segment in Self.segments {
      let result: Evidence.Result =
        segment.group == "other"
        ? .missing(reason: "suppressed: fewer than 20 rows") : .count(200 + Int(uniform() * 2000))
      add(
        EvidenceID("rows", arm: "data", column: segment.column, group: segment.group), "Test rows",
        .count,
        result, arm: "data")
    }
    collectRun()
  }

  private mutating func collectTraining(_ arm: String) {
    for (metric, title, count) in [
      ("rounds_planned", "Rounds planned", 180), ("rounds_aggregated", "Rounds aggregated", 177),
      ("smallest_cohort", "Smallest cohort", 13), ("distinct_clients", "Distinct clients", 20),
      ("gradient_steps", "Gradient steps", 208_440),
      ("examples_processed", "Examples processed", 3_999_420),
      ("nonfinite_values", "NaN or infinite values", 0), ("seed_count", "Seeds", 3),
    ] { add(EvidenceID(metric, arm: arm), title, .count, .count(count), arm: arm) }
    for (metric, title, value) in [
      ("clients_selected", "Clients selected", 3240.0),
      ("clients_completed", "Clients completed", 3047),
      ("clients_failed", "Clients failed", 150), ("clients_no_reply", "No reply", 43),
    ] {
      add(
        EvidenceID(metric, arm: arm), title, .count,
        .estimate(.defined(value: value, interval: nil, count: 180)), arm: arm)
    }
    add(
      EvidenceID("completion_rate", arm: arm), "Completed of selected", .fraction,
      estimate(0.94, 0.008, 3240), arm: arm)
    add(
      EvidenceID("accuracy_worst_decile_client", arm: arm), "Worst tenth of clients", .fraction,
      estimate(0.639, 0.06, 20), arm: arm)
    add(
      EvidenceID("failures", arm: arm, column: "cause", group: "deadline"), "Failures", .count,
      .count(120), arm: arm)
    add(
      EvidenceID("failures", arm: arm, column: "cause", group: "not <finite>"), "Failures", .count,
      .count(30), arm: arm)
    add(
      EvidenceID("bytes_up", arm: arm), "Bytes from clients", .bytes, .quantity(211_600_000),
      arm: arm)
    add(
      EvidenceID("bytes_down", arm: arm), "Bytes to clients", .bytes, .quantity(225_000_000),
      arm: arm)
    add(
      EvidenceID("accuracy_range_last_rounds", arm: arm), "Range, last rounds", .fraction,
      .quantity(0.002), arm: arm)
    add(
      EvidenceID("accuracy_largest_drop", arm: arm), "Largest drop", .fraction, .quantity(0.011),
      arm: arm)
  }

  private mutating func collectPrivacy(_ arm: String, _ epsilon: Double) {
    func guarantee(_ value: Double) -> PrivacyGuarantee {
      PrivacyGuarantee(
        epsilon: value, epsilonLower: value * 0.98, delta: 1e-6, unit: .client,
        neighbouring: .addOrRemoveOne, accountant: "rdp", order: 5.5, mu: nil,
        assumptions: [
          "Noise of 3.001146 clips is added to each sum.", "Clients join independently",
        ],
        epsilonWithoutAmplification: value)
    }
    add(EvidenceID("epsilon", arm: arm), "ε", .epsilon, .guarantee(guarantee(epsilon)), arm: arm)
    add(
      EvidenceID("epsilon_amplified", arm: arm), "ε with amplification", .epsilon,
      .guarantee(guarantee(epsilon * 0.31)), arm: arm)
    add(
      EvidenceID("epsilon_all_releases", arm: arm), "ε of all seeds", .epsilon,
      .guarantee(guarantee(epsilon * 2.2)), arm: arm)
    for (metric, title, unit, value) in [
      ("delta", "δ", ValueUnit.probability, 1e-6),
      ("delta_over_limit", "δ over its limit", .ratio, 0.06),
      ("noise_multiplier", "Noise multiplier", .number, epsilon.isFinite ? 2.91 / epsilon : 0),
      ("clip", "Clip", .number, 1), ("sampling_rate", "Sampling rate", .fraction, 0.5),
      ("noise_per_coordinate", "Noise per coordinate", .number, 0.0485),
      ("clipped_fraction", "Share of updates clipped", .fraction, 0.37),
    ] { add(EvidenceID(metric, arm: arm), title, unit, .quantity(value), arm: arm) }
    add(EvidenceID("releases", arm: arm), "Releases", .count, .count(60), arm: arm)
    if arm == "federated-dp-eps1" {
      for (share, value) in [("1/2", -0.04), ("1/4", -0.02), ("0", 0.001)] {
        add(
          EvidenceID(
            "probe_accuracy_difference", arm: arm, column: "noise share", group: share),
          "Accuracy, difference", .difference, estimate(value, 0.006, 6172), arm: arm)
      }
    }
    add(EvidenceID("population", arm: arm), "Units", .count, .count(20), arm: arm)
    add(
      EvidenceID("least_clients", arm: arm), "Least clients at which this noise is tolerable",
      .count, .count(1400), arm: arm)
    for (metric, title, flag) in [
      ("privacy_statement_complete", "Statement complete", true),
      ("sampling_as_accounted", "Sampling as accounted", true),
      ("noise_as_planned", "Noise as planned", true),
      ("unit_protects_people", "Unit protects people", true),
      ("noise_from_system", "Noise from the system", false),
      ("preprocessing_covered", "Preprocessing covered", true),
    ] { add(EvidenceID(metric, arm: arm), title, .text, .flag(flag), arm: arm) }
  }

  private mutating func collectRun() {
    for (metric, title, count) in [
      ("overlap_records", "Records in training and test", 0),
      ("identical_rows", "Identical rows", 12),
      ("dropped_rows", "Rows dropped", 3),
    ] { add(EvidenceID(metric, arm: "data"), title, .count, .count(count), arm: "data") }
    add(
      EvidenceID("missing_values", arm: "data", scope: "age group"), "Missing values", .count,
      .count(38), arm: "data")
    add(EvidenceID("inputs_pinned", arm: "run"), "Inputs pinned", .text, .flag(true))
    add(
      EvidenceID("reproduced", arm: "run"), "Reproduced", .text,
      .missing(reason: "nobody ran assay reproduce"))
    add(
      EvidenceID("raw_columns_stored", arm: "run"), "Raw columns in the output", .count, .count(0))
    add(
      EvidenceID("individual_updates_stored", arm: "run"), "Single updates in the output", .count,
      .count(0))
    add(EvidenceID("suppressed_cells", arm: "run"), "Suppressed cells", .count, .count(7))
    add(
      EvidenceID("secure_aggregation", arm: "run"), "Secure aggregation", .text,
      .missing(reason: "no record of it"))
    add(EvidenceID("ledger_complete", arm: "run"), "Ledger complete", .text, .flag(true))
  }

  private var record: EvidenceRecord {
    EvidenceRecord(
      asOf: "2026-11-23T09:00:00Z", toolVersion: "0.1.0", subject: subject, evidence: evidence,
      series: series, judgements: judgements, feasibility: feasibility,
      assumptions: [
        Assumption(
          arm: "federated-dp-eps3", statement: "Clients join independently with rate 0.5",
          state: .holds,
          reason: "The round records agree.",
          epsilonIfFails: EvidenceID("epsilon_all_releases", arm: "federated-dp-eps3")),
        Assumption(
          arm: "federated-dp-eps3", statement: "Noise comes from a secret generator", state: .fails,
          reason: "The seed is recorded.", epsilonIfFails: nil),
        Assumption(
          arm: "federated-dp-eps3", statement: "Each client counts once", state: .unknown,
          reason: "No record tells.", epsilonIfFails: nil),
      ],
      ledger: [
        LedgerEntry(
          release: "federated-dp-eps3, seed 1: final weights", arm: "federated-dp-eps3",
          isCovered: true,
          epsilon: EvidenceID("epsilon", arm: "federated-dp-eps3"), reason: "noise in every round"),
        LedgerEntry(
          release: "federated, seed 1: final weights", arm: "federated", isCovered: false,
          epsilon: nil,
          reason: "trained without noise"),
        LedgerEntry(
          release: "metrics in these documents", arm: nil, isCovered: false, epsilon: nil,
          reason: "computed on raw test labels"),
      ])
  }

  private var subject: Subject {
    Subject(
      name: "Hospital <readmission> & \"more\"", kind: .pilot,
      pilotDigest: String(repeating: "07ae", count: 16),
      task: "binary", label: "readmitted", features: (0..<24).map { "f\($0)" },
      segments: ["region", "ward"], sensitive: ["sex", "age group"], client: "hospital",
      clientIs: "silo",
      clientCount: 20, trainingRows: 22_219, testRows: 6172,
      split: "by row, test fraction 0.2, seed 0",
      scaling: "declared ranges", model: "softmax regression, 1361 weights", seeds: [1, 2, 3],
      arms: Self.arms.map { arm in
        ArmSummary(
          name: arm.name, kind: arm.kind, isPrivate: arm.epsilon != nil,
          parameters: [
            .init("rounds", "60"), .init("clients per round", "18"), .init("learning_rate", "0.1"),
            .init("noise_multiplier", "3.001146"), .init("delta", "1e-05"),
          ],
          runs: [1, 2, 3].map { seed in
            .init(
              folder: "\(arm.name)-seed\(seed)",
              status: arm.name == "federated-dp-epsinf" && seed == 3 ? .failed : .completed,
              reason: arm.name == "federated-dp-epsinf" && seed == 3
                ? "loss was not finite in round 7" : nil)
          })
      }, candidate: "federated-dp-eps3", baseline: "baseline", local: "local",
      sources: [
        SourceFile(path: "data.csv", sha256: String(repeating: "d1", count: 32)),
        SourceFile(path: "pilot.yaml", sha256: String(repeating: "07ae", count: 16)),
      ],
      notes: ["3 rows were dropped: no label.", "Client H13 has rows of one class only."])
  }

  private var series: [Series] {
    var builder = RichAssessment()
    var result: [Series] = []
    for arm in Self.arms where arm.kind != .local {
      let rounds = Array(stride(from: 1.0, through: 60, by: 1))
      result.append(
        Series(
          kind: .accuracyByRound, arm: arm.name,
          lines: [1, 2, 3].map { seed in
            .init(
              name: "seed \(seed)", x: rounds,
              y: rounds.map { round in
                arm.level - 0.1 / round.squareRoot() + builder.uniform() * 0.008 - 0.004
              })
          }))
      if arm.kind == .federated {
        result.append(
          Series(
            kind: .participation, arm: arm.name,
            lines: [
              .init(name: "selected", x: rounds, y: rounds.map { _ in 18 }),
              .init(
                name: "completed", x: rounds,
                y: rounds.map { _ in (14 + builder.uniform() * 4).rounded() }),
            ]))
      }
      let bins = (0..<10).map { (Double($0) + 0.5) / 10 }
      result.append(
        Series(
          kind: .calibration, arm: arm.name,
          lines: [
            .init(
              name: "seed 1", x: bins,
              y: bins.map { $0 > 0.9 ? nil : $0 * 0.95 + builder.uniform() * 0.04 },
              counts: bins.map { Int(900 * (1 - $0)) })
          ]))
    }
    return result
  }
}
