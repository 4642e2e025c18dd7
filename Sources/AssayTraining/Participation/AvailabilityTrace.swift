/// Recorded intervals in which clients, or the clients of a device class, can be reached.
///
/// A client is available in the intervals under its own name, else in those under the name of its
/// device class; a client that has neither is never available.
public struct AvailabilityTrace: Hashable, Sendable {
  /// A stretch of time in virtual seconds, its end excluded.
  public struct Interval: Hashable, Sendable {
    /// First moment, 0 or more.
    public var start: Double
    /// First moment after it.
    public var end: Double

    /// Creates an interval.
    public init(start: Double, end: Double) {
      self.start = start
      self.end = end
    }
  }

  /// The intervals under one name, ascending, neither overlapping nor touching.
  public struct Entry: Hashable, Sendable {
    /// A client or a device class.
    public var name: String
    /// Its intervals.
    public var intervals: [Interval]
  }

  /// One entry for each name, in the order of their first line.
  public private(set) var entries: [Entry]
  /// Virtual seconds after which the trace begins anew; `nil` when it does not, so that nobody is
  /// available once it has ended.
  public let period: Double?

  /// Creates a trace from lines in any order; intervals that overlap or touch become one.
  /// - Parameter lines: Each with `0 <= start < end`, and `end <= period` where there is one.
  public init(_ lines: [(name: String, interval: Interval)], period: Double? = nil) {
    var byName: [String: Int] = [:]
    entries = []
    for (name, interval) in lines {
      precondition(
        0 <= interval.start && interval.start < interval.end
          && interval.end <= period ?? .infinity, "an interval within the trace")
      if let index = byName[name] {
        entries[index].intervals.append(interval)
      } else {
        byName[name] = entries.count
        entries.append(Entry(name: name, intervals: [interval]))
      }
    }
    for index in entries.indices {
      var merged: [Interval] = []
      for interval in entries[index].intervals.sorted(by: {
        ($0.start, $0.end) < ($1.start, $1.end)
      }
      ) {
        if let last = merged.last, interval.start <= last.end {
          merged[merged.count - 1].end = max(last.end, interval.end)
        } else {
          merged.append(interval)
        }
      }
      entries[index].intervals = merged
    }
    self.period = period
  }

  /// Names of the trace that are neither a client nor a device class.
  public func unknownNames(clients: [String], devices: [DeviceClass]) -> [String] {
    let known = Set(clients).union(devices.map(\.name))
    return entries.map(\.name).filter { !known.contains($0) }
  }

  /// Until when a client is available that is so at a time; `nil` when it is not.
  /// - Parameter entry: Position of the client's intervals in ``entries``.
  func end(_ entry: Int, at time: Double) -> Double? {
    let intervals = entries[entry].intervals
    var base = 0.0
    if let period {
      base = (time / period).rounded(.down) * period
      // A quotient may round up to the next whole number.
      if base > time { base -= period }
    }
    let offset = time - base
    // The last interval that starts at or before the offset.
    var low = 0
    var high = intervals.count
    while low < high {
      let middle = (low + high) / 2
      if intervals[middle].start <= offset { low = middle + 1 } else { high = middle }
    }
    guard low > 0, offset < intervals[low - 1].end else { return nil }
    let end = intervals[low - 1].end
    guard let period, end >= period, let first = intervals.first, first.start <= 0 else {
      return base + end
    }
    // It goes on at the start of the next period.
    return first.end >= period ? .infinity : base + period + first.end
  }
}
