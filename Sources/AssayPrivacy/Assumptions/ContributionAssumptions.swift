import AssayRuns

extension AssumptionJudge {
  // MARK: - How far one unit can move the sum

  func clipping() -> AssumptionCheck {
    let metrics = ["clip", "largest_clipped_norm", "clipped_fraction"]
    let none = headline.none("without a bound on one contribution")
    func result(
      _ verdict: AssumptionCheck.Verdict, _ reason: String, _ remaining: RemainingPrivacy? = nil
    ) -> AssumptionCheck {
      AssumptionCheck(.clipping, verdict, reason, remaining ?? none, metrics)
    }
    let isComplete = observed.normsExpected > 0 && observed.normsRecorded >= observed.normsExpected
    let where_ = "\(observed.normsRecorded) of \(counted(observed.normsExpected, "release"))"
    if let norm = observed.largestNorm, let clip = record.clip, record.clipQuantile == nil {
      // Sums of 32-bit numbers round by less than this.
      if norm > clip * (1 + 1e-5) {
        let scaled = headline.account(
          "with the largest norm that is recorded in place of the clip"
        ) { $0.withSensitivity(times: norm / clip) }
        return result(
          .fails,
          "A contribution of norm \(words(norm)) is recorded after clipping, above the clip "
            + "\(words(clip)).", isComplete || isEngine ? scaled : none)
      }
      if isEngine {
        return result(
          .holds,
          "The engine clips every contribution; the largest norm after it was \(words(norm)), the clip "
            + "\(words(clip)).")
      }
      if isComplete {
        return result(
          .holds,
          "The largest norm after clipping is recorded for \(where_) and is \(words(norm)), at most the "
            + "clip \(words(clip)).")
      }
      return result(
        .unknown, "Norms after clipping are recorded for \(where_) only, all within the clip.")
    }
    if isEngine { return result(.holds, engineClips) }
    if observed.isClippedByClients {
      return result(
        .unknown, "Clipping was left to the clients, and nothing shows that they did it.")
    }
    if let fraction = observed.clippedFraction {
      return result(
        .unknown,
        "A share of \(words(fraction)) of the contributions was shortened: clipping ran, and that it bounded "
          + "every one is not recorded.")
    }
    return result(
      .unknown,
      record.clip == nil
        ? "No clip is recorded." : "A configuration cannot prove that clipping was applied.")
  }

  private var engineClips: String {
    switch record.mechanism ?? .sum {
    case .sum, .tree: "The engine clips every update before it is added."
    case .local: "Every client clips its own update before it adds noise."
    case .example: "The engine clips the gradient of every row before it is added."
    }
  }

  func cohort() -> AssumptionCheck {
    let metrics = ["noise_multiplier", "smallest_cohort", "rounds_aggregated"]
    let smallest = observed.completedCohorts.filter { $0 > 0 }.min()
    func scaled(_ planned: Double, _ smallest: Int) -> RemainingPrivacy {
      headline.account(
        "as if every release had the noise of its smallest cohort, \(smallest) of \(words(planned))"
      ) { $0.withSensitivity(times: max(1, planned / Double(smallest))) }
    }
    func result(
      _ verdict: AssumptionCheck.Verdict, _ reason: String, _ remaining: RemainingPrivacy
    ) -> AssumptionCheck { AssumptionCheck(.cohort, verdict, reason, remaining, metrics) }
    let unknown = RemainingPrivacy.notComputable(
      reason: "the cohorts behind each release are not recorded")
    if isEngine {
      let remaining: RemainingPrivacy
      if record.mechanism ?? .sum == .sum, let smallest, let planned = observed.plannedCohort {
        remaining = scaled(planned, smallest)
      } else {
        remaining = .notComputable(reason: "no cohort is a divisor of this mechanism")
      }
      return result(.holds, engineNoise, remaining)
    }
    if record.unit == .example || record.unit == nil && observed.completedCohorts.isEmpty {
      return result(
        .unknown, "The artifact does not show what the noised sums were divided by.", unknown)
    }
    guard let planned = observed.plannedCohort, let smallest else {
      return result(
        .unknown,
        observed.plannedCohort == nil
          ? "The cohort that the noise was planned for is not recorded."
          : "The artifact does not show how many completed.", unknown)
    }
    let few = observed.completedCohorts.filter { Double($0) < planned && $0 > 0 }.count
    let all = observed.completedCohorts.count
    if few > 0 {
      return result(
        .fails,
        "Noise is set for \(words(planned)), and \(few) of \(counted(all, "release")) had fewer, "
          + "\(smallest) at least: divided by those who came, each of them moved it further.",
        scaled(planned, smallest))
    }
    return result(
      .holds,
      "Noise is set for \(words(planned)), and all \(counted(all, "release")) had at least that many.",
      .notComputable(reason: "it depends on how small a cohort would be"))
  }

