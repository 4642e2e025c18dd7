import AssayStatistics

/// An empirical lower bound on ε from the scores of an attack.
///
/// Holds with probability `confidence` when the method's assumptions do, which the result names. The bound
/// is rounded down, binomial probabilities up. 0 means that the attack showed nothing.
/// - Parameters:
///   - attack: Scores and memberships; larger scores speak for membership.
///   - method: How scores become a bound; see ``AuditMethod``.
///   - delta: The δ at which ε is meant, `0 ≤ δ < 1`; above 0 for methods with a Gaussian trade-off.
///   - confidence: Strictly between 0 and 1.
///   - guesses: How many canaries are guessed, half of them in and half out, fixed before anyone looked; the
///     attacker abstains from the rest. Only for `one-run`, where `nil` tries all, a half, a quarter and a
///     tenth at a quarter of the error probability each, and `one-run-gaussian`, where `nil` is three tenths.
///   - claim: The claimed ε at the same δ.
///   - target: What was attacked, in words.
/// - Throws: ``PrivacyError`` naming the parameter; also where coins cannot have been fair.
/// - Complexity: O(n log n) in the number of scores.
/// - Note: Sources: see ``AuditMethod``.
public func audit(
  _ attack: AttackScores, method: AuditMethod, delta: Double, confidence: Double = 0.95,
  guesses: Int? = nil, claim: PrivacyAudit.Claim? = nil, target: String = "attack scores"
) throws(PrivacyError) -> PrivacyAudit {
  if !(delta >= 0 && delta < 1) || (delta == 0 && method.isGaussian) {
    throw .deltaOutOfRange(found: "\(delta)")
  }
  if !(confidence > 0 && confidence < 1) {
    throw .parameterOutOfRange(
      name: "confidence", found: "\(confidence)", expected: "a probability strictly between 0 and 1"
    )
  }
  if let guesses {
    if method != .oneRun && method != .oneRunGaussian {
      throw .parameterOutOfRange(
        name: "guesses", found: "\(guesses) with method '\(method.rawValue)'",
        expected: "a number of guesses only with one-run and one-run-gaussian")
    }
    if !(1...attack.count ~= guesses) {
      throw .parameterOutOfRange(
        name: "guesses", found: "\(guesses)", expected: "1 to the \(attack.count) canaries")
    }
  }
  if method.needsFairCoins {
    try attack.requireFairCoins(method)
  } else if attack.members < 2 || attack.nonMembers < 2 {
    throw .parameterOutOfRange(
      name: "member", found: "\(attack.members) members, \(attack.nonMembers) non-members",
      expected: "two of each or more: one half chooses the threshold, the other is counted")
  }
  let alpha = 1 - confidence
  var result = PrivacyAudit(
    method: method, target: target, epsilon: 0, largestPossible: 0, mu: nil, delta: delta,
    confidence: confidence,
    members: attack.members, nonMembers: attack.nonMembers, area: attack.area, guess: nil,
    triedGuesses: [], rates: nil, assumptions: method.assumptions, claim: claim)
  let bound: Double
  let possible: Double
  switch method {
  case .clopperPearson, .gaussian:
    let found = RateAudit(attack, isGaussian: method.isGaussian, delta: delta, alpha: alpha)
    result.rates = PrivacyAudit.Rates(
      threshold: found.threshold, members: found.members, nonMembers: found.nonMembers,
      falsePositives: found.falsePositives, falseNegatives: found.falseNegatives,
      falsePositiveBound: found.falsePositiveBound, falseNegativeBound: found.falseNegativeBound)
    bound = found.bound
    possible = found.possible
    result.assumptions.append(
      "the threshold was chosen on one half of the scores and the errors counted on the other")
  case .oneRun, .oneRunGaussian:
    (bound, possible) = guessed(attack, alpha: alpha, guesses: guesses, &result)
  case .whiteBox:
    let found = WhiteBoxAudit.count(attack)
    result.guess = found
    result.triedGuesses = [found]
    bound = WhiteBoxAudit.mu(guesses: found.guesses, correct: found.correct, alpha: alpha)
    possible = WhiteBoxAudit.mu(guesses: found.guesses, correct: found.guesses, alpha: alpha)
  }
  func epsilon(_ bound: Double) -> Double {
    method.isGaussian
      ? Rounded.down(GaussianTradeOff(mu: bound).epsilon(atDelta: delta).lower)
      : Rounded.down(bound)
  }
  if method.isGaussian { result.mu = Rounded.down(bound) }
  result.epsilon = epsilon(bound)
  result.largestPossible = epsilon(possible)
  result.assumptions.append("source of the method: \(method.source)")
  return result
}

/// The best bound over the numbers of guesses, what it could have been at most, and into `result` the guesses.
private func guessed(
  _ attack: AttackScores, alpha: Double, guesses: Int?, _ result: inout PrivacyAudit
) -> (bound: Double, possible: Double) {
  let (method, delta, canaries) = (result.method, result.delta, attack.count)
  let sizes = GuessAudit.sizes(count: canaries, method: method, fixed: guesses)
  let each = alpha / Double(sizes.count)
  let ranked = attack.ranked
  func bound(_ size: Int, _ correct: Int) -> Double {
    method == .oneRun
      ? GuessAudit.epsilon(
        canaries: canaries, guesses: size, correct: correct, delta: delta, alpha: each)
      : GuessAudit.mu(canaries: canaries, guesses: size, correct: correct, alpha: each)
  }
  var (best, possible) = (-1.0, 0.0)
  for size in sizes {
    let count = GuessAudit.count(attack, ranked: ranked, guesses: size)
    result.triedGuesses.append(count)
    possible = max(possible, bound(size, size))
    let found = bound(size, count.correct)
    if found > best {
      best = found
      result.guess = count
    }
  }
  result.assumptions.append(
    sizes.count == 1
      ? guesses == nil
        ? "three tenths of the canaries are guessed, whatever the scores"
        : "the number of guesses was fixed before the scores were looked at"
      : "\(sizes.count) numbers of guesses were tried, each at \(sizes.count) times less error probability"
  )
  return (max(0, best), possible)
}
