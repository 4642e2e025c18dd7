import ArgumentParser
import AssayPipeline

/// Flags of `assay account` that look for something else than ε or the noise for it.
struct AccountSearchOptions: ParsableArguments {
  enum Quantity: String, ExpressibleByArgument, CaseIterable {
    case steps, rate, cohort
  }

  @Option(
    name: .long,
    help: "Find the most steps, the largest rate or the largest cohort for --target-epsilon.")
  var solve: Quantity?

  @Flag(
    name: .long, help: "Noise for --target-epsilon over a grid of cohorts and numbers of rounds.")
  var frontier = false

  @Option(name: .long, help: "Number of units, for --solve cohort and --frontier.")
  var population: Int?

  @Option(name: .long, help: "Cohort of the frontier; repeat for more. Default: 1 % to all.")
  var cohort: [Int] = []

  @Option(
    name: .long, help: "Number of rounds of the frontier; repeat for more. Default: 10 to 1000.")
  var rounds: [Int] = []

  @Option(name: .long, help: "L2 bound on one unit's contribution, for --frontier. Default: 1.")
  var clip: Double?

  @Option(
    name: .customLong("target-advantage"),
    help: "Find the least noise at which no attack on membership has a larger TPR − FPR.")
  var targetAdvantage: Double?

  @Option(
    name: .customLong("target-tpr"),
    help: "Find the least noise at which no attack on membership has a larger TPR at --at-fpr.")
  var targetTruePositiveRate: Double?

  @Option(name: .customLong("at-fpr"), help: "False-positive rate of --target-tpr.")
  var falsePositiveRate: Double?

  @Option(
    name: .long,
    help: "Wished-for relative width of the bracket of ε; a wider one is faster. Default: 1e-5.")
  var tolerance: Double?

  /// Whether the usual rule, one of noise, history and target ε, does not hold.
  var isSearch: Bool {
    solve != nil || frontier || targetAdvantage != nil || targetTruePositiveRate != nil
  }

  /// Checks the combination; `nil` where it makes sense.
  func problem(hasNoise: Bool, hasHistory: Bool, targetEpsilon: Double?) -> String? {
    let modes = [
      solve != nil, frontier, targetAdvantage != nil, targetTruePositiveRate != nil,
    ].count { $0 }
    if modes > 1 {
      return
        "expected at most one of --solve, --frontier, --target-advantage and --target-tpr"
    }
    if (targetTruePositiveRate == nil) != (falsePositiveRate == nil) {
      return "--target-tpr and --at-fpr belong together"
    }
    if !frontier, !cohort.isEmpty || !rounds.isEmpty || clip != nil {
      return "--cohort, --rounds and --clip belong to --frontier"
    }
    if population != nil, !frontier, solve != .cohort {
      return "--population belongs to --frontier and --solve cohort"
    }
    if let tolerance {
      if !(tolerance >= 1e-9 && tolerance <= 1) {
        return "--tolerance: expected a number from 1e-9 to 1, found \(tolerance)"
      }
      if isSearch || targetEpsilon != nil {
        return "--tolerance belongs to --noise-multiplier and --history"
      }
    }
    if !isSearch { return nil }
    if hasHistory { return "--history cannot be searched; give the parts of its releases" }
    if solve != nil, !hasNoise || targetEpsilon == nil {
      return "--solve needs --target-epsilon and --noise-multiplier"
    }
    if frontier, hasNoise || targetEpsilon == nil || population == nil {
      return "--frontier needs --target-epsilon and --population, and finds the noise multiplier"
    }
    if solve == .cohort, population == nil { return "--solve cohort needs --population" }
    if targetAdvantage != nil || targetTruePositiveRate != nil, hasNoise || targetEpsilon != nil {
      return "a target for attacks takes the place of --noise-multiplier and --target-epsilon"
    }
    return nil
  }

  /// The question, once ``problem(hasNoise:hasHistory:targetEpsilon:)`` has found nothing.
  func question(targetEpsilon: Double?) -> AccountQuestion? {
    if let targetAdvantage { return .advantage(atMost: targetAdvantage) }
    if let targetTruePositiveRate, let falsePositiveRate {
      return .truePositiveRate(
        atMost: targetTruePositiveRate, falsePositiveRate: falsePositiveRate)
    }
    guard let targetEpsilon else { return nil }
    if frontier, let population {
      return .frontier(
        targetEpsilon: targetEpsilon, population: population, clip: clip ?? 1, cohorts: cohort,
        rounds: rounds)
    }
    switch solve {
    case .steps: return .steps(targetEpsilon: targetEpsilon)
    case .rate: return .rate(targetEpsilon: targetEpsilon)
    case .cohort:
      return population.map { .cohort(targetEpsilon: targetEpsilon, population: $0) }
    case nil: return nil
    }
  }
}
