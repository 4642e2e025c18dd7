/// Everything measured: what `evidence.json` holds, before anyone judges it.
public struct EvidenceRecord: Hashable, Sendable {
  /// The clock of every document, RFC 3339 in UTC with seconds: `2026-01-01T00:00:00Z`.
  public var asOf: String
  /// Version of Assay.
  public var toolVersion: String
  /// What it is about.
  public var subject: Subject
  /// Every fact once, in order of collection; ids are unique.
  public var evidence: [Evidence]
  /// Curves for the figures.
  public var series: [Series]
  /// The plan's hypotheses and what came of them.
  public var judgements: [Judgement]
  /// Utility against privacy.
  public var feasibility: Feasibility?
  /// Assumptions behind each guarantee.
  public var assumptions: [Assumption]
  /// What was released and what ε covers.
  public var ledger: [LedgerEntry]

  /// Creates a record.
  public init(
    asOf: String, toolVersion: String, subject: Subject, evidence: [Evidence] = [],
    series: [Series] = [], judgements: [Judgement] = [], feasibility: Feasibility? = nil,
    assumptions: [Assumption] = [], ledger: [LedgerEntry] = []
  ) {
    self.asOf = asOf
    self.toolVersion = toolVersion
    self.subject = subject
    self.evidence = evidence
    self.series = series
    self.judgements = judgements
    self.feasibility = feasibility
    self.assumptions = assumptions
    self.ledger = ledger
  }
}

/// Evidence, statements and findings together: the only thing a document may read.
public struct Assessment: Sendable {
  /// Everything measured.
  public var record: EvidenceRecord
  /// What people wrote.
  public var statements: Statements
  /// The checklist that was judged.
  public var checklist: Checklist
  /// The profile it was judged in.
  public var profile: Profile
  /// When it is judged.
  public var stage: Stage
  /// One finding for every check that the profile lists, in the checklist's order.
  public var findings: [Finding]
  private let index: [EvidenceID: Int]

  /// Joins the parts; `findings` come from ``Checklist/judge(_:statements:profile:stage:)``.
  public init(
    record: EvidenceRecord, statements: Statements, checklist: Checklist, profile: Profile,
    stage: Stage, findings: [Finding]
  ) {
    self.record = record
    self.statements = statements
    self.checklist = checklist
    self.profile = profile
    self.stage = stage
    self.findings = findings
    index = Dictionary(
      record.evidence.enumerated().map { ($0.element.id, $0.offset) },
      uniquingKeysWith: { first, _ in first })
  }

  /// The fact of that id; `nil` when there is none.
  public func evidence(_ id: EvidenceID) -> Evidence? { index[id].map { record.evidence[$0] } }

  /// The fact of one metric, arm and scope.
  public func evidence(_ metric: String, _ arm: String, _ scope: String = "overall") -> Evidence? {
    evidence(EvidenceID(metric, arm: arm, scope: scope))
  }

  /// The headline: blocking failures first, then missing evidence, then waivers.
  public var readiness: Readiness {
    let blocking = findings.filter(\.isRequired)
    let refuted = blocking.contains {
      $0.verdict == .notMet || ($0.verdict == .attestationPending && stage == .release)
    }
    if refuted { return .notReady }
    if blocking.contains(where: { $0.outcome(at: stage) == .error }) { return .cannotJudge }
    // A gate that judged nothing is not a green gate.
    if !blocking.contains(where: { $0.verdict == .met }) { return .cannotJudge }
    if blocking.contains(where: { $0.verdict == .waived }) { return .readyWithWaivers }
    return .ready
  }

  /// Whether the gate holds no failure and no error.
  public var isGateMet: Bool { readiness == .ready || readiness == .readyWithWaivers }

  /// Attestations that a trial does not wait for.
  public var pendingAttestations: Int {
    findings.count { $0.verdict == .attestationPending }
  }
}
