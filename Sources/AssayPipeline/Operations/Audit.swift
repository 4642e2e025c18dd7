import AssayDiagnostics
import AssayEvidence
import AssayFiles
import AssayPrivacy
import AssayRuns

/// What to audit, as the command line puts it.
public struct AuditRequest: Sendable {
  /// A file of attack scores, or a folder that `assay run` wrote.
  public var path: String
  /// The arm whose model is attacked; only with a folder.
  public var arm: String?
  /// The seed whose model is attacked; `nil` for the pilot's first.
  public var seed: Int?
  /// The data of a folder, where it is not found beside it.
  public var data: String?
  /// Column with the scores of a file.
  public var score = "score"
  /// Column with the memberships of a file.
  public var member = "member"
  /// Whether small scores speak for membership.
  public var isLowerMember = false
  /// Failure probability; `nil` for the one a run records.
  public var delta: Double?
  /// Confidence of the bound.
  public var confidence = 0.95
  /// The claimed ε.
  public var claimedEpsilon: Double?
  /// JSON file with the releases whose ε is the claim.
  public var historyPath: String?
  /// What makes neighbours in the claim from releases.
  public var neighbouring = NeighbouringRelation.addOrRemoveOne
  /// Name of the method; `nil` for the one that fits the claim.
  public var method: String?
  /// Number of guesses, fixed in advance.
  public var guesses: Int?

  /// Creates a request; the rest has values to start from.
  public init(path: String) { self.path = path }
}

/// What an audit found.
public struct AuditResult: Sendable {
  /// `assay.audit/1`.
  public var json: JSONValue
  /// In words.
  public var summary: String
  /// Whether the attack shows more than was claimed.
  public var isContradicted: Bool
}

/// An empirical lower bound on ε from attack scores, held against a claim.
/// - Throws: Diagnostics about the file, the folder, or a parameter.
public func auditPrivacy(_ request: AuditRequest) throws -> AuditResult {
  let isFolder = (try? InputFolder(request.path)) != nil
  let attack: AttackScores
  var target = "the scores in \(request.path)"
  var record: PrivacyRecord?
  var recordPath = ""
  if isFolder {
    guard let arm = request.arm else {
      throw Diagnostic(
        .other(found: "a folder", expected: "a file of scores, or a folder with --arm"),
        at: SourceLocation(path: request.path), help: "name the arm to attack with --arm")
    }
    let folder = try RunFolderAttack(
      folder: request.path, arm: arm, seed: request.seed, data: request.data)
    (attack, target, record, recordPath) = (
      folder.attack, folder.target, folder.record, folder.recordPath
    )
  } else {
    attack = try AttackFile(
      path: request.path, score: request.score, member: request.member,
      isLowerMember: request.isLowerMember
    ).read()
  }
  guard let delta = request.delta ?? record?.delta else {
    throw Diagnostic(
      .missingKey(key: "delta", inside: "the request"),
      help: "give the failure probability at which ε is meant with --delta")
  }
  do {
    let claimed = try claim(request, delta: delta, record: record, at: recordPath)
    let method = try method(request, isFolder: isFolder, claimed: claimed?.guarantee)
    var result = try AssayPrivacy.audit(
      attack, method: method, delta: delta, confidence: request.confidence,
      guesses: request.guesses, claim: claimed?.claim, target: target)
    if isFolder {
      result.assumptions.append(
        "all rows were scored by one model, so their independence is an approximation")
    }
    return AuditResult(
      json: json(of: result), summary: summary(of: result),
      isContradicted: result.verdict == .contradicted)
  } catch let error as PrivacyError {
    throw Diagnostic(error.fact, at: SourceLocation(path: request.path))
  }
}

/// The claimed ε, with the whole guarantee where it was accounted.
private func claim(
  _ request: AuditRequest, delta: Double, record: PrivacyRecord?, at recordPath: String
) throws -> (claim: PrivacyAudit.Claim, guarantee: PrivacyGuarantee?)? {
  if let epsilon = request.claimedEpsilon {
    return (PrivacyAudit.Claim(epsilon: epsilon, source: "--claimed-epsilon"), nil)
  }
  if let path = request.historyPath {
    let recorded = try AccountedRecord(path, neighbouring: request.neighbouring)
    let guarantee = try AssayPrivacy.guarantee(
      history: recorded.history, delta: delta, neighbouring: recorded.neighbouring)
    return (
      PrivacyAudit.Claim(
        epsilon: guarantee.epsilon,
        source: "releases in \(path), \(recorded.neighbouring.rawValue)"), guarantee
    )
  }
  guard let record, record.simulatedCohort == nil, !record.history.isEmpty else { return nil }
  // An audit by rows: one row of a client changes the client's update, which replaces the client.
  var relation = record.neighbouring ?? .addOrRemoveOne
  if record.unit != .example { relation = .replaceOne }
  let guarantee = try AssayPrivacy.guarantee(
    history: record.history, delta: delta, neighbouring: relation)
  return (
    PrivacyAudit.Claim(
      epsilon: guarantee.epsilon, source: "releases in \(recordPath), \(relation.rawValue)"),
    guarantee
  )
}

