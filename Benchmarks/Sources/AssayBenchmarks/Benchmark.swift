/// One thing that is timed, and how much of what it handles.
struct Benchmark {
  /// What is done to what, with its size.
  let name: String
  /// How many units one run handles.
  let amount: Double
  /// The unit of ``amount``.
  let unit: String
  /// The work; returns something that depends on it, so that it cannot be left out.
  let body: () throws -> Int

  /// Runs the work `repeats` times and prints the least processor time, which the machine's other work
  /// disturbs least.
  func run(repeats: Int = 5) throws {
    var best = Double.infinity
    var check = 0
    for _ in 0..<repeats {
      let start = Stamp.now()
      check &+= try body()
      best = min(best, start.processorSeconds(to: .now()))
    }
    print(
      "\(name): \(rounded(best * 1_000, 1)) ms CPU, \(rounded(amount / best, 1)) \(unit)/s",
      "(check \(check))")
  }
}
