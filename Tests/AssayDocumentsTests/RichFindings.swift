import AssayEvidence

extension RichAssessment {
  static func check(
    _ id: String, _ group: String, _ title: String, owner: String = "model owner"
  ) -> Check {
    Check(
      id: id, group: group, title: title, requirement: "\(title), at the stated limit.",
      rationale: "Without it nobody could tell whether the pilot is fit for release.",
      remedy: "Run again with more data, or change the plan and say so.", owner: owner,
      origin: "project default, not a standard", rule: .present(select: []),
      severity: [.crossSilo: .required])
  }

  static func finding(
    _ id: String, _ group: String, _ title: String, _ verdict: Verdict, required: Bool = true,
    reason: String = "0.940 is at least 0.900", evidence: [EvidenceID] = [],
    owner: String = "model owner"
  ) -> Finding {
    Finding(
      check: check(id, group, title, owner: owner), isRequired: required, verdict: verdict,
      reason: reason,
      evidence: evidence)
  }

  static let findings: [Finding] = [
    finding(
      "PC-1", "Privacy and purpose", "No raw columns in the output", .met,
      evidence: [EvidenceID("raw_columns_stored", arm: "run")]),
    finding("PC-3", "Privacy and purpose", "Threat model stated", .met),
    finding(
      "SA-1", "Secure aggregation", "Secure aggregation in every round, if claimed", .notApplicable,
      reason: "not claimed"),
    finding(
      "SA-4", "Secure aggregation", "No single update kept", .met, required: false,
      evidence: [EvidenceID("individual_updates_stored", arm: "run")]),
    finding(
      "DP-1", "Differential privacy", "Statement complete", .met,
      evidence: [EvidenceID("privacy_statement_complete", arm: "federated-dp-eps3")]),
    finding(
      "DP-2", "Differential privacy", "ε at the stated δ", .notMet, reason: "ε 3.00 is above 1.00",
      evidence: [EvidenceID("epsilon", arm: "federated-dp-eps3")], owner: "privacy"),
    finding(
      "DP-9", "Differential privacy", "Clipping is healthy", .insufficient, required: false,
      reason: "one seed alone"),
    finding(
      "FS-1", "Fairness", "Every declared segment has enough data", .insufficient,
      reason: "sex = other: suppressed: fewer than 20 rows",
      evidence: [
        EvidenceID("accuracy", arm: "federated-dp-eps3", column: "sex", group: "other"),
        EvidenceID(
          "accuracy", arm: "federated-dp-eps3", column: "age group", group: hostileGroups[1]),
      ]),
    finding(
      "FS-3", "Fairness", "Selection-rate ratio", .notMet, required: false,
      reason: "age group <25 & \"x\": 0.487 is below 0.800"),
    finding(
      "PD-1", "Participation", "Completion of selected clients", .met,
      evidence: [EvidenceID("completion_rate", arm: "federated-dp-eps3")]),
    finding(
      "RP-2", "Reproducibility", "Re-run gives the same bytes", .notAssessed,
      reason: "nobody ran assay reproduce",
      evidence: [EvidenceID("reproduced", arm: "run"), EvidenceID("nowhere", arm: "run")]),
    finding(
      "UT-1", "Utility", "Federated not worse than centralised", .met,
      evidence: [EvidenceID("accuracy", arm: "federated", against: "baseline")]),
    finding(
      "AC-2", "Access", "Who may start runs, read updates, release", .attestationPending,
      reason: "nobody has signed", owner: "security"),
    finding(
      "RO-2", "Rollout", "Rollback drill", .attestationPending, required: false,
      reason: "nobody has signed", owner: "operations"),
    finding(
      "MO-1", "Monitoring", "Alert and owner for each metric", .waived,
      reason: "no alert is recorded", owner: "operations"),
    finding(
      "CW-3", "Claims & <texts>", "“What this does not protect” is signed", .met,
      owner: "governance"),
  ]

  static let statements = Statements(
    texts: [
      "model.description": .init(
        text: "Estimates the risk of readmission within 30 days.", by: "K. Marsh",
        role: "model owner", date: "2026-11-02"),
      "model.version": .init(
        text: "0.4.0", by: "K. Marsh", role: "model owner", date: "2026-11-02"),
      "intended_use": .init(
        text:
          "Planning follow-up calls after discharge.\n\nA nurse reads the score with the record and decides.",
        by: "K. Marsh", role: "product owner", date: "2026-11-02"),
      "out_of_scope": .init(
        text: "Insurance or billing; <b>patients under 18</b>.", by: "K. Marsh",
        role: "product owner", date: "2026-11-02"),
      "data.origin": .init(
        text: "Discharge records of 20 hospitals.", by: "L. Ortiz", role: "data steward",
        date: "2026-10-20"),
      "limitations": .init(
        text: "Misses more than half of the readmissions.", by: nil, role: nil, date: nil),
      "threat_model.server": .init(
        text: "Honest but curious; trusted for the noise.", by: "T. Barros", role: "security",
        date: "2026-11-05"),
      "processing.messages": .init(
        text: "Model update, row count, validation counts.", by: "R. Okafor", role: "privacy",
        date: "2026-10-20"),
      "not_protected": .init(
        text: "Facts that are true of whole wards; a hospital when all others collude.",
        by: "A. Haddad", role: "governance", date: "2026-11-20"),
    ],
    attestations: [
      .init(
        check: "CW-3", by: "A. Haddad", role: "governance", date: "2026-11-20",
        expires: "2027-11-20", evidence: "minutes 2026-11-19.pdf")
    ],
    waivers: [
      .init(
        check: "MO-1", owner: "Head of Clinical IT", reason: "alerts go live with stage 2",
        expires: "2027-02-28")
    ], claimsSecureAggregation: false, participationIsHidden: nil)

