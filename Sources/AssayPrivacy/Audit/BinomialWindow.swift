import AssayStatistics

/// The binomial law around its mode, for tail probabilities that are certified from above.
///
/// Goals in order: never below the truth, then the same bits everywhere, then speed. Weights start at 1
/// near the mode and follow the exact ratio of neighbouring terms, so that nothing but products of
/// positive numbers is rounded: no gamma function, no difference. What lies outside of the window is
/// bounded by its edge.
struct BinomialWindow {
  private let trials: Int
  private let first: Int
  private let weights: [Double]
  private let total: Double
  /// Covers every rounding: four of each step, those of the odds, and those of the sums.
  private let inflation: Double
  /// At least all terms outside of the window.
  private let outside: Double

  /// Weights below this share of the largest are left out and bounded.
  private static let edge = 1e-40

  /// The number of successes in `trials` with success odds `p/(1−p)`, 0 to +∞.
  init(trials: Int, odds: Double) {
    precondition(trials >= 0 && odds >= 0)
    self.trials = trials
    let probability = odds.isFinite ? odds / (1 + odds) : 1
    let mode = min(trials, max(0, Int((Double(trials) + 1) * probability)))
    var below: [Double] = []
    var weight = 1.0
    var k = mode
    while k > 0, odds > 0 {
      weight *= Double(k) / (Double(trials - k + 1) * odds)
      if !(weight > Self.edge) { break }
      below.append(weight)
      k -= 1
    }
    first = mode - below.count
    var all = Array(below.reversed())
    all.append(1)
    weight = 1
    k = mode
    while k < trials {
      weight *= Double(trials - k) / Double(k + 1) * odds
      if !(weight > Self.edge) { break }
      all.append(weight)
      k += 1
    }
    weights = all
    total = all.reduce(0, +)
    inflation = 1 + Double(all.count + 16) * 4e-15
    outside = Double(trials) * Self.edge
  }

  /// An upper bound on `P(X ≥ count)`, in `0...1`.
  func atLeast(_ count: Int) -> Double {
    if count <= first { return 1 }
    var sum = 0.0
    // The smallest terms first.
    for index in stride(from: weights.count - 1, through: max(0, count - first), by: -1) {
      sum += weights[index]
    }
    return min(1, (sum + outside) / total * inflation)
  }

  /// An upper bound on `max over 1 ≤ i ≤ count of P(count − i ≤ X < count) / i`, in `0...1`.
  func largestMeanBelow(_ count: Int) -> Double {
    var sum = 0.0
    var largest = 0.0
    let last = first + weights.count - 1
    var k = min(count - 1, last)
    while k >= max(0, first) {
      sum += weights[k - first]
      let share = sum / Double(count - k)
      if share > largest { largest = share }
      k -= 1
    }
    return min(1, (largest + outside) / total * inflation)
  }
}

/// Exact one-sided inference about a proportion.
enum ExactProportion {
  /// The Clopper–Pearson upper bound: the largest `p` with `P(Binomial(trials, p) ≤ successes) ≥ α`,
  /// rounded up; 1 when every trial succeeded or there is none.
  /// - Note: Source: Clopper, Pearson 1934, Biometrika 26, 404–413.
  static func upper(successes: Int, trials: Int, alpha: Double) -> Double {
    guard trials > 0, successes < trials else { return 1 }
    var low = Double(successes) / Double(trials)
    var high = 1.0
    for _ in 0..<200 where high - low > high * 1e-13 {
      let middle = low + (high - low) / 2
      if middle <= low || middle >= high { break }
      // P(X ≤ k) is the upper tail of the failures.
      let tail = BinomialWindow(trials: trials, odds: (1 - middle) / middle)
        .atLeast(trials - successes)
      if tail <= alpha { high = middle } else { low = middle }
    }
    return high
  }
}

/// The largest number found at which a hypothesis is refuted.
enum LargestRefuted {
  /// Doubles and bisects from 0; the returned value itself is refuted, so that the search needs no
  /// monotonicity to be valid, only to be tight.
  /// - Returns: 0 when nothing above 0 is refuted.
  static func search(limit: Double, _ isRefuted: (Double) -> Bool) -> Double {
    var low = 0.0
    var high = 1.0
    while high < limit, isRefuted(high) {
      low = high
      high *= 2
    }
    high = min(high, limit)
    for _ in 0..<60 where high - low > 1e-9 {
      let middle = low + (high - low) / 2
      if isRefuted(middle) { low = middle } else { high = middle }
    }
    return low
  }
}
