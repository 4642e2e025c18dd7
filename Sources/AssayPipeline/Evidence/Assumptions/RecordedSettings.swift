import AssayFiles
import AssayRuns

/// Settings and metrics of an ingested run that bear on what its guarantee rests on, under the names that
/// users give them. A fact is taken from a name of these lists and from no other.
struct RecordedSettings {
  let run: Run

  /// Names are compared in lower case, with `.`, `/`, `-` and spaces as `_`.
  static func normalized(_ name: String) -> String {
    String(name.lowercased().map { ["." as Character, "/", "-", " "].contains($0) ? "_" : $0 })
  }

  /// The largest norm of a contribution after clipping, as a metric.
  static let clippedNorm = [
    "max_clipped_norm", "clipped_norm_max", "max_post_clip_norm", "post_clip_norm_max",
    "max_clipped_update_norm", "clipped_update_norm_max", "norm_after_clipping_max",
  ]
  /// Share of contributions that were shortened, as a metric.
  static let clippedFraction = ["clipped_fraction", "fraction_clipped", "clip_fraction"]
  /// Rows that one person can have.
  static let rowsPerPerson = [
    "rows_per_person", "max_rows_per_person", "dp_rows_per_person", "examples_per_user",
    "max_examples_per_user", "examples_per_person", "max_examples_per_person", "records_per_user",
    "records_per_person",
  ]
  /// Runs that were tried before this one was chosen, this one included.
  static let tuningRuns = [
    "dp_tuning_runs", "tuning_runs", "n_trials", "num_trials", "tuning_trials", "hpo_trials",
  ]
  /// Whether training could stop when a score said so.
  static let earlyStopping = ["early_stopping", "early_stop", "use_early_stopping"]
  /// How long a score may fail to improve; 0 for ever.
  static let patience = ["early_stopping_patience", "patience"]
  /// Rounds that were planned.
  static let rounds = [
    "num_rounds", "num_server_rounds", "rounds", "n_rounds", "server_rounds", "global_rounds",
    "communication_rounds", "total_rounds", "fl_rounds", "fl_num_rounds",
  ]
  /// Whether samples were Poisson samples.
  static let poisson = ["poisson_sampling", "dp_poisson_sampling"]
  /// The expected size of a sample of rows, the surest first.
  static let batch = ["expected_batch_size", "batch_size"]

  /// The value of a setting, from the first name of a list that is there.
  private func value(_ names: [String]) -> JSONValue? {
    for name in names {
      for (key, value) in run.parameters.members where Self.normalized(key) == name {
        return value
      }
    }
    return nil
  }

  func integer(_ names: [String]) -> Int? { number(names).flatMap { Int(exactly: $0) } }

  func number(_ names: [String]) -> Double? {
    guard let value = value(names) else { return nil }
    return (value.double ?? value.string.flatMap { Double($0) }).flatMap { $0.isFinite ? $0 : nil }
  }

  func flag(_ names: [String]) -> Bool? {
    guard let value = value(names) else { return nil }
    if let flag = value.bool { return flag }
    switch value.string?.lowercased() {
    case "true", "yes", "on": return true
    case "false", "no", "off": return false
    default: return nil
    }
  }

  /// The metric of every round that has one of these names, and that of the whole run.
  func metrics(_ names: [String]) -> (rounds: [Double], whole: Double?) {
    func first(_ metrics: [String: Double]) -> Double? {
      for name in names {
        let found = metrics.filter { Self.normalized($0.key) == name }.values.max()
        if let found { return found }
      }
      return nil
    }
    return (run.rounds.compactMap { first($0.metrics) }, first(run.metrics))
  }
}
