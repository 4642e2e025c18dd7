import AssayFiles
import AssayRuns

extension MLflowRecord {
  /// Reads what the parameters record about differential privacy.
  ///
  /// A record is made only from a noise multiplier above 0 under a name of ``KnownNames``. What the
  /// run does not say is not guessed: without a recorded sampling rate nothing is amplified, and
  /// without a recorded number of releases each round with a completed client counts as one.
  func readPrivacy(of run: inout Run) {
    let keys = PrivacyKeys(run.parameters)
    if !keys.unread.isEmpty {
      let names = keys.unread.map { "'\($0)'" }.joined(separator: ", ")
      run.warnings.append("not read, though they look like differential privacy: \(names)")
    }
    let claim = claimedEpsilon(of: run) ?? keys.claimedEpsilon
    guard let noise = keys.noiseMultiplier, noise > 0 else {
      if claim != nil {
        run.warnings.append("ε is stated, but no noise multiplier is recorded")
      }
      return
    }
    guard let mechanism = keys.mechanism ?? (keys.mechanismName == nil ? .gaussian : nil) else {
      run.warnings.append(
        "differential privacy not read: the mechanism '\(keys.mechanismName ?? "")' is not known")
      return
    }
    if keys.mechanismName == nil {
      run.warnings.append("mechanism not recorded: a noise multiplier is read as Gaussian")
    }
    guard let steps = keys.releases ?? countedReleases(&run), steps > 0 else {
      run.warnings.append("differential privacy is configured, but no release is recorded")
      return
    }
    let rate = keys.samplingRate
    if rate == nil {
      run.warnings.append(
        "sampling of the private releases not recorded: no amplification is counted")
    }
    run.privacy = PrivacyRecord(
      history: [
        PrivacyEvent(
          mechanism: mechanism, noiseMultiplier: noise, samplingRate: rate ?? 1,
          sampling: rate == nil ? PrivacyEvent.Sampling.none : keys.sampling, steps: steps)
      ],
      delta: keys.delta, claimedEpsilon: claim, claimedAccountant: keys.accountant,
      clip: keys.clip, unit: keys.unit, neighbouring: keys.neighbouring,
      population: keys.population)
    noteMissingPrivacy(keys, &run)
  }

  private func noteMissingPrivacy(_ keys: PrivacyKeys, _ run: inout Run) {
    var missing: [String] = []
    if keys.delta == nil { missing.append("δ") }
    if keys.clip == nil { missing.append("the clipping bound") }
    if keys.unit == nil { missing.append("the unit of privacy") }
    if keys.neighbouring == nil { missing.append("the neighbouring relation") }
    if keys.samplingRate != nil, keys.sampling == nil {
      missing.append("how units are sampled (read as Poisson)")
    }
    if !missing.isEmpty {
      run.warnings.append("privacy: not recorded: \(missing.joined(separator: ", "))")
    }
  }

  private func claimedEpsilon(of run: Run) -> Double? {
    let metrics = run.metrics.keys.sorted().map { (key: $0, value: run.metrics[$0] ?? .nan) }
    return KnownNames.first(KnownNames.claimedEpsilon, in: metrics)?.value
  }

  private func countedReleases(_ run: inout Run) -> Int? {
    let count = run.rounds.count { ($0.completed ?? 0) > 0 }
    guard count > 0 else { return nil }
    run.warnings.append(
      "releases not recorded: each of the \(count) rounds with a completed client counts as one")
    return count
  }
}
