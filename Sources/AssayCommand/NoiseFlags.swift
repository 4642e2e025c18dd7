import ArgumentParser
import AssayPipeline
import AssayRuns

/// Flags of statistics with noise.
struct NoiseFlags: ParsableArguments {
  @Option(
    name: .customLong("noise-multiplier"),
    help:
      "Add noise: σ of every count over --rows-per-unit. Needs --delta, --rows-per-unit and --ledger."
  )
  var noiseMultiplier: Double?

  @Option(
    name: .customLong("rows-per-unit"), help: "The most rows of one unit; more are refused.")
  var rowsPerUnit: Int?

  @Option(name: .long, help: "Failure probability of the guarantee.")
  var delta: Double?

  @Option(
    name: .long,
    help:
      "system: real noise; seeded: a simulation, undone by whoever knows --seed. Default: system.")
  var noise: NoiseOrigin?

  @Option(name: .long, help: "Seed of seeded noise.")
  var seed: Int?

  @Option(
    name: .long,
    help: "Whom the noise protects: client or user, named by --client, or example, one row.")
  var unit: NoiseUnit?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "COLUMN=GROUP,GROUP,…: the groups to release, fixed without a look at the rows.",
      valueName: "groups"))
  var groups: [String] = []

  @Option(
    name: .long, help: "Bins of a noised histogram, a power of two from 64 to 4096. Default: 64.")
  var bins: Int?

  @Flag(
    name: .customLong("leave-out-excess-rows"),
    help: "Keep the first rows of a unit that has more than --rows-per-unit.")
  var leaveOutExcess = false

  @Option(
    name: .long,
    help: "Ledger or list of releases that is charged before the file is written; made if missing.")
  var ledger: String?

  /// Whether any flag asks for noise.
  var isGiven: Bool {
    noiseMultiplier != nil || rowsPerUnit != nil || delta != nil || noise != nil || seed != nil
      || unit != nil || !groups.isEmpty || bins != nil || leaveOutExcess || ledger != nil
  }

  /// Refuses noise that is only half described.
  func check(_ input: PredictionOptions) throws {
    for (flag, isMissing) in [
      ("--noise-multiplier", noiseMultiplier == nil), ("--rows-per-unit", rowsPerUnit == nil),
      ("--delta", delta == nil), ("--ledger", ledger == nil),
    ] where isMissing {
      throw ValidationError("expected \(flag) for statistics with noise")
    }
    if let delta, !(delta > 0 && delta < 1) {
      throw ValidationError("--delta: expected a probability between 0 and 1, found \(delta)")
    }
    switch (noise, seed) {
    case (.seeded, nil): throw ValidationError("expected --seed for --noise seeded")
    case (.system?, _?), (nil, _?):
      throw ValidationError("--seed is for --noise seeded, a simulation")
    default: break
    }
    if (unit ?? .client) != .example, input.client == nil {
      throw ValidationError(
        "expected --client, the column that names the unit, or --unit example for single rows")
    }
  }

  /// The choice for the pipeline; `nil` without noise.
  var choice: NoiseChoice? {
    guard let noiseMultiplier, let rowsPerUnit, let delta, let ledger else { return nil }
    let unit: PrivacyUnit =
      switch unit ?? .client {
      case .example: .example
      case .client: .client
      case .user: .user
      }
    return NoiseChoice(
      noiseMultiplier: noiseMultiplier, rowsPerUnit: rowsPerUnit, delta: delta, unit: unit,
      seed: noise == .seeded ? seed : nil, groups: groups, bins: bins ?? 64,
      leavesOutExcess: leaveOutExcess, ledger: ledger)
  }
}

/// Where noise comes from.
enum NoiseOrigin: String, ExpressibleByArgument, CaseIterable {
  case system, seeded
}

/// Whom noise protects.
enum NoiseUnit: String, ExpressibleByArgument, CaseIterable {
  case example, client, user
}
