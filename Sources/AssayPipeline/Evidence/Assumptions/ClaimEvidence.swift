import AssayEvidence
import AssayPrivacy

extension PrivacyEvidence {
  /// A claim of an artifact beside what its releases give, and beside what other ways of counting give.
  func claims(_ builder: inout EvidenceBuilder, _ claim: ClaimComparison?) {
    guard let claimed = record.claimedEpsilon else { return }
    builder.quantity(
      "epsilon_claimed", arm, "ε that the artifact claims", claimed, .epsilon, source: source,
      note: "claimed, not computed here; accountant: \(record.claimedAccountant ?? "not named")")
    let title = "The claim is not below what the releases give"
    let agreement = "The claim is what a sound accountant gives for the releases"
    guard let claim else {
      for (metric, title) in [("epsilon_claim_holds", title), ("epsilon_claim_agrees", agreement)] {
        builder.missing(
          metric, arm, title, "too little is recorded to compute ε", source: source)
      }
      return
    }
    let sentence =
      claim.sentence.hasSuffix(".") ? String(claim.sentence.dropLast()) : claim.sentence
    switch claim.outcome {
    case .covered:
      builder.flag("epsilon_claim_holds", arm, title, true, source: source, note: sentence)
    case .tooSmall:
      builder.flag("epsilon_claim_holds", arm, title, false, source: source, note: sentence)
    case .undecided:
      builder.missing(
        "epsilon_claim_holds", arm, title,
        "the claim is below our upper bound, and no lower bound refutes it; \(sentence)",
        source: source)
    }
    builder.flag(
      "epsilon_claim_agrees", arm, agreement, claim.agrees, source: source, note: sentence)
    readings(claim, &builder)
  }

  /// One fact for each way of counting, the first of a kind.
  private func readings(_ claim: ClaimComparison, _ builder: inout EvidenceBuilder) {
    for reading in claim.readings {
      let id = EvidenceID("claim_reading", arm: arm, scope: reading.kind.rawValue)
      if builder.contains(id) { continue }
      let isMatch = claim.matches.contains(reading)
      builder.add(
        Evidence(
          id: id, title: "ε by \(reading.title)", unit: .epsilon,
          result: .quantity(reading.epsilon),
          source: source,
          note: "at the recorded δ; "
            + (reading.kind.isSound
              ? "a bound for the recorded releases" : "not a bound for the recorded releases")
            + (isMatch ? "; it gives the claim" : "")))
    }
  }
}
