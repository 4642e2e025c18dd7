/// What a check found.
public struct Finding: Hashable, Sendable {
  /// The check that was run.
  public var check: Check
  /// Whether the gate depends on it, in the chosen profile.
  public var isRequired: Bool
  /// The judgement.
  public var verdict: Verdict
  /// Why, in one or two sentences, with the values that decided it.
  public var reason: String
  /// The evidence it rests on.
  public var evidence: [EvidenceID]

  /// Creates a finding.
  public init(
    check: Check, isRequired: Bool, verdict: Verdict, reason: String, evidence: [EvidenceID]
  ) {
    self.check = check
    self.isRequired = isRequired
    self.verdict = verdict
    self.reason = reason
    self.evidence = evidence
  }
}

/// The judgement of a check; missing evidence is never `met`.
public enum Verdict: String, Hashable, Sendable, CaseIterable {
  /// The requirement holds.
  case met
  /// The requirement does not hold.
  case notMet = "not-met"
  /// The evidence is missing.
  case notAssessed = "not-assessed"
  /// There is evidence, and it is too thin to judge.
  case insufficient
  /// A person has to sign, and nobody has.
  case attestationPending = "attestation-pending"
  /// Not met, and somebody with a name accepted that until a date.
  case waived
  /// The requirement does not concern this pilot.
  case notApplicable = "not-applicable"
}

/// When a gate is judged.
public enum Stage: String, Hashable, Sendable, CaseIterable {
  /// Before release: pending attestations block.
  case release
  /// During a trial: pending attestations are counted, and do not block.
  case trial
}

/// How a finding appears in the gate.
public enum GateOutcome: Hashable, Sendable {
  /// A bare test case.
  case pass
  /// A failure: the gate is not met.
  case failure
  /// An error: the gate cannot be judged.
  case error
  /// Skipped, with its reason.
  case skipped
  /// Not listed.
  case omitted
}

extension Finding {
  /// The element the finding becomes in the gate, the same for JUnit, JSON and the exit code.
  public func outcome(at stage: Stage) -> GateOutcome {
    switch verdict {
    case .met: .pass
    case .notApplicable: .omitted
    case .waived: .skipped
    case .notMet: isRequired ? .failure : .skipped
    case .notAssessed, .insufficient: isRequired ? .error : .skipped
    case .attestationPending:
      isRequired && stage == .release ? .error : .skipped
    }
  }
}

/// The headline of a gate.
public enum Readiness: String, Hashable, Sendable {
  /// Every blocking check is met.
  case ready = "READY"
  /// Met, but for waived checks.
  case readyWithWaivers = "READY WITH WAIVERS"
  /// Some blocking check is not met, or not signed at release.
  case notReady = "NOT READY"
  /// Nothing blocking is refuted, but evidence is missing.
  case cannotJudge = "CANNOT JUDGE"
}
