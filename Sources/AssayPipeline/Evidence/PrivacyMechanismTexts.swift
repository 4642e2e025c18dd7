import AssayRuns
import AssayTraining

extension PrivacyMechanism {
  /// What is hidden, and from whom.
  var promise: String {
    switch self {
    case .sum:
      "sum: the server adds noise to the sum of clipped updates. From whoever sees the models it hides "
        + "whether one client took part at all; the server sees single updates and is trusted"
    case .tree:
      "tree: the server adds noise from a binary tree to running sums of clipped updates of clients "
        + "in a fixed order. From whoever sees the models it hides what one client contributed in all "
        + "its turns, not its place in the order; the server sees single updates and is trusted"
    case .local:
      "local: every client clips its update and adds noise before it sends it. From everybody, the "
        + "server included, it hides which update a client had, not that the client took part"
    case .example:
      "example: every client trains by DP-SGD on its own rows. From everybody but that client it hides "
        + "whether one row was used, not how many rows there are, and of a person with several rows "
        + "each row alone"
    }
  }

  /// What one release is, where it is not one round.
  var releaseNote: String? {
    switch self {
    case .sum: nil
    case .tree: "all prefixes of the tree are one release"
    case .local: "uploads of the client that uploaded most often"
    case .example: "steps of the client that trained most often"
    }
  }
}

extension PrivacyRecord {
  /// Whether sampling counts for ε: rows are drawn inside a client, where nobody else sees them; clients
  /// are drawn before everybody who sees the rounds.
  func hidesSampling(_ isParticipationHidden: Bool) -> Bool {
    mechanism == .example || isParticipationHidden
  }

  /// Why the noise guarantees nothing, where that of a larger cohort was simulated.
  var simulationReason: String? {
    guard let simulatedCohort else { return nil }
    let trained = trainedCohort.map(AlgorithmParameter.text) ?? "fewer"
    return "not a guarantee: the noise is that of a simulated cohort of "
      + "\(AlgorithmParameter.text(simulatedCohort)) clients a round, and \(trained) trained"
  }
}
