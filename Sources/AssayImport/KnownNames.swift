/// The names under which users record facts, spelled as ``normalized(_:)`` leaves them.
///
/// MLflow and Flower fix no names for seeds, rounds, client counts or differential privacy. A fact
/// is taken from a key of these lists and from no other; the first name of a list wins.
enum KnownNames {
  /// Lower case, with `.`, `/`, `-` and spaces as `_`: `fl.clients_failed` → `fl_clients_failed`.
  static func normalized(_ key: String) -> String {
    String(
      key.lowercased().map { ["." as Character, "/", "-", " "].contains($0) ? "_" : $0 })
  }

  /// The seed of a run.
  static let seed = [
    "seed", "random_seed", "random_state", "rng_seed", "global_seed", "fl_seed", "manual_seed",
  ]
  /// The number of rounds that were planned.
  static let plannedRounds = [
    "num_rounds", "num_server_rounds", "rounds", "n_rounds", "server_rounds", "global_rounds",
    "communication_rounds", "total_rounds", "fl_rounds", "fl_num_rounds",
  ]
  /// The client that a nested run stands for.
  static let client = ["fl_client_id", "client_id", "client", "site", "cid", "client_name"]

  /// Per-round facts: the field and the metrics that record it.
  static let roundFields: [(field: RoundField, names: [String])] = [
    (.selected, prefixed(["clients_selected", "num_clients_selected", "selected_clients"])),
    (
      .completed,
      prefixed(["clients_completed", "num_clients_completed", "completed_clients"])
    ),
    (.failed, prefixed(["clients_failed", "num_clients_failed", "failed_clients", "failures"])),
    (
      .noReply,
      prefixed(["clients_no_reply", "no_reply", "clients_timed_out", "clients_dropped"])
    ),
    (.bytesUp, prefixed(["bytes_up", "comm_bytes_up", "bytes_uploaded", "upload_bytes"])),
    (
      .bytesDown,
      prefixed(["bytes_down", "comm_bytes_down", "bytes_downloaded", "download_bytes"])
    ),
    (.seconds, prefixed(["round_seconds", "round_time_seconds", "round_duration_seconds"])),
  ]

  /// Standard deviation of the noise over the clipping bound.
  static let noiseMultiplier = ["dp_noise_multiplier", "noise_multiplier"]
  /// L2 bound of one unit's contribution.
  static let clip = [
    "dp_clip_norm", "dp_clipping_norm", "dp_clip", "dp_max_grad_norm", "max_grad_norm",
    "clipping_norm", "clip_norm", "l2_norm_clip",
  ]
  /// Failure probability.
  static let delta = ["dp_delta", "target_delta", "delta"]
  /// Probability with which one unit takes part in one release.
  static let samplingRate = ["dp_sampling_rate", "dp_sample_rate"]
  /// How units are chosen.
  static let sampling = ["dp_sampling", "dp_sampling_method"]
  /// Number of releases.
  static let releases = ["dp_releases", "dp_num_releases", "dp_steps"]
  /// The mechanism.
  static let mechanism = ["dp_mechanism"]
  /// Whom the guarantee protects.
  static let privacyUnit = ["dp_unit", "privacy_unit"]
  /// What makes data sets neighbours.
  static let neighbouring = [
    "dp_neighboring", "dp_neighbouring", "dp_neighboring_relation", "dp_adjacency",
  ]
  /// Number of units.
  static let population = ["dp_population", "dp_population_size", "dp_num_units"]
  /// The accountant that a claim rests on.
  static let accountant = ["dp_accountant"]
  /// The ε that the run states.
  static let claimedEpsilon = ["dp_epsilon", "epsilon", "privacy_epsilon", "epsilon_spent"]
  /// Settings of differential privacy that need no warning though nothing is read from them.
  static let otherPrivacy = ["dp_target_epsilon", "target_epsilon", "dp_max_epsilon"]

  /// Every name that ``PrivacyKeys`` reads.
  static let privacy =
    noiseMultiplier + clip + delta + samplingRate + sampling + releases + mechanism + privacyUnit
    + neighbouring + population + accountant + claimedEpsilon + otherPrivacy

  /// Identifiers and weights that frameworks average along with metrics; their mean says nothing.
  static let identifiers: Set<String> = [
    "partition_id", "node_id", "client_id", "cid", "num_examples",
  ]

  private static func prefixed(_ names: [String]) -> [String] {
    ["", "fl_", "server_", "federated_", "comm_"].flatMap { prefix in names.map { prefix + $0 } }
  }

  /// The first member whose key is on a list.
  static func first<Value>(
    _ names: [String], in members: [(key: String, value: Value)]
  ) -> (key: String, value: Value)? {
    for name in names {
      if let member = members.first(where: { normalized($0.key) == name }) { return member }
    }
    return nil
  }
}

/// A fact about one round.
enum RoundField: CaseIterable {
  case selected, completed, failed, noReply, bytesUp, bytesDown, seconds
}
