@testable import AssayTraining

/// A small world for tests of participation: a model of eight values and clients with equal work.
enum World {
  static let valueCount = 8
  static let work = ClientWork(rows: 50, plannedSteps: 10, examples: 100)

  static func model(
    _ plan: ParticipationPlan, clients: Int = 100, names: [String] = [], seed: Int = 1,
    isPrivate: Bool = false
  ) -> ParticipationModel {
    ParticipationModel(
      plan, clientCount: clients, names: names, randomness: Randomness(seed: seed),
      bytesDown: 320, bytesUp: 320, isPrivate: isPrivate)
  }

  static func plan(_ change: (inout ParticipationPlan) -> Void) -> ParticipationPlan {
    var plan = ParticipationPlan()
    change(&plan)
    return plan
  }

  /// One device that trains 10 examples and moves 32 bytes a second: with ``work`` it needs 10 s to
  /// receive, 10 s to train (1 s a step) and 10 s to send.
  static let slow = DeviceClass(
    name: "slow", share: 1, examplesPerSecond: 10, uplinkBytesPerSecond: 32,
    downlinkBytesPerSecond: 32)

  /// Values that differ for each client.
  static func values(_ client: Int) -> [Float] {
    (0..<valueCount).map { Float(client) + Float($0) / 8 }
  }

  static func exchange(
    _ model: ParticipationModel, round: Int = 1, recordsDigests: Bool = false
  ) -> Exchange {
    Exchange(
      model, round: round, modelVersion: round, valueCount: valueCount, weightLimit: 1e6,
      recordsDigests: recordsDigests)
  }

  /// A client's whole round: its course, and its uploads where it has any.
  static func delivery(
    _ model: ParticipationModel, _ client: Int, round: Int = 1, start: Double = 0,
    work: ClientWork = work, recordsDigests: Bool = false
  ) -> Delivery {
    let course = model.course(of: client, round: round, start: start, work: work)
    guard course.uploads else { return Delivery(ended: course) }
    var payload = values(client)
    let result = payload.withUnsafeMutableBufferPointer {
      exchange(model, round: round, recordsDigests: recordsDigests)
        .deliver(course, payload: $0, weight: Double(work.rows))
    }
    precondition(payload == values(client), "a payload is given back as it was")
    return result
  }

  /// Clients × rounds that a share of which is counted.
  static func share(_ clients: Int, _ rounds: Int, _ test: (Int, Int) -> Bool) -> Double {
    var count = 0
    for round in 1...rounds {
      for client in 0..<clients where test(client, round) { count += 1 }
    }
    return Double(count) / Double(clients * rounds)
  }

  /// Five standard deviations of a share among `count` independent draws of probability `p`.
  static func bound(_ p: Double, _ count: Int) -> Double {
    5 * (p * (1 - p) / Double(count)).squareRoot()
  }
}
