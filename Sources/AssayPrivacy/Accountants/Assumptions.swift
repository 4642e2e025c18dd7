import AssayRuns

/// The sentences that must be true for a guarantee to hold; the accounting itself cannot check them.
enum Assumptions {
  static func sentences(
    history: [PrivacyEvent], ledger: ReleaseLedger, neighbouring: NeighbouringRelation,
    unit: PrivacyUnit?
  ) -> [String] {
    let events = history.filter { $0.steps > 0 }
    if events.isEmpty { return ["Nothing was released."] }
    let who = name(unit)
    var sentences: [String] = []
    if ledger.hasNoiselessRelease {
      sentences.append("At least one release carries no noise, so no finite ε holds.")
    }
    sentences += AssumptionsOfMechanisms(who: who).sentences(events)
    sentences += sampling(events, neighbouring, who)
    sentences.append(relation(neighbouring, who))
    let releases = events.reduce(0.0) { $0 + Double($1.steps) }
    sentences.append(
      "Nothing else computed from the data is released: "
        + (releases == 1 ? "the one release is" : "all \(count(releases)) are") + " counted here.")
    sentences.append(
      "Noise and sampling come from an unpredictable generator, and rounding of the released "
        + "numbers reveals nothing further.")
    return sentences
  }

  private static func sampling(
    _ events: [PrivacyEvent], _ neighbouring: NeighbouringRelation, _ who: String
  ) -> [String] {
    var sentences: [String] = []
    let poisson = events.filter { $0.sampling == .poisson && $0.samplingRate < 1 }
    if !poisson.isEmpty {
      sentences.append(
        "Each \(who) really joins each release independently with probability "
          + "\(range(poisson.map(\.samplingRate))) (Poisson sampling), and who joined stays secret; "
          + "shuffled or fixed-size batches are not Poisson sampling.")
    }
    let fixed = events.filter { $0.sampling == .fixed && $0.samplingRate < 1 }
    if !fixed.isEmpty {
      let rates = range(fixed.map(\.samplingRate))
      switch neighbouring {
      case .replaceOne:
        sentences.append(
          "Each release really draws exactly a fraction of \(rates) without replacement, uniformly "
            + "and independently of other releases, and who was drawn stays secret.")
      case .addOrRemoveOne:
        sentences.append(
          "Fixed-size sampling (fraction \(rates)) is accounted without amplification, and with twice "
            + "the sensitivity: without the \(who) another one takes its place in the sample.")
      case .zeroOut:
        sentences.append(
          "Fixed-size sampling (fraction \(rates)) is accounted without amplification.")
      }
    }
    if events.contains(where: { $0.sampling == .none && $0.samplingRate < 1 }) {
      sentences.append(
        "Where no sampling is recorded, every \(who) counts as taking part, whatever the rate.")
    }
    return sentences
  }

  private static func relation(_ neighbouring: NeighbouringRelation, _ who: String) -> String {
    switch neighbouring {
    case .addOrRemoveOne:
      "The guarantee compares data sets that differ by adding or removing one \(who)."
    case .replaceOne:
      "The guarantee compares data sets in which one \(who) is replaced by another, which moves the "
        + "sum by up to twice the clipping bound."
    case .zeroOut:
      "The guarantee compares data sets in which the contribution of one \(who) is set to zero."
    }
  }

  /// The unit as a noun.
  static func name(_ unit: PrivacyUnit?) -> String {
    switch unit {
    case .example: "row"
    case .client: "client"
    case .user: "person"
    case .silo: "organisation"
    case nil: "unit"
    }
  }

  static func range(_ values: [Double]) -> String {
    let low = values.min() ?? 0
    let high = values.max() ?? 0
    return low == high ? "\(low)" : "between \(low) and \(high)"
  }

  private static func count(_ releases: Double) -> String {
    let text = releases < 1e15 ? "\(Int(releases))" : "\(releases)"
    return releases == 1 ? "1 release" : "\(text) releases"
  }
}
