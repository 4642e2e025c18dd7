/// The least values that a benchmark may reach, from a text file: a number and a name on each line,
/// `#` before a remark.
struct Thresholds {
  private var least: [(name: String, value: Double)] = []

  /// Reads lines.
  init(_ text: String) throws {
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      let parts = line.split(separator: " ", maxSplits: 1)
      guard parts.count == 2, let value = Double(parts[0]) else {
        throw BenchmarkFailure(description: "no number and name in the threshold \"\(line)\"")
      }
      least.append((String(parts[1]), value))
    }
  }

  /// Prints each threshold with what was measured; returns how many were missed. A threshold without
  /// a measurement is missed as well.
  func missed(by measured: [String: Double]) -> Int {
    var count = 0
    for (name, value) in least {
      let found = measured[name]
      let met = (found ?? -.infinity) >= value
      if !met { count += 1 }
      print(
        "\(met ? "met   " : "MISSED") \(name): \(found.map { "\(rounded($0, 4))" } ?? "not measured"),"
          + " at least \(value)")
    }
    return count
  }
}
