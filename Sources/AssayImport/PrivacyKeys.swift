import AssayFiles
import AssayRuns

/// Differential privacy as recorded in settings, under names that ``KnownNames`` lists.
struct PrivacyKeys {
  private let settings: [(key: String, value: JSONValue)]

  init(_ settings: JSONObject) { self.settings = settings.members }

  var noiseMultiplier: Double? { number(KnownNames.noiseMultiplier).flatMap { $0 >= 0 ? $0 : nil } }
  var clip: Double? { number(KnownNames.clip).flatMap { $0 > 0 ? $0 : nil } }
  var delta: Double? { number(KnownNames.delta).flatMap { $0 > 0 && $0 < 1 ? $0 : nil } }
  var samplingRate: Double? {
    number(KnownNames.samplingRate).flatMap { $0 > 0 && $0 <= 1 ? $0 : nil }
  }
  var releases: Int? { number(KnownNames.releases).flatMap { Int(exactly: $0) } }
  var population: Int? { number(KnownNames.population).flatMap { Int(exactly: $0) } }
  var claimedEpsilon: Double? { number(KnownNames.claimedEpsilon) }
  var accountant: String? { KnownNames.first(KnownNames.accountant, in: settings)?.value.string }

  /// `gaussian…` or `laplace…`; `nil` when another one or none is named.
  var mechanism: PrivacyEvent.Mechanism? {
    guard let name = word(KnownNames.mechanism) else { return nil }
    return PrivacyEvent.Mechanism.allCases.first { name.hasPrefix($0.rawValue) }
  }
  /// The mechanism's name, where one is recorded.
  var mechanismName: String? { word(KnownNames.mechanism) }

  var sampling: PrivacyEvent.Sampling? { word(KnownNames.sampling).flatMap(samplingNamed) }
  var neighbouring: NeighbouringRelation? {
    word(KnownNames.neighbouring).flatMap(neighbouringNamed)
  }
  var unit: PrivacyUnit? {
    switch word(KnownNames.privacyUnit) {
    case "client": .client
    case "user", "person": .user
    case "silo": .silo
    case "example", "record", "row", "sample": .example
    default: nil
    }
  }

  /// Keys that look like differential privacy and are on no list.
  var unread: [String] {
    settings.map(\.key).filter { key in
      let name = KnownNames.normalized(key)
      let looksPrivate =
        name.hasPrefix("dp_") || name.contains("privacy") || name.contains("epsilon")
        || name == "sigma"
      return looksPrivate && !KnownNames.privacy.contains(name)
    }
  }

  private func number(_ names: [String]) -> Double? {
    guard let value = KnownNames.first(names, in: settings)?.value else { return nil }
    return value.double.flatMap { $0.isFinite ? $0 : nil }
  }

  private func word(_ names: [String]) -> String? {
    KnownNames.first(names, in: settings)?.value.string.map(KnownNames.normalized)
  }
}

/// The sampling that a tool's word means: Flower's and Opacus' names, in normalised spelling.
func samplingNamed(_ name: String) -> PrivacyEvent.Sampling? {
  switch KnownNames.normalized(name) {
  case "no_amplification", "none", "full": PrivacyEvent.Sampling.none
  case "poisson": .poisson
  case "fixed", "without_replacement", "fixed_size": .fixed
  default: nil
  }
}

/// The relation that a tool's word means.
func neighbouringNamed(_ name: String) -> NeighbouringRelation? {
  switch KnownNames.normalized(name) {
  case "add_or_remove_one", "add_remove", "add_or_remove": .addOrRemoveOne
  case "replace_one", "replace", "substitute_one": .replaceOne
  case "zero_out", "zeroed_out": .zeroOut
  default: nil
  }
}

/// Merges equal neighbours; a count beyond `Int` stays apart.
func merged(_ events: [PrivacyEvent]) -> [PrivacyEvent] {
  var result: [PrivacyEvent] = []
  for event in events {
    if let last = result.last {
      var same = event
      same.steps = last.steps
      let (steps, overflow) = last.steps.addingReportingOverflow(event.steps)
      if same == last, !overflow {
        result[result.count - 1].steps = steps
        continue
      }
    }
    result.append(event)
  }
  return result
}
