import AssayEvidence
import AssayPrivacy
import AssayRuns

extension PrivacyEvidence {
  /// Parameters of the mechanism.
  func parameters(_ builder: inout EvidenceBuilder) {
    let noise = Set(record.history.map(\.noiseMultiplier))
    if let only = noise.first, noise.count == 1 {
      let planned = runs.first?.run.parameters["noise_multiplier"]?.double
      builder.quantity(
        "noise_multiplier", arm, "Noise multiplier",
        record.mechanism == .tree ? planned ?? only : only,
        .number, source: source,
        note: record.mechanism == .tree
          ? "of a node; all nodes together are accounted as one release with "
            + PrintedNumber.text(only, .number) : nil)
    } else {
      builder.missing(
        "noise_multiplier", arm, "Noise multiplier",
        noise.isEmpty ? "not recorded" : "it changed between releases", unit: .number,
        source: source)
    }
    let rates = Set(record.history.map(\.samplingRate))
    if let only = rates.first, rates.count == 1 {
      builder.quantity("sampling_rate", arm, "Sampling rate", only, .number, source: source)
    }
    if let clip = record.clip {
      let isOfRows = isEngine && record.unit == .example
      builder.quantity(
        "clip", arm, "Clip (L2 bound of one \(isOfRows ? "row’s gradient" : "update"))", clip,
        .number,
        source: source,
        note: record.clipQuantile.map {
          "the first one; it then follows the \($0) quantile of the norms"
        })
    } else {
      builder.missing("clip", arm, "Clip", "not recorded", unit: .number, source: source)
    }
    let releases =
      (histories.isEmpty ? [record.history] : histories)
      .map { $0.reduce(0) { $0 + $1.steps } }.max() ?? 0
    builder.count(
      "releases", arm, "Releases of one run", releases, source: source,
      note: record.mechanism?.releaseNote)
    guard let population = record.population else {
      builder.missing(
        "population", arm, "Units", "the number of units is not recorded", unit: .count,
        source: source)
      if let delta = record.delta {
        builder.quantity("delta", arm, "δ", delta, .probability, source: source)
      }
      return
    }
    builder.count("population", arm, "Units", population, source: source)
    if let reason = record.simulationReason {
      builder.missing(
        "delta_over_limit", arm, "δ over min(1e−5, 1/N^1.1)", reason, unit: .number, source: source)
    } else if let delta = record.delta {
      builder.quantity("delta", arm, "δ", delta, .probability, source: source)
      if let limit = try? defaultDelta(population: population) {
        builder.quantity(
          "delta_over_limit", arm, "δ over min(1e−5, 1/N^1.1)", delta / limit, .number,
          source: source)
      }
    }
    if let only = noise.first, noise.count == 1, let rate = rates.first, rates.count == 1,
      let clip = record.clip, isEngine, record.mechanism ?? .sum == .sum,
      record.clipQuantile == nil, record.simulatedCohort == nil,
      let noise = try? noisePerCoordinate(
        noiseMultiplier: only, clip: clip, samplingRate: rate, population: population)
    {
      builder.quantity(
        "noise_per_coordinate", arm, "Noise per coordinate of the mean", noise, .number,
        source: source, note: "noise multiplier × clip / (sampling rate × units)")
    }
  }

  /// What must hold for the guarantee, as yes or no.
  ///
  /// All but the first say what the checks of ``AssumptionCheck`` found, under the names that checklists ask.
  func flags(_ builder: inout EvidenceBuilder, _ checks: [AssumptionCheck]) {
    let isComplete =
      record.delta != nil && record.unit != nil && record.neighbouring != nil
      && !record.history.isEmpty && record.clip != nil
    var gaps: [String] = []
    if record.delta == nil { gaps.append("δ") }
    if record.unit == nil { gaps.append("the unit") }
    if record.neighbouring == nil { gaps.append("the neighbouring relation") }
    if record.clip == nil { gaps.append("the clip") }
    if record.history.isEmpty { gaps.append("the releases") }
    builder.flag(
      "privacy_statement_complete", arm, "Unit, relation, mechanism, δ and sampling are recorded",
      isComplete, source: source,
      note: gaps.isEmpty ? nil : "not recorded: \(gaps.joined(separator: ", "))")
    func verdict(_ metric: String, _ title: String, _ assumptions: [PrivacyAssumption]) {
      let found = assumptions.compactMap { wanted in checks.first { $0.assumption == wanted } }
      let gravest =
        found.first { $0.verdict == .fails } ?? found.first { $0.verdict == .unknown }
        ?? found.first
      guard let gravest else { return }
      add(gravest, as: EvidenceID(metric, arm: arm), title, to: &builder)
    }
    verdict("sampling_as_accounted", "Sampling ran as accounted", [.sampling, .samplingRate])
    verdict("noise_as_planned", "Noise was added as accounted", [.cohort])
    verdict(
      "unit_protects_people", "The unit of privacy is not smaller than a person", [.unit])
    verdict("noise_from_system", "Noise came from the system's generator", [.randomness])
    verdict(
      "preprocessing_covered", "Scaling and categories were declared, not learned", [.preprocessing]
    )
    clippedFraction(&builder)
  }

  private func clippedFraction(_ builder: inout EvidenceBuilder) {
    if isEngine, record.mechanism == .example {
      var counts: (clipped: Int, all: Int) = (0, 0)
      for (_, run) in runs {
        counts.clipped += run.details["clipped_rows"]?.integer ?? 0
        counts.all += run.details["examples_processed"]?.integer ?? 0
      }
      if counts.all > 0 {
        builder.quantity(
          "clipped_fraction", arm, "Share of rows’ gradients that the clip shortened",
          Double(counts.clipped) / Double(counts.all), .fraction, source: source,
          note: "over all steps and seeds")
      } else {
        builder.missing(
          "clipped_fraction", arm, "Share of rows’ gradients that the clip shortened",
          "no row joined a step", unit: .fraction, source: source)
      }
      return
    }
    let fractions = runs.flatMap { $0.run.rounds.compactMap(\.clippedFraction) }
    if fractions.isEmpty {
      builder.missing(
        "clipped_fraction", arm, "Share of updates that the clip shortened",
        "the run records do not say", unit: .fraction, source: source)
    } else {
      builder.quantity(
        "clipped_fraction", arm, "Share of updates that the clip shortened",
        fractions.reduce(0, +) / Double(fractions.count), .fraction, source: source,
        note: "mean over rounds")
    }
  }
}
