/// One law that the engine keeps exactly, on this machine and on every other.
public struct SelfCheck {
  /// The family it belongs to.
  public let suite: String
  /// The law in plain words.
  public let name: String
  /// Tests it with so many threads.
  let test: (_ threads: Int) -> SelfCheckOutcome

  /// Creates a check.
  public init(
    _ suite: String, _ name: String, test: @escaping (_ threads: Int) -> SelfCheckOutcome
  ) {
    self.suite = suite
    self.name = name
    self.test = test
  }

  /// Everything that `assay selftest` tests, in the order in which it is reported.
  public static var all: [SelfCheck] {
    TrainingIdentity.all.map(\.check) + aggregation + simplex + serverSteps + knownAnswers
      + sameBits + goldenWeights
  }

  /// Tests every check; what a check says does not depend on the number of threads.
  /// - Parameters:
  ///   - threads: Worker threads, 1 or more.
  ///   - progress: Called with the name of each family before its first check is tested.
  public static func run(
    _ checks: [SelfCheck], threads: Int, progress: (String) -> Void = { _ in }
  ) -> [SelfCheckResult] {
    var suite = ""
    return checks.map { check in
      if check.suite != suite { progress(check.suite) }
      suite = check.suite
      return SelfCheckResult(
        suite: check.suite, name: check.name, outcome: check.test(max(1, threads)))
    }
  }
}

/// What came of a check.
public enum SelfCheckOutcome: Hashable, Sendable {
  /// The law holds.
  case passed
  /// It does not.
  case failed(found: String, expected: String)
  /// It cannot be tested here, an instruction set that this processor lacks for example.
  case skipped(reason: String)

  /// Passed when two texts are the same.
  static func equal(_ found: String, _ expected: String) -> SelfCheckOutcome {
    found == expected ? .passed : .failed(found: found, expected: expected)
  }

  /// Passed when each pair of values differs by no more than `tolerance`; 0 asks for the same bits.
  static func close(
    _ found: [Double], _ expected: [Double], within tolerance: Double
  ) -> SelfCheckOutcome {
    guard found.count == expected.count else {
      return .failed(found: "\(found.count) values", expected: "\(expected.count) values")
    }
    var largest = 0.0
    var place: Int?
    for (index, (a, b)) in zip(found, expected).enumerated() {
      let isFar =
        tolerance == 0 ? a.bitPattern != b.bitPattern : !(abs(a - b) <= max(largest, tolerance))
      guard isFar else { continue }
      if place == nil || !(abs(a - b) <= largest) { place = index }
      largest = max(largest, abs(a - b))
    }
    guard let place else { return .passed }
    let measure = tolerance == 0 ? "the same bits" : "at most \(tolerance) apart"
    return .failed(
      found: "value \(place): \(found[place])", expected: "\(expected[place]), \(measure)")
  }
}

/// A check and what came of it.
public struct SelfCheckResult: Hashable, Sendable {
  /// The family it belongs to.
  public let suite: String
  /// The law in plain words.
  public let name: String
  /// What came of it.
  public let outcome: SelfCheckOutcome

  /// Creates a result.
  public init(suite: String, name: String, outcome: SelfCheckOutcome) {
    self.suite = suite
    self.name = name
    self.outcome = outcome
  }
}