/// The named method; else white-box where the claim is an exactly Gaussian composition, else the one that
/// assumes nothing but coins. Rows of a run were not drawn by coins.
private func method(
  _ request: AuditRequest, isFolder: Bool, claimed: PrivacyGuarantee?
) throws(Diagnostic) -> AuditMethod {
  guard let name = request.method else {
    if isFolder { return .clopperPearson }
    return claimed?.mu == nil ? .oneRun : .whiteBox
  }
  guard let method = AuditMethod(rawValue: name) else {
    throw Diagnostic(
      .unknownName(
        what: "a method", name: name, known: AuditMethod.allCases.map(\.rawValue)))
  }
  if isFolder, method.needsFairCoins {
    throw Diagnostic(
      .conflict(
        first: "method '\(name)'", second: "the rows of a run",
        why: "rows were split into training and test, not included by fair coins"),
      help: "use clopper-pearson or gaussian")
  }
  return method
}

private func json(of audit: PrivacyAudit) -> JSONValue {
  func guess(_ count: GuessCount) -> JSONValue {
    .object([
      "guesses": .integer(count.guesses), "guessed_in": .integer(count.guessedIn),
      "guessed_out": .integer(count.guessedOut), "correct": .integer(count.correct),
    ])
  }
  return .object([
    "schema": .string("assay.audit/1"), "target": .string(audit.target),
    "method": .string(audit.method.rawValue), "epsilon_lower": .number(audit.epsilon),
    "epsilon_lower_possible": .number(audit.largestPossible), "mu_lower": .number(audit.mu),
    "delta": .double(audit.delta),
    "confidence": .double(audit.confidence), "members": .integer(audit.members),
    "non_members": .integer(audit.nonMembers), "roc_auc": .number(audit.area),
    "guess": audit.guess.map(guess) ?? .null,
    "tried_guesses": .array(audit.triedGuesses.map(guess)),
    "rates": audit.rates.map { rates in
      .object([
        "threshold": .number(rates.threshold), "members": .integer(rates.members),
        "non_members": .integer(rates.nonMembers),
        "false_positives": .integer(rates.falsePositives),
        "false_negatives": .integer(rates.falseNegatives),
        "false_positive_rate_upper": .double(rates.falsePositiveBound),
        "false_negative_rate_upper": .double(rates.falseNegativeBound),
      ])
    } ?? .null,
    "claim": audit.claim.map { claim in
      .object(["epsilon": .number(claim.epsilon), "source": .string(claim.source)])
    } ?? .null, "verdict": .string(audit.verdict.rawValue), "sentence": .string(audit.sentence),
    "assumptions": .strings(audit.assumptions),
  ])
}

private func summary(of audit: PrivacyAudit) -> String {
  var lines = [
    "attacked: \(audit.target)",
    "method: \(audit.method.rawValue), \(audit.members) members and \(audit.nonMembers) non-members",
  ]
  if let area = audit.area {
    lines.append("attack: area under its ROC curve \(PrintedNumber.text(area, .fraction))")
  }
  if let guess = audit.guess {
    lines.append("guesses: \(guess.correct) of \(guess.guesses) right")
  }
  if let rates = audit.rates {
    lines.append(
      "errors: \(rates.falsePositives) of \(rates.nonMembers) non-members taken for members, "
        + "\(rates.falseNegatives) of \(rates.members) members missed")
  }
  var bound = "empirical lower bound: ε ≥ \(audit.epsilon) at δ = \(audit.delta)"
  if let mu = audit.mu { bound += ", from μ ≥ \(mu)" }
  lines.append(bound + ", confidence \(audit.confidence)")
  lines.append("the most that so many scores could have shown: ε ≥ \(audit.largestPossible)")
  if let claim = audit.claim {
    lines.append("claimed: ε ≤ \(claim.epsilon) (\(claim.source))")
  }
  lines.append("verdict: \(audit.sentence)")
  lines.append("assumes:")
  lines += audit.assumptions.map { "  - \($0)" }
  return lines.joined(separator: "\n") + "\n"
}