  /// A record in which nothing is known.
  static let minimal = Assessment(
    record: EvidenceRecord(
      asOf: "2026-01-01T00:00:00Z", toolVersion: "0.1.0",
      subject: Subject(name: "nothing", kind: .pilot)),
    statements: Statements(),
    checklist: Checklist(name: "none", version: "0", digest: "", checks: []),
    profile: .crossSilo, stage: .release, findings: [])

  /// Artifacts of another tool: no intervals, no private arm, no local arm, no segments, no curves.
  static let ingested: Assessment = {
    func quantity(_ metric: String, _ value: Double) -> Evidence {
      Evidence(
        id: EvidenceID(metric, arm: "run-7"), title: metric, unit: .number,
        result: .quantity(value),
        source: .init(path: "mlruns/0/7/metrics", sha256: nil, how: "read from an MLflow store"))
    }
    let findings = [
      finding(
        "PD-1", "Participation", "Completion of selected clients", .met,
        reason: "0.950 is at least 0.900", evidence: [EvidenceID("completion_rate", arm: "run-7")]),
      finding(
        "UT-1", "Utility", "Federated not worse than centralised", .notAssessed,
        reason: "no baseline"),
    ]
    return Assessment(
      record: EvidenceRecord(
        asOf: "2026-01-01T00:00:00Z", toolVersion: "0.1.0",
        subject: Subject(
          name: "mlruns", kind: .ingested,
          arms: [
            ArmSummary(
              name: "run-7", kind: .ingested, parameters: [.init("rounds", "20")],
              runs: [.init(folder: "7", status: .completed)])
          ],
          candidate: "run-7", notes: ["seed not recorded"]),
        evidence: [
          quantity("final_accuracy", 0.91), quantity("final_loss", 0.31),
          Evidence(
            id: EvidenceID("completion_rate", arm: "run-7"), title: "Completed of selected",
            unit: .fraction,
            result: .estimate(.defined(value: 0.95, interval: nil, count: 200)),
            source: .init(path: "mlruns/0/7/metrics", how: "counted in rounds")),
        ]),
      statements: Statements(),
      checklist: Checklist(
        name: "pilot-readiness", version: "1", digest: "c0", checks: findings.map(\.check)),
      profile: .crossSilo, stage: .release, findings: findings)
  }()
}

extension RichAssessment {
  /// What the invented budgets come to.
  var feasibility: Feasibility {
    func point(_ arm: String, _ within: Bool?, _ above: Bool?) -> Feasibility.Point {
      .init(
        arm: arm, epsilon: EvidenceID("epsilon", arm: arm),
        utility: EvidenceID("accuracy", arm: arm),
        difference: EvidenceID("accuracy", arm: arm, against: "baseline"),
        differenceToLocal: EvidenceID("accuracy", arm: arm, against: "local"),
        isWithinMargin: within,
        isAboveLocal: above)
    }
    return Feasibility(
      verdict: .onlyAbove,
      sentence: "At ε 3.00 accuracy is 0.730, 0.015 below the arm without noise.",
      explanation: [
        "With 20 clients the noise of one round is as large as the update of one client."
      ],
      alternatives: [
        "Protect rows instead of clients.", "Train for fewer rounds.", "Recruit more clients.",
      ],
      margin: 0.03, marginOrigin: "project default, not a standard",
      points: [
        point("federated-dp-epsinf", true, true), point("federated-dp-eps8", true, true),
        point("federated-dp-eps3", true, nil), point("federated-dp-eps1", false, false),
      ], reference: "federated", recommended: "federated-dp-eps3",
      evidence: [EvidenceID("noise_per_coordinate", arm: "federated-dp-eps3")])
  }
}

extension RichAssessment {
  var judgements: [Judgement] {
    [
      Judgement(
        arm: "federated", against: "baseline", metric: "accuracy", margin: 0.02,
        outcome: .supported,
        evidence: EvidenceID("accuracy", arm: "federated", against: "baseline"),
        reason: "−0.012 to +0.002 lies above −0.020"),
      Judgement(
        arm: "federated-dp-eps1", against: "baseline", metric: "accuracy", margin: 0.03,
        outcome: .notSupported,
        evidence: EvidenceID("accuracy", arm: "federated-dp-eps1", against: "baseline"),
        reason: "−0.054 to −0.040 lies below −0.030"),
      Judgement(
        arm: "federated-dp-eps3", against: "baseline", metric: "accuracy", margin: 0.02,
        outcome: .inconclusive,
        evidence: EvidenceID("accuracy", arm: "federated-dp-eps3", against: "baseline"),
        reason: "−0.027 to −0.013 holds −0.020"),
    ]
  }
}
