import AssayEvidence
import AssayFiles
import AssayPrivacy
import AssayRuns

/// A guarantee with what it means, as `assay.privacy/1` and in words.
struct AccountAnswer {
  /// Groups and δ that curves show.
  static let groupSizes = [1, 2, 3, 5, 10]
  static let curveDeltas = [1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-8, 1e-10, 1e-12]
  /// Precision of what is read from the profile: bounds at any precision, and few quote more digits.
  private static let meaningTolerance = 3e-3

  let guarantee: PrivacyGuarantee
  /// The noise multiplier, where all releases have one.
  let noise: Double?
  /// What the guarantee means; `nil` without a finite ε.
  let meaning: GuaranteeMeaning?
  private let estimate: (mu: Double, epsilon: Double)?
  private var groups: [GroupGuarantee] = []
  private var curve: [PrivacyGuarantee] = []

  init(
    guarantee: PrivacyGuarantee, history: [PrivacyEvent], noise: Double?, hasCurves: Bool
  ) throws(PrivacyError) {
    self.guarantee = guarantee
    self.noise = noise
    let relation = guarantee.neighbouring
    meaning =
      guarantee.epsilon.isFinite
      ? try GuaranteeMeaning(
        history: history, delta: guarantee.delta, neighbouring: relation,
        tolerance: Self.meaningTolerance) : nil
    estimate = try centralLimitEstimate(
      history: history, delta: guarantee.delta, neighbouring: relation)
    if hasCurves {
      for size in Self.groupSizes {
        groups.append(
          try groupGuarantee(
            size: size, history: history, delta: guarantee.delta, neighbouring: relation))
      }
      curve = try epsilonCurve(
        history: history, deltas: Self.curveDeltas, neighbouring: relation, unit: guarantee.unit)
    }
  }

  var result: AccountResult { AccountResult(json: .object(object), summary: summary) }

  /// The members of `assay.privacy/1`.
  var object: JSONObject {
    var object: JSONObject = [
      "schema": .string("assay.privacy/1"), "epsilon": .number(guarantee.epsilon),
      "epsilon_lower": .number(guarantee.epsilonLower),
      "epsilon_upper": .number(guarantee.epsilon), "delta": .double(guarantee.delta),
      "accountant": .string(guarantee.accountant),
      "neighbouring": .string(guarantee.neighbouring.rawValue), "noise_multiplier": .number(noise),
      "mu": .number(guarantee.mu ?? meaning?.mu), "mu_error": .number(meaning?.muError),
      "order": .number(guarantee.order),
      "epsilon_without_amplification": .number(guarantee.epsilonWithoutAmplification),
    ]
    if let meaning {
      object["advantage"] = .object([
        "lower": .number(meaning.advantage.lower), "upper": .number(meaning.advantage.upper),
      ])
      object["attack_bounds"] = .array(
        meaning.attacks.map {
          .object([
            "false_positive_rate": .number($0.falsePositiveRate),
            "true_positive_rate": .number($0.truePositiveRate),
          ])
        })
    }
    if let estimate {
      object["central_limit_estimate"] = .object([
        "mu": .number(estimate.mu), "epsilon": .number(estimate.epsilon), "is_bound": .bool(false),
      ])
    }
    var errors: JSONObject = [:]
    for term in guarantee.errors { errors[term.kind.rawValue] = .number(term.value) }
    object["error_ledger"] = .object(errors)
    if !curve.isEmpty { addCurves(&object) }
    object["assumptions"] = .strings(guarantee.assumptions)
    return object
  }

  private func addCurves(_ object: inout JSONObject) {
    object["epsilon_curve"] = .array(
      curve.map {
        .object([
          "delta": .double($0.delta), "epsilon": .number($0.epsilon),
          "epsilon_lower": .number($0.epsilonLower), "accountant": .string($0.accountant),
        ])
      })
    object["groups"] = .array(
      groups.map {
        .object([
          "size": .integer($0.size), "epsilon": .number($0.epsilon),
          "epsilon_lower": .number($0.epsilonLower), "delta": .double($0.delta),
          "accountant": .string($0.accountant),
        ])
      })
    guard let meaning else { return }
    object["delta_curve"] = .array(
      meaning.profile.points.enumerated().filter { $0.offset % 10 == 0 }.map { _, point in
        .object([
          "epsilon": .number(point.epsilon), "delta": .number(point.upper),
          "delta_lower": .number(point.lower),
        ])
      })
    object["trade_off"] = .array(
      meaning.profile.tradeOff.map {
        .object([
          "false_positive_rate": .number($0.falsePositiveRate),
          "true_positive_rate": .number($0.truePositiveRate),
        ])
      })
  }

  /// In words.
  var summary: String {
    var lines: [String] = []
    if let noise { lines.append("noise multiplier \(PrintedNumber.text(noise, .number))") }
    lines.append(
      "ε ≤ \(PrintedNumber.text(guarantee.epsilon, .epsilon)) at δ = "
        + "\(PrintedNumber.text(guarantee.delta, .probability)), "
        + "\(guarantee.neighbouring.rawValue), accountant \(guarantee.accountant)")
    if let lower = guarantee.epsilonLower, lower.isFinite {
      lines.append("between \(lower) and \(guarantee.epsilon), certified on both sides")
    }
    lines.append(
      "ε without amplification by sampling: "
        + PrintedNumber.text(guarantee.epsilonWithoutAmplification, .epsilon))
    if let meaning { lines += Self.words(meaning) }
    for group in groups where group.size > 1 {
      lines.append(
        "a group of \(group.size): ε ≤ \(PrintedNumber.text(group.epsilon, .epsilon)), accountant "
          + group.accountant)
    }
    for point in curve {
      lines.append(
        "at δ = \(PrintedNumber.text(point.delta, .probability)): ε ≤ "
          + PrintedNumber.text(point.epsilon, .epsilon))
    }
    if !guarantee.errors.isEmpty {
      lines.append("charged against ε:")
      for term in guarantee.errors {
        lines.append("  - \(Self.name(term.kind)): \(PrintedNumber.text(term.value, .number))")
      }
    }
    lines.append("assumes:")
    lines += guarantee.assumptions.map { "  - \($0)" }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func words(_ meaning: GuaranteeMeaning) -> [String] {
    var lines: [String] = []
    if let mu = meaning.mu, let error = meaning.muError {
      lines.append(
        "μ-GDP: \(PrintedNumber.text(mu, .number))"
          + (error > 0
            ? ", a fit down to δ; it grants an attacker up to \(PrintedNumber.text(error, .number)) more"
            : ""))
    }
    lines.append(
      "no attack on membership has TPR − FPR above "
        + PrintedNumber.text(meaning.advantage.upper, .number))
    for attack in meaning.attacks {
      lines.append(
        "at FPR \(PrintedNumber.text(attack.falsePositiveRate, .number)) none has a TPR above "
          + PrintedNumber.text(attack.truePositiveRate, .number))
    }
    return lines
  }

  private static func name(_ kind: ErrorTerm.Kind) -> String {
    switch kind {
    case .tails: "δ of losses beyond the grid"
    case .wrapAround: "δ of sums beyond the window"
    case .rounding: "δ that rounding may hide"
    case .gridStep: "step of the grid"
    case .gridPoints: "points of the grid"
    case .tilt: "exponential tilt"
    }
  }
}
