import AssayFiles
import AssayPrivacy
import AssayRuns

/// Reads from run records what ``PrivacyObservations`` asks: counts of rounds, norms, weights, settings.
extension PrivacyEvidence {
  /// What the records of this arm show.
  var observed: PrivacyObservations {
    var observed = PrivacyObservations()
    observed.isEngine = isEngine
    observed.isParticipationHidden = isParticipationHidden
    observed.isPreprocessingDeclared = isPreprocessingCovered
    observed.runsTogether = together
    observed.rowsPerPerson = rowsPerPerson
    if isEngine {
      observed.clientIs = clientIs
      ofEngine(&observed)
    } else {
      ofArtifact(&observed)
    }
    return observed
  }

  /// Rounds that released something.
  private var released: [Round] {
    runs.flatMap { $0.run.rounds.filter { $0.aggregated ?? (($0.completed ?? 0) > 0) } }
  }

  private func mostReleased() -> Int {
    runs.map { entry in
      entry.run.rounds.count { $0.aggregated ?? (($0.completed ?? 0) > 0) }
    }.max() ?? 0
  }

  private func ofEngine(_ observed: inout PrivacyObservations) {
    let mechanism = record.mechanism ?? .sum
    if mechanism == .sum {
      observed.sampleSizes = released.compactMap(\.selected)
      observed.completedCohorts = released.compactMap(\.completed)
      if let population = record.population, let rate = record.history.first?.samplingRate {
        observed.plannedCohort = rate * Double(population)
      }
      if !released.isEmpty {
        observed.releasesSeen = [.init(mostReleased(), "rounds that changed the model")]
      }
    }
    if mechanism == .sum || mechanism == .tree {
      observed.largestNorm = runs.compactMap { $0.run.details["largest_clipped_norm"]?.double }
        .max()
    }
    observed.unnoisedOutputs = [
      "metrics by round", "results of the evaluation", "the records of runs",
    ]
    let planned = runs.compactMap { $0.run.parameters["rounds"]?.integer }
    if planned.count == runs.count {
      observed.plannedRounds = planned.max()
      observed.recordedRounds = runs.map(\.run.rounds.count).min()
    }
  }

  private func ofArtifact(_ observed: inout PrivacyObservations) {
    guard let run = runs.first?.run else { return }
    let settings = RecordedSettings(run: run)
    let details = run.details["privacy"]
    samples(run, settings, details, &observed)
    norms(run, settings, &observed)
    observed.isClippedByClients = details?["clipped_by_clients"]?.bool == true
    observed.weightRatio = details?["weight_ratio"]?.double
    observed.rowsPerPerson =
      observed.rowsPerPerson ?? settings.integer(RecordedSettings.rowsPerPerson)
    observed.statedTuningRuns = settings.integer(RecordedSettings.tuningRuns)
    observed.stopsEarly =
      settings.flag(RecordedSettings.earlyStopping)
      ?? settings.number(RecordedSettings.patience).map { $0 > 0 }
    if record.unit == .example,
      let epochs = settings.integer(["epochs", "num_epochs", "n_epochs"]),
      let logged = run.details["epochs_logged"]?.integer
    {
      observed.plannedRounds = epochs
      observed.recordedRounds = logged
    } else if !run.rounds.isEmpty {
      observed.plannedRounds = settings.integer(RecordedSettings.rounds)
      observed.recordedRounds = run.rounds.count
    }
    let withMetrics = run.rounds.count { !$0.metrics.isEmpty }
    if withMetrics > 0 { observed.unnoisedOutputs.append("metrics of \(withMetrics) rounds") }
    if let epochs = run.details["epochs_logged"]?.integer, epochs > 0 {
      observed.unnoisedOutputs.append("the training log of \(epochs) epochs")
    }
    if !run.metrics.isEmpty { observed.unnoisedOutputs.append("final metrics") }
    if let clients = run.details["clients"]?.array, !clients.isEmpty {
      observed.unnoisedOutputs.append("who took part, for \(clients.count) clients")
    }
  }

  /// How samples were drawn and how many releases there were.
  private func samples(
    _ run: Run, _ settings: RecordedSettings, _ details: JSONValue?,
    _ observed: inout PrivacyObservations
  ) {
    observed.statesPoisson = settings.flag(RecordedSettings.poisson)
    observed.accountedRate = details?["accounted_sampling_rate"]?.double
    if record.unit == .example {
      observed.sampleSizes = details?["batch_sizes"]?.array?.compactMap(\.integer) ?? []
      observed.plannedSample = settings.number(RecordedSettings.batch)
      if let steps = settings.integer(["steps", "num_steps", "total_steps"]) {
        observed.releasesSeen.append(.init(steps, "steps in the settings"))
      }
      let rates = Set(record.history.map(\.samplingRate))
      let rate = observed.accountedRate ?? (rates.count == 1 ? rates.first : nil)
      // An epoch has as many whole steps as samples fit into the rows.
      if let epochs = run.details["epochs_logged"]?.integer, epochs > 0, let rate, rate > 1e-9,
        rate < 1
      {
        let (steps, overflow) = epochs.multipliedReportingOverflow(
          by: Int((1 / rate + 1e-9).rounded(.down)))
        if !overflow {
          observed.releasesSeen.append(.init(steps, "steps of \(epochs) logged epochs"))
        }
      }
      return
    }
    let asked = run.rounds.compactMap(\.selected)
    observed.sampleSizes = asked
    observed.completedCohorts = released.compactMap(\.completed)
    observed.plannedSample = details?["sample_size"]?.double
    observed.plannedCohort =
      observed.plannedSample ?? (Set(asked).count == 1 ? asked.first.map(Double.init) : nil)
    if !released.isEmpty {
      observed.releasesSeen.append(.init(mostReleased(), "rounds that changed the model"))
    }
    if let lines = details?["noise_additions"]?.integer {
      observed.releasesSeen.append(.init(lines, "additions of noise in the log"))
    }
  }

  private func norms(
    _ run: Run, _ settings: RecordedSettings, _ observed: inout PrivacyObservations
  ) {
    let found = settings.metrics(RecordedSettings.clippedNorm)
    observed.largestNorm = (found.rounds + [found.whole].compactMap { $0 }).max()
    observed.normsRecorded = found.rounds.count
    observed.normsExpected = released.count
    // A norm of the whole run is the largest of all its releases.
    if found.rounds.isEmpty, found.whole != nil, released.isEmpty {
      observed.normsRecorded = 1
      observed.normsExpected = 1
    }
    let shares = run.rounds.compactMap(\.clippedFraction)
    let metric = settings.metrics(RecordedSettings.clippedFraction)
    observed.clippedFraction =
      shares.isEmpty
      ? metric.whole ?? metric.rounds.max() : shares.reduce(0, +) / Double(shares.count)
  }

  /// Numbers of releases that the records name beside the history: what a claim may have been computed for.
  var otherSteps: [(steps: Int, what: String)] {
    guard let run = runs.first?.run else { return [] }
    var found = observed.releasesSeen.map { (steps: $0.count, what: $0.what) }
    if let epochs = run.details["epochs_logged"]?.integer { found.append((epochs, "epochs")) }
    if !run.rounds.isEmpty { found.append((run.rounds.count, "rounds")) }
    if let planned = observed.plannedRounds { found.append((planned, "planned rounds or epochs")) }
    var seen = Set<Int>()
    return found.filter { seen.insert($0.steps).inserted }
  }
}
