import AssayRuns
import AssayStatistics

extension AssumptionJudge {
  // MARK: - How samples were drawn

  func sampling() -> AssumptionCheck {
    let plain = recorded.unsampled("as if every unit took part in each release")
    func result(
      _ verdict: AssumptionCheck.Verdict, _ reason: String, _ remaining: RemainingPrivacy
    ) -> AssumptionCheck {
      AssumptionCheck(
        .sampling, verdict, reason, remaining, ["sampling_rate", "clients_selected", "population"])
    }
    guard isSampled else { return unsampled(result, plain) }
    if observed.statesPoisson == false {
      return result(
        .fails, "The settings say that samples were not Poisson samples, and Poisson is accounted.",
        withoutAmplification)
    }
    if isEngine, record.mechanism == .example {
      return result(
        .holds,
        "The engine draws one number for each row and step, so each row joins by itself with the stated "
          + "probability.", plain)
    }
    let isFixed = histories.contains { $0.contains { $0.sampling == .fixed && $0.isSampled } }
    if isFixed { return fixedSize(result, plain) }
    if let test = cohortSizes {
      let seen = sizesInWords(test)
      let expected = "\(words(Double(test.population))) times rate \(words(test.rate))"
      if test.regularity < CohortSizes.threshold {
        let isRange = test.rangeProbability < CohortSizes.threshold
        let how =
          isRange
          ? "(exact, of all within that range)" : "(χ² approximation, of so little spread)"
        return result(
          .fails,
          "\(seen). Poisson samples of \(expected) do so with probability "
            + "\(words(isRange ? test.rangeProbability : test.regularity)) \(how): the size was fixed.",
          withoutAmplification)
      }
      if isEngine {
        return result(
          .holds,
          "The engine draws one number for each client and round. \(seen), which Poisson samples do with "
            + "probability \(words(test.rangeProbability)).", plain)
      }
      return result(
        .unknown,
        "\(seen), which Poisson samples do with probability \(words(test.rangeProbability)): compatible, "
          + "and no proof that each \(who) was drawn by itself.", plain)
    }
    if isEngine {
      return result(.holds, "The engine draws one number for each client and round.", plain)
    }
    return result(.unknown, "The artifact does not show how \(who)s were chosen.", plain)
  }

  /// Nothing is amplified, so nothing rests on how samples were drawn, with one exception.
  private func unsampled(
    _ result: (AssumptionCheck.Verdict, String, RemainingPrivacy) -> AssumptionCheck,
    _ plain: RemainingPrivacy
  ) -> AssumptionCheck {
    if let rate = observed.accountedRate, rate < 1, observed.statesPoisson == false {
      return result(
        .fails,
        "The artifact’s accountant counts Poisson samples at rate \(words(rate)), and its settings say that "
          + "samples were drawn otherwise; no amplification is counted here.", withoutAmplification)
    }
    if let size = constantSize, let population = record.population, size < population,
      relation == .addOrRemoveOne
    {
      return result(
        .holds,
        "No amplification is counted. Each of \(counted(observed.sampleSizes.count, "round")) asked \(size) "
          + "of \(population): where another takes the place of the one removed, the sum moves twice as far.",
        fixedSamples(Double(size) / Double(population)))
    }
    return result(
      .holds, "No amplification is counted: every release counts as if every \(who) took part.",
      plain)
  }

  /// Fixed-size sampling is accounted; constant sizes are compatible with it, others are not.
  private func fixedSize(
    _ result: (AssumptionCheck.Verdict, String, RemainingPrivacy) -> AssumptionCheck,
    _ plain: RemainingPrivacy
  ) -> AssumptionCheck {
    let sizes = observed.sampleSizes
    guard let low = sizes.min(), let high = sizes.max(), sizes.count > 1 else {
      return result(.unknown, "The artifact does not show how \(who)s were chosen.", plain)
    }
    if low == high {
      return result(
        .unknown,
        "Each of \(sizes.count) rounds asked \(low), as samples of a fixed size do; that they were drawn "
          + "evenly is not recorded.", plain)
    }
    return result(
      .fails,
      "Samples of a fixed size are accounted, and \(sizes.count) rounds asked from \(low) to \(high).",
      plain)
  }

  /// What is left when samples were not Poisson samples: no amplification, and under add-or-remove-one twice
  /// the move, since in a sample of fixed size another unit takes the place of the one that is removed.
  var withoutAmplification: RemainingPrivacy {
    let rate =
      constantSize.flatMap { size in record.population.map { Double(size) / Double($0) } }
      ?? observed.accountedRate ?? rate ?? 1
    return fixedSamples(rate)
  }

