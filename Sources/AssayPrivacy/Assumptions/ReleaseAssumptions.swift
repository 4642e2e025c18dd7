import AssayRuns

extension AssumptionJudge {
  // MARK: - What was released

  func releases() -> AssumptionCheck {
    let metrics = ["releases", "rounds_aggregated"]
    let steps = histories.map { $0.reduce(0) { $0 + $1.steps } }.max() ?? 0
    let unknown = RemainingPrivacy.notComputable(
      reason: "each further release adds to ε; how many there were is not recorded")
    if histories.allSatisfy(\.isEmpty) {
      return AssumptionCheck(.releases, .unknown, "No release is recorded.", unknown, metrics)
    }
    if let most = observed.releasesSeen.max(by: { $0.count < $1.count }) {
      let seen = "\(most.count) \(most.what)"
      if most.count > steps {
        return AssumptionCheck(
          .releases, .fails, "\(counted(steps, "release")) counted, and the records show \(seen).",
          more(most.count - steps), metrics)
      }
      return AssumptionCheck(
        .releases, .holds,
        "\(counted(steps, "release")) counted, and the records show \(seen)."
          + (isEngine ? " The engine counts each as it happens." : ""), unknown, metrics)
    }
    if isEngine {
      let reason =
        switch record.mechanism ?? .sum {
        case .sum: "The engine counts every round that was not skipped before anyone was drawn."
        case .tree: "All prefixes of the tree are one release."
        case .local:
          "Every upload of a client counts, those that were lost or late too; the one that uploaded most "
            + "often decides."
        case .example: "Every step counts; the client that trained most often decides."
        }
      return AssumptionCheck(.releases, .holds, reason, unknown, metrics)
    }
    return AssumptionCheck(
      .releases, .unknown, "Nothing but the accountant’s own history shows how many there were.",
      unknown, metrics)
  }

  /// ε with further releases like the last one.
  private func more(_ count: Int) -> RemainingPrivacy {
    let longer = headline.histories.map { history in
      guard var last = history.last else { return history }
      last.steps = count
      return history + [last]
    }
    return ChangedReleases(
      histories: longer, delta: record.delta, relation: relation, unit: record.unit
    ).account("with \(count) more like the last") { $0 }
  }

  func outputs() -> AssumptionCheck {
    let remaining = RemainingPrivacy.notComputable(
      reason: "what is given away without noise has no ε; how much it tells is not known")
    guard !observed.unnoisedOutputs.isEmpty else {
      return AssumptionCheck(
        .outputs, .unknown, "Whether metrics, checkpoints or logs were given away is not recorded.",
        remaining)
    }
    let list = observed.unnoisedOutputs.joined(separator: ", ")
    return AssumptionCheck(
      .outputs, .fails, "Written without noise: \(list).", remaining)
  }

  func randomness() -> AssumptionCheck {
    let none = headline.none("for whoever knows the seed")
    let metrics = ["noise_from_system"]
    switch record.noiseSource {
    case .seeded:
      return AssumptionCheck(
        .randomness, .fails,
        "They come from a recorded seed, as a simulation needs; whoever knows the seed can subtract the noise "
          + "from these weights.", none, metrics)
    case .system:
      return AssumptionCheck(
        .randomness, .holds, "They came from the operating system’s generator.", none, metrics)
    case .unknown:
      return AssumptionCheck(
        .randomness, .unknown, "The artifact does not say where they came from.", none, metrics)
    }
  }

  // MARK: - What else looked at the data

  func preprocessing() -> AssumptionCheck {
    let remaining = RemainingPrivacy.notComputable(
      reason: "ranges, means and categories that come from the data are a release without noise")
    let metrics = ["preprocessing_covered"]
    switch observed.isPreprocessingDeclared {
    case true?:
      return AssumptionCheck(
        .preprocessing, .holds, "Scaling and categories were declared, not learned.", remaining,
        metrics)
    case false?:
      return AssumptionCheck(
        .preprocessing, .fails, "Scaling or categories were learned from the training rows.",
        remaining,
        metrics)
    case nil:
      return AssumptionCheck(
        .preprocessing, .unknown, "The artifact does not say.", remaining, metrics)
    }
  }

  func tuning() -> AssumptionCheck {
    let metrics = ["epsilon_all_releases"]
    if let together = observed.runsTogether, together.count > 1 {
      return AssumptionCheck(
        .tuning, .fails,
        "\(together.count) private runs of this record use the data, every arm and seed counted, and ε is "
          + "quoted for one.", together.remaining, metrics)
    }
    switch observed.statedTuningRuns {
    case let runs? where runs > 1:
      let repeated = headline.histories.map { history in
        history.map { event in
          var event = event
          event.steps = event.steps.multipliedReportingOverflow(by: runs).partialValue
          return event
        }
      }
      return AssumptionCheck(
        .tuning, .fails, "The settings name \(runs) runs over the same data.",
        ChangedReleases(
          histories: repeated, delta: record.delta, relation: relation, unit: record.unit
        ).account("\(runs) runs like this one together") { $0 }, metrics)
    case .some:
      return AssumptionCheck(
        .tuning, .holds, "The settings say that no other run was tried.",
        .notComputable(reason: "it depends on how many runs there would be"), metrics)
    case nil:
      return AssumptionCheck(
        .tuning, .unknown,
        "No other run stands in this record; what was tried elsewhere is not recorded.",
        .notComputable(reason: "how many runs there were is not recorded"), metrics)
    }
  }

  func earlyStopping() -> AssumptionCheck {
    let remaining = RemainingPrivacy.notComputable(
      reason: "each look at a score without noise is a release that has no ε")
    let metrics = ["rounds_planned"]
    func result(_ verdict: AssumptionCheck.Verdict, _ reason: String) -> AssumptionCheck {
      AssumptionCheck(.earlyStopping, verdict, reason, remaining, metrics)
    }
    switch observed.stopsEarly {
    case true?: return result(.fails, "The settings turn early stopping on.")
    case false?: return result(.holds, "The settings turn early stopping off.")
    case nil: break
    }
    guard let planned = observed.plannedRounds, let recorded = observed.recordedRounds else {
      return result(.unknown, "How long training was planned to last is not recorded.")
    }
    if recorded >= planned {
      return result(.holds, "All \(planned) planned rounds or epochs ran.")
    }
    return result(
      .unknown, "\(planned) rounds or epochs were planned and \(recorded) are recorded; why is not."
    )
  }

  // MARK: - What is stated

  func claimed() -> AssumptionCheck {
    let metrics = ["epsilon_claimed", "epsilon_claim_holds", "epsilon_claim_agrees"]
    let computed = recorded.account("computed here from the recorded releases") { $0 }
    guard let claim else {
      if record.claimedEpsilon == nil {
        return AssumptionCheck(
          .claim, .holds, "No ε is stated beside the one that is computed here.", computed, metrics)
      }
      return AssumptionCheck(
        .claim, .unknown, "Too little is recorded to compute ε.", computed, metrics)
    }
    let verdict: AssumptionCheck.Verdict =
      switch claim.outcome {
      case .covered: .holds
      case .tooSmall: .fails
      case .undecided: .unknown
      }
    return AssumptionCheck(
      .claim, verdict, claim.sentence,
      .guarantee(claim.computed, condition: "computed here from the recorded releases"), metrics)
  }
}
