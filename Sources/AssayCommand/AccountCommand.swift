import ArgumentParser
import AssayDiagnostics
import AssayPipeline
import AssayRuns

struct AccountCommand: AssayOperation {
  static let configuration = CommandConfiguration(
    commandName: "account",
    abstract: "ε(δ) of a mechanism or a history of releases, or the noise for a target ε.",
    discussion: """
      The noise multiplier is σ over the L2 sensitivity of one record (Laplace: b over the L1 \
      sensitivity, discrete noise: its standard deviation or scale over the sensitivity). The ε printed is a certified upper bound, rounded up.

      Examples:
        assay account --noise-multiplier 1.1 --sampling-rate 0.01 --steps 10000 --delta 1e-5
        assay account --target-epsilon 8 --steps 20 --delta 1e-5 --json
        assay account --history releases.json --delta 1e-5 --curves
        assay account --mechanism discrete-gaussian --noise-multiplier 4 --steps 3 --delta 1e-6
        assay account --mechanism randomized-response --probability 0.5 --buckets 2 \
          --neighbouring replace-one --delta 1e-9
        assay account --target-epsilon 3 --noise-multiplier 1.1 --sampling-rate 0.01 --delta 1e-5 \
          --solve steps
        assay account --target-epsilon 3 --population 10000 --delta 1e-6 --frontier
        assay account --target-advantage 0.1 --sampling-rate 0.01 --steps 1000 --delta 1e-5
      """)

  @Option(name: .customLong("noise-multiplier"), help: "Noise over sensitivity.")
  var noiseMultiplier: Double?

  @Option(
    name: .long, help: "JSON file with a list of releases, a ledger, or the run.json of a run.")
  var history: String?

  @Option(name: .customLong("target-epsilon"), help: "Find the least noise for this ε.")
  var targetEpsilon: Double?

  @Option(name: .customLong("sampling-rate"), help: "Probability with which one record takes part.")
  var samplingRate: Double = 1

  @Option(name: .long, help: "Number of releases.")
  var steps: Int = 1

  @Option(name: .long, help: "Failure probability.")
  var delta: Double

  @Option(name: .long, help: "poisson, none or fixed; default: poisson when the rate is below 1.")
  var sampling: PrivacyEvent.Sampling?

  @Option(name: .long, help: "add-or-remove-one, replace-one or zero-out.")
  var neighbouring: NeighbouringRelation = .addOrRemoveOne

  @Option(name: .long, help: "Accountant; default: the tightest that is valid.")
  var accountant: String = "best"

  @Flag(
    name: .long,
    help: "Also ε at other δ, δ at other ε, the trade-off of attacks, and groups of units.")
  var curves = false

  @Flag(name: .long, help: "Print one JSON document to standard output.")
  var json = false

  @OptionGroup(title: "Mechanism") var mechanism: AccountMechanismOptions

  @OptionGroup(title: "Searches") var search: AccountSearchOptions

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if let problem = search.problem(
      hasNoise: noiseMultiplier != nil, hasHistory: history != nil, targetEpsilon: targetEpsilon)
    {
      throw ValidationError(problem)
    }
    if search.isSearch { return }
    let given = [noiseMultiplier != nil, history != nil, targetEpsilon != nil].count { $0 }
    if mechanism.hasNoNoise, history == nil {
      if given > 0 {
        throw ValidationError(
          "\(mechanism.mechanism.rawValue) has no noise multiplier; describe the release instead")
      }
      return
    }
    if given != 1 {
      throw ValidationError(
        "expected exactly one of --noise-multiplier, --history and --target-epsilon")
    }
  }

  func perform() throws -> ExitStatus {
    let request = AccountRequest(
      release: mechanism.release(samplingRate: samplingRate, steps: steps),
      noiseMultiplier: noiseMultiplier, historyPath: history, targetEpsilon: targetEpsilon,
      delta: delta, sampling: sampling, neighbouring: neighbouring, accountant: accountant,
      tolerance: search.tolerance, hasCurves: curves)
    let question = search.question(targetEpsilon: targetEpsilon)
    let result =
      try question.map { try searchPrivacy($0, request) } ?? accountPrivacy(request)
    Terminal.out(json ? result.json.serialized() : result.summary)
    return .met
  }
}

extension PrivacyEvent.Sampling: ExpressibleByArgument {}
extension NeighbouringRelation: ExpressibleByArgument {}
