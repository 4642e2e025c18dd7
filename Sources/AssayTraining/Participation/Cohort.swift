/// Who is asked in a round, and who answers.
struct Cohort {
  /// Clients that were asked, ascending.
  var selected: [Int]
  /// Clients that never answer, ascending.
  var dropped: Set<Int>

  /// Draws the cohort of a round; the draw depends on seed and round alone.
  ///
  /// Without privacy exactly ``ClientsPerRound/count(of:)`` clients, without replacement; with
  /// privacy every client by itself with the sampling rate (Poisson).
  init(_ plan: FederatedPlan, clients: Int, round: Int, seeded: Randomness, sampling: Randomness) {
    if plan.privacy != nil {
      let rate = plan.clientsPerRound.samplingRate(of: clients)
      if rate >= 1 {
        selected = Array(0..<clients)
      } else {
        let draws = sampling.uniforms(.sampling, round: round, count: clients)
        selected = (0..<clients).filter { draws[$0] < rate }
      }
    } else {
      let count = plan.clientsPerRound.count(of: clients)
      precondition((1...clients).contains(count), "a cohort of 1 to all clients")
      if count == clients {
        selected = Array(0..<clients)
      } else {
        var order = Array(0..<Int32(clients))
        order.withUnsafeMutableBufferPointer { buffer in
          if let base = buffer.baseAddress {
            seeded.shuffle(base, count: clients, .sampling, round: round)
          }
        }
        selected = order.prefix(count).map { Int($0) }.sorted()
      }
    }
    dropped = []
    if plan.dropout > 0 {
      let draws = seeded.uniforms(.dropout, round: round, count: clients)
      dropped = Set(selected.filter { draws[$0] < plan.dropout })
    }
  }
}
