#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

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
      let start = Self.processorSeconds()
      check &+= try body()
      best = min(best, Self.processorSeconds() - start)
    }
    let rate = amount / best
    print(
      "\(name): \(Self.rounded(best * 1_000)) ms CPU, \(Self.rounded(rate)) \(unit)/s (check \(check))"
    )
  }

  /// Processor time of this process in seconds, user and system.
  private static func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  private static func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}