  private var engineNoise: String {
    switch record.mechanism ?? .sum {
    case .sum: "The sum is divided by the fixed expected cohort, never by those who reported."
    case .tree:
      "Every node of the tree has noise of its own, and sums are divided by the fixed cohort."
    case .local: "Every client adds noise to its clipped update before it is sent."
    case .example:
      "Every step’s sum of gradients gets noise, and is divided by sampling rate times rows."
    }
  }

  func weights() -> AssumptionCheck {
    let unknown = RemainingPrivacy.notComputable(reason: "the weights are not recorded")
    let metrics = ["largest_client_share"]
    if isEngine {
      let reason =
        switch record.mechanism ?? .sum {
        case .sum, .tree:
          "Every client has weight 1, and the sum is divided by the expected cohort."
        case .local: "Every update is released by itself, so its weight does not matter."
        case .example:
          "Every row has weight 1, and a step is divided by the sampling rate times the rows of the client."
        }
      return AssumptionCheck(
        .weights, .holds, reason,
        .notComputable(reason: "it depends on the weights, and there are none"), metrics)
    }
    guard let ratio = observed.weightRatio else {
      return AssumptionCheck(
        .weights, .unknown,
        "Weights by number of examples would let one \(who) move the mean further.",
        unknown, metrics)
    }
    if ratio > 1 + 1e-9 {
      return AssumptionCheck(
        .weights, .fails,
        "The heaviest \(who) had \(words(ratio)) times the mean weight of its cohort, and the noise is set "
          + "for equal ones.",
        headline.account(
          "with the largest weight over the mean weight as the move of one \(who), for a fixed divisor"
        ) { $0.withSensitivity(times: ratio) }, metrics)
    }
    return AssumptionCheck(
      .weights, .holds, "All weights that are recorded are equal within their cohort.", unknown,
      metrics)
  }

  // MARK: - Whom it protects

  func unit() -> AssumptionCheck {
    func result(
      _ verdict: AssumptionCheck.Verdict, _ reason: String, _ remaining: RemainingPrivacy? = nil
    ) -> AssumptionCheck {
      AssumptionCheck(
        .unit, verdict, reason,
        remaining
          ?? .notComputable(reason: "how many \(who)s belong to one person is not recorded"),
        ["population"])
    }
    func group(_ size: Int) -> RemainingPrivacy {
      headline.ofGroup(size, "for one person with all of \(counted(size, "row")), as a group")
    }
    switch record.unit {
    case .silo?: return result(.holds, "The unit is a whole organisation.")
    case .user?:
      return result(
        .unknown,
        "The unit is one person, and the records do not show that rows of one person were bounded.")
    case .client?:
      switch observed.clientIs {
      case "silo"?: return result(.holds, "The unit is a whole silo.")
      case "person"?: return result(.holds, "The unit is one client, and a client is a person.")
      case "device"?:
        return result(
          .unknown, "The unit is one device, and how many devices one person has is not recorded.")
      default:
        return result(
          .unknown, "The unit is one client, and the artifact does not say what a client is.")
      }
    case .example?:
      guard let rows = observed.rowsPerPerson else {
        return result(
          .unknown, "The unit is one row, and how many rows one person has is not recorded.")
      }
      return rows > 1
        ? result(
          .fails, "The unit is one row, and one person has up to \(rows) rows.", group(rows))
        : result(.holds, "The unit is one row, and no person has more than one.", group(2))
    case nil: return result(.unknown, "The unit is not recorded.")
    }
  }

  func delta() -> AssumptionCheck {
    let metrics = ["delta", "population", "delta_over_limit"]
    let unknown = RemainingPrivacy.notComputable(reason: "the number of units is not recorded")
    guard let delta = record.delta else {
      return AssumptionCheck(
        .delta, .unknown, "No δ is recorded.",
        .notComputable(reason: "no δ is recorded, and ε without δ says nothing"), metrics)
    }
    guard let population = record.population, population > 0,
      let usual = try? defaultDelta(population: population)
    else {
      return AssumptionCheck(
        .delta, .unknown, "δ is \(words(delta)), and the number of \(who)s is not recorded.",
        unknown,
        metrics)
    }
    let smaller = headline.account("at δ = \(words(min(usual, delta)))", delta: min(usual, delta)) {
      $0
    }
    let limit = 1 / Double(population)
    if delta >= limit {
      return AssumptionCheck(
        .delta, .fails,
        "δ = \(words(delta)) with \(population) \(who)s: at one over their number or above it, publishing one of "
          + "them outright would pass.", smaller, metrics)
    }
    return AssumptionCheck(
      .delta, .holds,
      delta > usual
        ? "δ = \(words(delta)) is below one over \(population), and above the usual "
          + "\(words(usual)): the smaller of 1e−5 and one over the number to the power 1.1."
        : "δ = \(words(delta)) is at most the usual \(words(usual)) for \(population) \(who)s.",
      smaller, metrics)
  }
}
