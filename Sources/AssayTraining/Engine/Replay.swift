/// Cohorts and orders of rows that take the place of drawn ones, so that a run of another program can be
/// repeated; for tests and nothing else.
struct Replay: Sendable {
  /// The clients of every round, from the first.
  var cohorts: [[Int]]
  /// The order in which a client sees its rows, as positions among them, by number of the pass.
  var orders: [[Int: [Int32]]]
  /// Every weight and bias at the start.
  var initial: Float = 0

  /// The order of one pass, when the other program had it.
  func order(client: Int, pass: Int) -> [Int32]? {
    orders.indices.contains(pass) ? orders[pass][client] : nil
  }
}
