import ArgumentParser
import AssayRuns

/// Flags of `assay account` that describe a release beyond its noise.
struct AccountMechanismOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      PrivacyEvent.Mechanism.allCases.map(\.rawValue).joined(separator: ", ") + "."))
  var mechanism: PrivacyEvent.Mechanism = .gaussian

  @Option(
    name: .long,
    help: "Discrete noise: how far one unit moves the whole number. Default: 1.")
  var sensitivity: Int?

  @Option(name: .long, help: "Randomised response: number of answers.")
  var buckets: Int?

  @Option(
    name: .long,
    help: "Randomised response: probability that an answer is replaced by an even draw.")
  var probability: Double?

  @Option(name: .long, help: "Tree aggregation: rounds of one tree; --steps counts trees.")
  var leaves: Int?

  @Option(
    name: .customLong("column-norm"),
    help: "Banded matrix factorisation: largest norm of a column of the strategy matrix.")
  var columnNorm: Double?

  @Option(
    name: .long,
    help: "Banded matrix factorisation: rounds of one run in which a unit takes part. Default: 1.")
  var participations: Int?

  @Option(name: .customLong("release-epsilon"), help: "Opaque release: its own ε.")
  var epsilon: Double?

  @Option(name: .customLong("release-delta"), help: "Opaque release: its own δ. Default: 0.")
  var delta: Double?

  /// Whether the mechanism is described without a noise multiplier.
  var hasNoNoise: Bool { mechanism == .randomizedResponse || mechanism == .opaque }

  /// The release with rate and steps, and noise of 1.
  func release(samplingRate: Double, steps: Int) -> PrivacyEvent {
    PrivacyEvent(
      mechanism: mechanism, samplingRate: samplingRate, steps: steps, sensitivity: sensitivity,
      buckets: buckets, probability: probability, leaves: leaves, columnNorm: columnNorm,
      participations: participations, epsilon: epsilon, delta: delta)
  }
}

extension PrivacyEvent.Mechanism: ExpressibleByArgument {
  /// The name; `_` may stand for `-`.
  public init?(argument: String) {
    self.init(rawValue: String(argument.map { $0 == "_" ? "-" : $0 }))
  }
}
