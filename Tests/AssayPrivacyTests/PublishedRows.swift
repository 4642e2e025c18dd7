import AssayRuns
import Testing

@testable import AssayPrivacy

/// One row of `Golden/dp_published.csv`, with how its printed value comes about.
struct PublishedRow: CustomTestStringConvertible, Sendable {
  /// A printed value worked out again.
  struct Reproduction {
    /// Which accountant, for the document.
    var accountant: String
    var value: Double
    /// How far the printed value may be from ``value``, downwards and upwards.
    var below: Double
    var above: Double
    /// Why the printed value is not today's certified bracket, and what remains unexplained.
    var reason: String
  }

  var id: String
  var publication: String
  var description: String
  var mechanism: String
  var accountant: String
  var noise: Double
  var rate: Double
  var steps: Int
  var delta: Double
  /// As printed, with its digits.
  var printed: String
  var wasRead: Bool

  var testDescription: String { id }
  var published: Double { Double(printed) ?? .nan }

  static let all: [PublishedRow] = GoldenConfiguration.table("dp_published.csv").compactMap { row in
    guard let id = row["id"], let noise = row["noise_multiplier"].flatMap(Double.init),
      let printed = row["epsilon_published"]
    else { return nil }
    return PublishedRow(
      id: id, publication: row["publication"] ?? "", description: row["description"] ?? "",
      mechanism: row["mechanism"] ?? "", accountant: row["accountant"] ?? "", noise: noise,
      rate: row["q"].flatMap(Double.init) ?? 1, steps: row["steps"].flatMap(Int.init) ?? 1,
      delta: row["delta"].flatMap(Double.init) ?? 0, printed: printed,
      wasRead: row["source_checked"] == "yes")
  }

  /// The releases as Gaussian noise: of a tree, each unit is in one node per level; ρ-zCDP is what one
  /// release with σ = 1/√(2ρ) has.
  var history: [PrivacyEvent] {
    switch mechanism {
    case "tree_aggregation":
      // Levels of a complete binary tree over `steps` leaves that hold a finished node: 11 for 1,600.
      var levels = 0
      while 1 << levels <= steps { levels += 1 }
      return [PrivacyEvent(noiseMultiplier: noise, steps: levels)]
    case "zcdp": return [PrivacyEvent(noiseMultiplier: 1 / (2 * noise).squareRoot())]
    default:
      return [PrivacyEvent(noiseMultiplier: noise, samplingRate: rate, steps: steps)]
    }
  }

  /// Half a unit of the last printed digit.
  private var halfDigit: Double {
    let decimals = printed.split(separator: ".").dropFirst().first?.count ?? 0
    var unit = 0.5
    for _ in 0..<decimals { unit /= 10 }
    // A value printed with 16 digits was not rounded to be read.
    return max(unit, published * 1e-9)
  }

