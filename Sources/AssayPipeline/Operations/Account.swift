import AssayDiagnostics
import AssayEvidence
import AssayFiles
import AssayPrivacy
import AssayRuns

/// A question to the accountant, as the command line puts it.
public struct AccountRequest: Sendable {
  var mechanism: PrivacyEvent.Mechanism
  var noiseMultiplier: Double?
  var historyPath: String?
  var targetEpsilon: Double?
  var samplingRate: Double
  var steps: Int
  var delta: Double
  var sampling: PrivacyEvent.Sampling?
  var neighbouring: NeighbouringRelation
  var accountant: String

  /// Creates a request; exactly one of noise multiplier, history and target ε is given.
  public init(
    mechanism: PrivacyEvent.Mechanism, noiseMultiplier: Double?, historyPath: String?,
    targetEpsilon: Double?, samplingRate: Double, steps: Int, delta: Double,
    sampling: PrivacyEvent.Sampling?, neighbouring: NeighbouringRelation, accountant: String
  ) {
    self.mechanism = mechanism
    self.noiseMultiplier = noiseMultiplier
    self.historyPath = historyPath
    self.targetEpsilon = targetEpsilon
    self.samplingRate = samplingRate
    self.steps = steps
    self.delta = delta
    self.sampling = sampling
    self.neighbouring = neighbouring
    self.accountant = accountant
  }
}

/// The accountant's answer.
public struct AccountResult: Sendable {
  /// `assay.privacy/1`.
  public var json: JSONValue
  /// In words.
  public var summary: String
}

/// ε(δ) of a mechanism or history, or the noise for a target ε.
public func accountPrivacy(_ request: AccountRequest) throws -> AccountResult {
  let known = Accountant.allCases.map(\.rawValue)
  guard let accountant = Accountant(rawValue: request.accountant) else {
    throw Diagnostic(
      .unknownName(what: "an accountant", name: request.accountant, known: known))
  }
  let sampling = request.sampling ?? (request.samplingRate < 1 ? .poisson : .none)
  let noise: Double?
  let guarantee: PrivacyGuarantee
  if let path = request.historyPath {
    return try AccountedRecord(path, neighbouring: request.neighbouring).account(
      delta: request.delta, accountant: accountant)
  }
  do {
    if let target = request.targetEpsilon {
      let found = try AssayPrivacy.noiseMultiplier(
        targetEpsilon: target, delta: request.delta, samplingRate: request.samplingRate,
        sampling: sampling, steps: request.steps, neighbouring: request.neighbouring,
        mechanism: request.mechanism, accountant: accountant)
      noise = found.noiseMultiplier
      guarantee = found.guarantee
    } else {
      noise = request.noiseMultiplier
      let history = [
        PrivacyEvent(
          mechanism: request.mechanism, noiseMultiplier: request.noiseMultiplier ?? 0,
          samplingRate: request.samplingRate, sampling: sampling, steps: request.steps)
      ]
      guarantee = try AssayPrivacy.guarantee(
        history: history, delta: request.delta, neighbouring: request.neighbouring, unit: nil,
        accountant: accountant)
    }
  } catch let error as PrivacyError {
    throw error.diagnostic
  }
  return AccountResult(
    json: json(of: guarantee, noise: noise), summary: summary(of: guarantee, noise: noise))
}

func json(of guarantee: PrivacyGuarantee, noise: Double?) -> JSONValue {
  .object([
    "schema": .string("assay.privacy/1"), "epsilon": .number(guarantee.epsilon),
    "epsilon_lower": .number(guarantee.epsilonLower), "epsilon_upper": .number(guarantee.epsilon),
    "delta": .double(guarantee.delta), "accountant": .string(guarantee.accountant),
    "neighbouring": .string(guarantee.neighbouring.rawValue), "noise_multiplier": .number(noise),
    "mu": .number(guarantee.mu), "order": .number(guarantee.order),
    "epsilon_without_amplification": .number(guarantee.epsilonWithoutAmplification),
    "assumptions": .strings(guarantee.assumptions),
  ])
}

func summary(of guarantee: PrivacyGuarantee, noise: Double?) -> String {
  var lines: [String] = []
  if let noise { lines.append("noise multiplier \(PrintedNumber.text(noise, .number))") }
  lines.append(
    "ε ≤ \(PrintedNumber.text(guarantee.epsilon, .epsilon)) at δ = "
      + "\(PrintedNumber.text(guarantee.delta, .probability)), "
      + "\(guarantee.neighbouring.rawValue), accountant \(guarantee.accountant)")
  lines.append(
    "ε without amplification by sampling: "
      + PrintedNumber.text(guarantee.epsilonWithoutAmplification, .epsilon))
  if let mu = guarantee.mu { lines.append("μ-GDP: \(PrintedNumber.text(mu, .number))") }
  lines.append("assumes:")
  lines += guarantee.assumptions.map { "  - \($0)" }
  return lines.joined(separator: "\n") + "\n"
}