  /// The releases as samples of a fixed size.
  private func fixedSamples(_ rate: Double) -> RemainingPrivacy {
    func fixed(_ event: PrivacyEvent) -> PrivacyEvent {
      var changed = event
      changed.sampling = .fixed
      changed.samplingRate = min(rate, 1)
      return changed
    }
    var condition = "as samples of a fixed size, "
    switch relation {
    case .addOrRemoveOne:
      condition +=
        "without amplification and with twice the move: another takes the place of the one removed"
    case .zeroOut: condition += "without amplification"
    case .replaceOne: condition += "drawn without replacement"
    }
    if relation != .replaceOne, rate < 1,
      let replaced = recorded.account("", relation: .replaceOne, fixed).epsilon, replaced.isFinite
    {
      condition += "; under replace-one, drawn evenly without replacement, ε is \(words(replaced))"
    }
    return recorded.account(condition, fixed)
  }

  /// The size of every sample, where they are all equal and there are two or more.
  private var constantSize: Int? {
    let sizes = observed.sampleSizes
    guard sizes.count > 1, let first = sizes.first, sizes.allSatisfy({ $0 == first }) else {
      return nil
    }
    return first
  }

  /// The test of the recorded sizes; `nil` where there is nothing to test.
  var cohortSizes: CohortSizes? {
    guard let population = record.population, let rate else { return nil }
    return CohortSizes(sizes: observed.sampleSizes, population: population, rate: rate)
  }

  private func sizesInWords(_ test: CohortSizes) -> String {
    let range = test.range
    let sizes =
      range.lowerBound == range.upperBound
      ? "\(range.lowerBound) each time" : "from \(range.lowerBound) to \(range.upperBound)"
    return "\(test.sizes.count) samples of \(test.population) \(who)s had \(sizes)"
  }

  // MARK: - How often

  func samplingRate() -> AssumptionCheck {
    let metrics = ["sampling_rate", "population", "clients_selected"]
    func result(
      _ verdict: AssumptionCheck.Verdict, _ reason: String, _ other: Double? = nil
    ) -> AssumptionCheck {
      let remaining =
        other.map { actual in
          recorded.account("at the sampling rate \(words(actual))") { event in
            var changed = event
            if event.isSampled { changed.samplingRate = min(1, actual) }
            return changed
          }
        } ?? recorded.unsampled("as if every unit took part in each release")
      return AssumptionCheck(.samplingRate, verdict, reason, remaining, metrics)
    }
    guard isSampled else {
      return result(.holds, "No sampling rate enters ε: every \(who) counts as taking part.")
    }
    guard let rate else { return result(.unknown, "The rate changed between releases.") }
    if let test = cohortSizes {
      let seen = "\(words(test.observedRate * Double(test.population))) of \(test.population)"
      let limit = 4.753424308822899  // the normal quantile whose upper tail is 1e-6
      if test.excess > limit {
        return result(
          .fails,
          "\(test.sizes.count) samples had \(seen) \(who)s on average, more than rate \(words(rate)) gives "
            + "(\(words(test.excess)) standard deviations).", test.observedRate)
      }
      return result(
        .holds,
        "\(test.sizes.count) samples had \(seen) \(who)s on average; rate \(words(rate)) gives "
          + "\(words(rate * Double(test.population))).")
    }
    if let planned = observed.plannedSample, let population = record.population, population > 0 {
      // Tools round the size of a sample to a whole number, or the number of samples of an epoch up.
      let steps = (Double(population) / max(planned, 1)).rounded(.up)
      let least = min(planned - 1, Double(population) / max(steps, 1))
      let sizes = "a sample of \(words(planned)) out of \(population) \(who)s"
      if rate * Double(population) < least * (1 - 1e-9) {
        return result(
          .fails, "Rate \(words(rate)) is accounted, and the settings name \(sizes).",
          planned / Double(population))
      }
      return result(.holds, "Rate \(words(rate)) is accounted, and the settings name \(sizes).")
    }
    if isEngine {
      return result(.holds, "The engine draws with the rate that it accounts.")
    }
    return result(
      .unknown,
      record.population == nil
        ? "The number of \(who)s is not recorded." : "The size of a sample is not recorded.")
  }

  // MARK: - Who sees it

  func participation() -> AssumptionCheck {
    let plain = recorded.unsampled("whoever sees who takes part")
    let metrics = ["epsilon_without_amplification"]
    guard isSampled else {
      return AssumptionCheck(
        .participation, .holds,
        "No amplification is counted, so nothing rests on who is seen to take part.", plain, metrics
      )
    }
    if record.mechanism == .example {
      return AssumptionCheck(
        .participation, .holds,
        "Rows are drawn inside the client, and neither draws nor counts leave it.", plain, metrics)
    }
    if observed.isParticipationHidden {
      return AssumptionCheck(
        .participation, .unknown,
        record.unit == .example
          ? "Batches of one trainer are not published as a rule; no record can prove it."
          : "It is stated, and no run record can prove it.", plain, metrics)
    }
    return AssumptionCheck(
      .participation, .fails,
      "Participation is assumed visible, as is usual between organisations.", plain, metrics)
  }
}