  /// Works the printed value out again.
  func reproduction() throws -> Reproduction {
    let half = halfDigit
    func result(
      _ name: String, _ value: Double, _ reason: String, below: Double? = nil, above: Double? = nil
    ) -> Reproduction {
      Reproduction(
        accountant: name, value: value, below: below ?? half, above: above ?? half, reason: reason)
    }
    func classic(_ accountant: ClassicRenyi) throws -> Double {
      try accountant.epsilon(history: history, delta: delta).epsilon
    }
    let loose = "classic conversion of RDP, loose"
    switch (id, accountant) {
    case ("pub02", _):
      // 1.1 %: the row's note says that the printed value was recalled, not read.
      return result(
        "RDP, whole orders, classic", try classic(.momentsAccountant),
        loose + "; the printed value is recalled, and 1 % lower than its accountant gives",
        below: 0.028)
    case ("pub35", _):
      return result(
        "RDP, whole orders, classic", try classic(.momentsAccountant),
        loose + "; printed with its digits cut off, not rounded", below: 0.01)
    case ("pub36", _):
      return result(
        "RDP, list of orders, classic", try classic(.tutorials),
        loose + "; tenths among the orders, which whole orders alone do not give (8.948)")
    case (_, "moments"):
      return result("RDP, whole orders, classic", try classic(.momentsAccountant), loose)
    case ("pub04", _), ("pub05", _), ("pub06", _), ("pub07", _), ("pub08", _), ("pub09", _):
      return result("RDP, list of orders, classic", try classic(.tutorials), loose)
    case ("pub32", _), ("pub33", _):
      return result(
        "RDP of 11 nodes, list of orders, classic", try classic(.tutorials),
        loose + "; a unit is in one finished node on each of 11 levels")
    case ("pub40", _):
      return result(
        "RDP, list of orders, classic", try classic(.tutorials),
        "the list ends at order 63, where log(1/δ)/62 alone is 0.667; order 256 gives 0.146")
    case ("pub10", _):
      return result("RDP, Opacus' list", try classic(.opacus), "RDP loses 8 % here")
    case ("pub19", _):
      return result(
        "RDP, Opacus' list", try classic(.opacus),
        "RDP loses 11 % here; printed with its digits cut off, not rounded", below: 0.01)
    case ("pub22", _), ("pub23", _):
      return result(
        "RDP, dp-accounting's list", try classic(.dpAccounting),
        "RDP is loose at low noise; at fractional orders dp-accounting adds the terms of an "
          + "alternating series by size, up to 0.13 % too much",
        below: 0, above: 0.0013 * published)
    case (_, "rdp"):
      return result(
        "RDP, dp-accounting's list", try classic(.dpAccounting),
        rate == 1 ? "RDP is loose; the closed form is exact" : "RDP is loose at low noise")
    case (_, "pld"):
      let found = try quoted
      if found.accountant == "exact" {
        return result("closed form", found.epsilon, "they do not", below: 1e-6 + half)
      }
      // Both are upper bounds on grids of their own.
      return result(
        "PLD", found.epsilon, "upper bounds on two grids, within 0.02 % of one another",
        below: half + 2e-4 * published, above: half + 2e-4 * published)
    case ("pub11", _):
      // Opacus' test asserts 6.59 < value < 6.6.
      return result(
        "central limit", try centralLimit, "an estimate, below the truth by 2.5 %", below: 0.01,
        above: half)
    case ("pub18", _):
      return result(
        "central limit", try centralLimit,
        "an estimate, below the truth by 6 %; printed with its digits cut off, not rounded",
        below: 0.01)
    case ("pub38", _):
      // The noise is printed as 0.638: between 0.6375 and 0.6385.
      let low = try Self.centralLimit([
        PrivacyEvent(noiseMultiplier: 0.6385, samplingRate: rate, steps: steps)
      ])
      let value = try centralLimit
      return result(
        "central limit", value,
        "an estimate, below the truth by 8 %; the noise is printed to three digits, 0.6384 gives 8.68",
        below: value - low.epsilon)
    case (_, "gdp_clt"):
      return result("central limit", try centralLimit, "an estimate, below the truth by 5 %")
    case (_, "gdp_clt_mu"):
      return result(
        "central limit, μ", try Self.centralLimit(history).mu,
        "the printed value is μ, an estimate, without a δ")
    case (_, "prv"):
      return result(
        "PRV upper end", try randomVariableUpperEstimate(history: history, delta: delta),
        "the truth plus the allowed error of 0.01", below: 1e-3, above: 1e-3)
    case (_, "rdp_calibration"):
      return result(
        "RDP, Opacus' list", try classic(.opacus),
        "noise that meets a target by RDP; the target is printed, the search stops within 0.01",
        below: 0, above: 0.01)
    case (_, "prv_calibration"):
      return result(
        "PRV upper end", try randomVariableUpperEstimate(history: history, delta: delta),
        "noise that meets a target by PRV, whose upper end is the truth plus 0.01", below: 0,
        above: 0.01)
    case (_, "gdp_clt_calibration"):
      return result(
        "central limit", try centralLimit,
        "noise that meets a target by an estimate: the true ε misses the target by 2.7 %", below: 0,
        above: 0.01)
    case (_, "zcdp"):
      return result(
        "RDP of zCDP", try guarantee(history: history, delta: delta, accountant: .rdp).epsilon,
        "all that ρ-zCDP alone gives, printed to one digit; the bracket is that of Gaussian noise with this ρ",
        below: 0.05)
    default: return result("none", .nan, "no such accountant")
    }
  }

  private var centralLimit: Double {
    get throws { try Self.centralLimit(history, delta: delta).epsilon }
  }

  private static func centralLimit(
    _ history: [PrivacyEvent], delta: Double = 1e-5
  ) throws -> (mu: Double, epsilon: Double) {
    try #require(try centralLimitEstimate(history: history, delta: delta))
  }

  private var quoted: PrivacyGuarantee {
    get throws { try guarantee(history: history, delta: delta) }
  }

  /// Today's bracket, fine enough for four digits and cheap enough for debug builds; `nil` without a δ.
  private var bracket: (lower: Double, upper: Double)? {
    get throws {
      if delta == 0 { return nil }
      let found = try guarantee(
        history: history, delta: delta, neighbouring: .addOrRemoveOne, unit: nil,
        accountant: .best, tolerance: 3e-4)
      return (found.epsilonLower ?? 0, found.epsilon)
    }
  }

  /// All rows with what came out, worked out once.
  static let worked: [Worked] = all.map { row in
    Worked(
      row: row, reproduction: Result { try row.reproduction() }, bracket: Result { try row.bracket }
    )
  }

  /// A row and what came out.
  struct Worked: CustomTestStringConvertible, Sendable {
    var row: PublishedRow
    var reproduction: Result<Reproduction, any Error>
    var bracket: Result<(lower: Double, upper: Double)?, any Error>
    var testDescription: String { row.id }
  }
}
