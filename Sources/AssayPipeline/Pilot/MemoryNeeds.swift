import AssayDiagnostics
import AssayTraining

/// What an arm must hold at the same time beside the data; refused before anything is trained when it is
/// beyond any ordinary machine.
struct MemoryNeeds {
  /// 16 GiB.
  static let limit = 1 << 34

  let model: ModelSpecification
  let data: PreparedData

  /// Refuses an arm that keeps too much for its clients.
  func check(_ plan: ArmPlan, _ arm: Pilot.ArmSpecification) throws(Diagnostic) {
    let one = model.memoryBytes(features: data.featureNames.count, classCount: data.classCount)
    let clients = data.clients.count
    switch plan {
    case .trivial, .optimum, .centralized: break
    case .local: try refuse("one model for each client", clients, one, arm)
    case .federated(let federated):
      let entry = federated.algorithm.entry
      let cohort = federated.clientsPerRound.count(of: clients)
      if entry.isPersonal { try refuse("one model for each client", clients, one, arm) }
      if federated.algorithm.name == "scaffold" {
        try refuse("one control variate for each client", clients, one, arm)
      }
      if case .topShare = federated.compression {
        try refuse("what compression leaves out, for each client", clients, one, arm)
      }
      if entry.holdsAllUpdates {
        try refuse("all updates of a round", cohort, one, arm)
        if federated.algorithm.name.hasSuffix("krum") {
          try refuse("the distances between all updates of a round", cohort, 8 * cohort, arm)
        }
      }
    }
  }

  private func refuse(
    _ what: String, _ count: Int, _ bytes: Int, _ arm: Pilot.ArmSpecification
  ) throws(Diagnostic) {
    let (needed, isBeyond) = count.multipliedReportingOverflow(by: bytes)
    guard isBeyond || needed > Self.limit else { return }
    throw Diagnostic(
      .overLimit(
        what: "bytes of memory for the arm '\(arm.name)': \(what)", found: "\(count) × \(bytes)",
        limit: "\(Self.limit)"), at: arm.location,
      help:
        "take fewer clients or a smaller model, or an algorithm that keeps nothing for each client")
  }
}
