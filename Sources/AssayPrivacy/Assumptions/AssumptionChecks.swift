import AssayRuns

/// What the records of one arm say about everything that its guarantee rests on: one check for each case of
/// ``PrivacyAssumption``, in that order, always all of them.
///
/// What is not recorded is `unknown`, never `holds`. The ε that remains belongs to the failure of that one
/// assumption; two failures together leave less.
/// - Parameters:
///   - record: What is recorded about differential privacy.
///   - histories: The releases of every run of the arm.
///   - observed: What the records show about how the releases came about.
///   - claim: What a stated ε was found to be; see ``ClaimComparison``.
public func assumptionChecks(
  _ record: PrivacyRecord, histories: [[PrivacyEvent]], observed: PrivacyObservations,
  claim: ClaimComparison?
) -> [AssumptionCheck] {
  let judge = AssumptionJudge(
    record: record, histories: histories, observed: observed, claim: claim)
  return PrivacyAssumption.allCases.map { judge.check($0) }
}

/// Judges one arm.
struct AssumptionJudge {
  let record: PrivacyRecord
  let histories: [[PrivacyEvent]]
  let observed: PrivacyObservations
  let claim: ClaimComparison?

  var relation: NeighbouringRelation { record.neighbouring ?? .addOrRemoveOne }
  var isEngine: Bool { observed.isEngine }
  /// Whether any release is amplified by sampling.
  var isSampled: Bool { histories.contains { $0.contains(where: \.isSampled) } }
  /// Whether amplification counts in the headline.
  var countsSampling: Bool { record.mechanism == .example || observed.isParticipationHidden }

  /// The releases as they were recorded.
  var recorded: ChangedReleases { changed(histories) }
  /// The releases as the headline counts them.
  var headline: ChangedReleases {
    countsSampling ? recorded : changed(histories.map { $0.map(\.withoutSampling) })
  }

  private func changed(_ histories: [[PrivacyEvent]]) -> ChangedReleases {
    ChangedReleases(
      histories: histories, delta: record.delta, relation: relation, unit: record.unit)
  }

  /// The one sampling rate of all releases; `nil` where there are several or none.
  var rate: Double? {
    let rates = Set(histories.joined().map(\.samplingRate))
    return rates.count == 1 ? rates.first : nil
  }

  /// The unit in words: `client`.
  var who: String { Assumptions.name(record.unit) }

  func check(_ assumption: PrivacyAssumption) -> AssumptionCheck {
    switch assumption {
    case .sampling: sampling()
    case .samplingRate: samplingRate()
    case .participation: participation()
    case .clipping: clipping()
    case .cohort: cohort()
    case .weights: weights()
    case .releases: releases()
    case .outputs: outputs()
    case .unit: unit()
    case .delta: delta()
    case .randomness: randomness()
    case .preprocessing: preprocessing()
    case .tuning: tuning()
    case .earlyStopping: earlyStopping()
    case .claim: claimed()
    }
  }
}

/// A number as it stands in a sentence: whole numbers without a point, others with 6 digits at most.
func words(_ value: Double) -> String {
  if let whole = Int(exactly: value) { return "\(whole)" }
  if !value.isFinite { return "infinite" }
  if abs(value) < 1e-4 {
    // Two digits are enough for a probability that refutes.
    var exponent = 0
    var tenths = abs(value)
    while tenths < 9.95, exponent > -330 {
      tenths *= 10
      exponent -= 1
    }
    let digits = Int(tenths.rounded())
    let mantissa = digits % 10 == 0 ? "\(digits / 10)" : "\(digits / 10).\(digits % 10)"
    return "\(value < 0 ? "-" : "")\(mantissa)e\(exponent + 1)"
  }
  let scale = abs(value) < 1 ? 1e6 : abs(value) < 1000 ? 1e4 : 1e2
  return "\((value * scale).rounded() / scale)"
}

/// `1 round`, `12 rounds`.
func counted(_ count: Int, _ noun: String) -> String {
  count == 1 ? "1 \(noun)" : "\(count) \(noun)s"
}
