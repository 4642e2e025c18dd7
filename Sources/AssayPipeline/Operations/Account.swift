import AssayDiagnostics
import AssayEvidence
import AssayFiles
import AssayPrivacy
import AssayRuns

/// A question to the accountant, as the command line puts it.
public struct AccountRequest: Sendable {
  /// Mechanism, rate, steps and what else describes the release; the noise where it is given.
  var release: PrivacyEvent
  var noiseMultiplier: Double?
  var historyPath: String?
  var targetEpsilon: Double?
  var delta: Double
  /// As asked for; `nil` leaves the choice to the rate.
  var sampling: PrivacyEvent.Sampling?
  var neighbouring: NeighbouringRelation
  var accountant: String
  /// Wished-for relative width of the bracket; `nil` for the default.
  var tolerance: Double?
  /// Whether the answer holds curves and groups as well.
  var hasCurves: Bool

  /// Creates a request; exactly one of noise multiplier, history and target ε is given, unless
  /// ``AccountQuestion`` says otherwise or the mechanism has no noise multiplier.
  public init(
    release: PrivacyEvent, noiseMultiplier: Double?, historyPath: String?, targetEpsilon: Double?,
    delta: Double, sampling: PrivacyEvent.Sampling?, neighbouring: NeighbouringRelation,
    accountant: String, tolerance: Double? = nil, hasCurves: Bool = false
  ) {
    self.release = release
    self.noiseMultiplier = noiseMultiplier
    self.historyPath = historyPath
    self.targetEpsilon = targetEpsilon
    self.delta = delta
    self.sampling = sampling
    self.neighbouring = neighbouring
    self.accountant = accountant
    self.tolerance = tolerance
    self.hasCurves = hasCurves
  }

  /// The release with its noise and with `sampling`.
  func event(sampling: PrivacyEvent.Sampling) -> PrivacyEvent {
    var event = release
    event.noiseMultiplier = noiseMultiplier ?? 1
    event.sampling = sampling
    return event
  }

  /// The accountant by its name.
  func knownAccountant() throws(Diagnostic) -> Accountant {
    guard let known = Accountant(rawValue: accountant) else {
      throw Diagnostic(
        .unknownName(
          what: "an accountant", name: accountant, known: Accountant.allCases.map(\.rawValue)))
    }
    return known
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
  let accountant = try request.knownAccountant()
  if let path = request.historyPath {
    return try AccountedRecord(path, neighbouring: request.neighbouring)
      .account(request, accountant: accountant)
  }
  let sampling = request.sampling ?? (request.release.samplingRate < 1 ? .poisson : .none)
  var event = request.event(sampling: sampling)
  do throws(PrivacyError) {
    let guarantee: PrivacyGuarantee
    if let target = request.targetEpsilon {
      let found = try PrivacySearch(
        event: event, delta: request.delta, neighbouring: request.neighbouring,
        accountant: accountant
      ).leastNoise(targetEpsilon: target)
      event = found.event
      guarantee = found.guarantee
    } else {
      guarantee = try AssayPrivacy.guarantee(
        history: [event], delta: request.delta, neighbouring: request.neighbouring, unit: nil,
        accountant: accountant, tolerance: request.tolerance ?? quotedTolerance)
    }
    let hasNoise = request.targetEpsilon != nil || request.noiseMultiplier != nil
    return try AccountAnswer(
      guarantee: guarantee, history: [event], noise: hasNoise ? event.noiseMultiplier : nil,
      hasCurves: request.hasCurves
    ).result
  } catch {
    throw error.diagnostic
  }
}
