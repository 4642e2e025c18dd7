#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A moment: on the wall, and in processor time of all threads of this process.
struct Stamp {
  private let wall: ContinuousClock.Instant
  private let processor: Double

  /// This moment.
  static func now() -> Stamp {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Stamp(
      wall: ContinuousClock().now,
      processor: Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9)
  }

  /// Seconds on the wall until a later moment.
  func wallSeconds(to later: Stamp) -> Double {
    let parts = (later.wall - wall).components
    return Double(parts.seconds) + Double(parts.attoseconds) * 1e-18
  }

  /// Seconds of processor time, user and system, until a later moment.
  func processorSeconds(to later: Stamp) -> Double { later.processor - processor }
}

/// The middle value, of two middle ones the mean; NaN of none.
func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  guard let middle = sorted.dropFirst(sorted.count / 2).first else { return .nan }
  return sorted.count % 2 == 1 ? middle : (sorted[sorted.count / 2 - 1] + middle) / 2
}

/// A value with so many digits behind the point.
func rounded(_ value: Double, _ digits: Int) -> Double {
  let scale = (0..<digits).reduce(1.0) { power, _ in power * 10 }
  return (value * scale).rounded() / scale
}
