import AssayFiles

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Wall and processor times; they go to `timings.json` and nowhere else.
struct Stopwatch {
  private let started = Stopwatch.wall()
  private var arms: [(folder: String, train: Double, processor: Double, evaluate: Double)] = []

  /// Seconds of a clock that never goes back.
  static func wall() -> Double { seconds(CLOCK_MONOTONIC) }

  /// Processor seconds of this process.
  static func processor() -> Double { seconds(CLOCK_PROCESS_CPUTIME_ID) }

  private static func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Notes how long training a run took.
  mutating func trained(_ folder: String, seconds: Double, processor: Double) {
    arms.append((folder, seconds, processor, 0))
  }

  /// Notes how long evaluating all runs took; shared evenly, since they are evaluated in one pass.
  mutating func evaluated(seconds: Double) {
    for index in arms.indices { arms[index].evaluate = seconds / Double(arms.count) }
  }

  /// `timings.json`.
  var json: JSONValue {
    var object: JSONObject = [:]
    for arm in arms {
      object[arm.folder] = .object([
        "train_seconds": .double(arm.train), "train_cpu_seconds": .double(arm.processor),
        "evaluate_seconds": .double(arm.evaluate),
      ])
    }
    return .object([
      "arms": .object(object), "total_seconds": .double(Self.wall() - started),
      "cpu_seconds": .double(Self.processor()),
    ])
  }
}
