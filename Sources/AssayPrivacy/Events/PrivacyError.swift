import AssayDiagnostics

/// Why no guarantee can be computed from what was given.
public enum PrivacyError: Error, Hashable, Sendable {
  /// δ is not strictly between 0 and 1; the value, NaN written as such.
  case deltaOutOfRange(found: String)
  /// A noise multiplier is negative, infinite or NaN.
  case noiseMultiplierOutOfRange(event: Int, found: String)
  /// A sampling rate is outside of `0...1` or NaN.
  case samplingRateOutOfRange(event: Int, found: String)
  /// A number of releases is negative, or the sum is beyond 10^15.
  case stepsOutOfRange(event: Int, found: String)
  /// A mechanism with a relation, a sampling or a parameter for which it has no meaning.
  case undefinedCombination(event: Int, first: String, second: String, why: String)
  /// The accountant has no bound for the history; `best` always has one.
  case accountantNotApplicable(accountant: Accountant, why: String)
  /// A target ε that is not a finite number above 0.
  case targetOutOfRange(found: String)
  /// No noise reaches the target, because what is asked does not depend on noise.
  case targetUnreachable(why: String)
  /// A number of units, clip or limit that cannot be; the parameter's name.
  case parameterOutOfRange(name: String, found: String, expected: String)

  /// What was found and what was expected, as a fact that `AssayDiagnostics` words.
  public var fact: Fact {
    switch self {
    case .deltaOutOfRange(let found):
      .badValue(key: "delta", found: found, expected: "a probability strictly between 0 and 1")
    case .noiseMultiplierOutOfRange(let event, let found):
      .badValue(
        key: "noise_multiplier", found: found,
        expected: "a finite number, 0 or more, in event \(event)")
    case .samplingRateOutOfRange(let event, let found):
      .badValue(
        key: "sampling_rate", found: found, expected: "a probability in 0...1 in event \(event)")
    case .stepsOutOfRange(let event, let found):
      .badValue(
        key: "steps", found: found,
        expected: "a number of releases in 0...1000000000000000 in event \(event)")
    case .undefinedCombination(let event, let first, let second, let why):
      .conflict(first: "'\(first)' in event \(event)", second: "'\(second)'", why: why)
    case .accountantNotApplicable(let accountant, let why):
      .conflict(first: "accountant '\(accountant.rawValue)'", second: "this history", why: why)
    case .targetOutOfRange(let found):
      .badValue(key: "target_epsilon", found: found, expected: "a finite number above 0")
    case .targetUnreachable(let why):
      .conflict(first: "this target epsilon", second: "these releases", why: why)
    case .parameterOutOfRange(let name, let found, let expected):
      .badValue(key: name, found: found, expected: expected)
    }
  }

  /// The error as a diagnostic without a location; importers and the pilot add theirs.
  public var diagnostic: Diagnostic {
    switch self {
    case .accountantNotApplicable:
      Diagnostic(fact, help: "use the accountant 'best', which picks the tightest that applies")
    default: Diagnostic(fact)
    }
  }
}
