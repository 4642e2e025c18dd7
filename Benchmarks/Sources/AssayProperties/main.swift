import AssayPrivacy
import AssayRuns
import AssayStatistics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// `assay-properties [--runs N] [--seed S]`: laws of the accountants on many random configurations.
///
/// The same laws as in `PropertyTests`, at the quoted precision. Ends with 1 when one is broken.
struct Options {
  var runs = 10_000
  var seed: UInt64 = 1

  init(_ arguments: [String]) {
    var rest = arguments.makeIterator()
    while let name = rest.next() {
      switch (name, rest.next()) {
      case ("--runs", let value?): runs = Int(value) ?? runs
      case ("--seed", let value?): seed = UInt64(value) ?? seed
      default:
        print("usage: assay-properties [--runs N] [--seed S]")
        exit(64)
      }
    }
  }
}

/// SplitMix64.
struct Generator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Evenly spread on a log scale.
  mutating func within(_ low: Double, _ high: Double) -> Double {
    PortableMath.exp(
      Double.random(in: PortableMath.log(low)...PortableMath.log(high), using: &self))
  }
}

var broken = 0

@MainActor
func require(_ holds: Bool, _ law: String, _ what: @autoclosure () -> String) {
  if holds { return }
  broken += 1
  if broken <= 40 { print("broken: \(law): \(what())") }
}

@MainActor
func closedForm(_ options: Options) throws {
  var generator = Generator(state: options.seed)
  var widths: [Double] = []
  let clock = ContinuousClock()
  let start = clock.now
  for _ in 0..<options.runs {
    let noise = generator.within(0.1, 300)
    let mu = generator.within(0.01, 8)
    let steps = max(1, Int(min(1e6, mu * mu * noise * noise)))
    let delta = generator.within(1e-20, 0.2)
    let exact = GaussianTradeOff(mu: Double(steps).squareRoot() / noise).epsilon(atDelta: delta)
    let found = try guarantee(
      history: [PrivacyEvent(noiseMultiplier: noise, steps: steps)], delta: delta,
      accountant: .pld, tolerance: 1e-3)
    let lower = found.epsilonLower ?? 0
    require(
      found.epsilon >= exact.lower && lower <= exact.upper, "closed form inside the bracket",
      "σ \(noise), T \(steps), δ \(delta): \(exact) in [\(lower), \(found.epsilon)]")
    if exact.upper > 0.1 { widths.append((found.epsilon - lower) / exact.upper) }
  }
  widths.sort()
  print(
    "closed form: \(options.runs) configurations in \(clock.now - start); relative width, median "
      + "\(widths[widths.count / 2]), 99 % \(widths[widths.count * 99 / 100]), largest "
      + "\(widths[widths.count - 1])")
}

@MainActor
func ordered(_ options: Options) throws {
  var generator = Generator(state: options.seed &+ 1)
  let count = options.runs / 20
  let clock = ContinuousClock()
  let start = clock.now
  var slowest = (Duration.zero, "")
  for _ in 0..<count {
    let noise = generator.within(0.3, 50)
    let rate = generator.within(1e-6, 1)
    let steps = Int(generator.within(1, 1e6))
    let delta = generator.within(1e-15, 0.1)
    func bracket(
      _ noise: Double, _ rate: Double, _ steps: Int, _ delta: Double
    ) throws -> (lower: Double, upper: Double) {
      let before = clock.now
      let found = try guarantee(
        history: [PrivacyEvent(noiseMultiplier: noise, samplingRate: rate, steps: steps)],
        delta: delta, tolerance: 1e-3)
      let what = "σ \(noise), q \(rate), T \(steps), δ \(delta)"
      slowest = max(slowest, (clock.now - before, what)) { $0.0 < $1.0 }
      let lower = found.epsilonLower ?? 0
      require(
        !found.epsilon.isNaN && !lower.isNaN && lower >= 0 && lower <= found.epsilon,
        "0 ≤ lower ≤ upper", what)
      return (lower, found.epsilon)
    }
    let base = try bracket(noise, rate, steps, delta)
    for (law, other) in [
      ("rounds", try bracket(noise, rate, 2 * steps, delta)),
      ("rate", try bracket(noise, min(1, rate * 1.3), steps, delta)),
      ("noise", try bracket(noise / 1.2, rate, steps, delta)),
      ("δ", try bracket(noise, rate, steps, delta / 10)),
    ] {
      require(
        base.lower <= other.upper && base.upper <= other.upper * 1.02 + 1e-3,
        "monotone in \(law)", "σ \(noise), q \(rate), T \(steps), δ \(delta): \(base), \(other)")
    }
  }
  print(
    "order and ends: \(count) configurations in \(clock.now - start); slowest \(slowest.0) "
      + "(\(slowest.1))")
}

func max<Value>(_ a: Value, _ b: Value, _ precedes: (Value, Value) -> Bool) -> Value {
  precedes(a, b) ? b : a
}

@MainActor
func composed(_ options: Options) throws {
  var generator = Generator(state: options.seed &+ 2)
  let count = options.runs / 100
  for _ in 0..<count {
    var history = (0..<Int.random(in: 2...8, using: &generator)).map { _ in
      PrivacyEvent(
        noiseMultiplier: generator.within(0.5, 20), samplingRate: generator.within(1e-3, 1),
        steps: Int(generator.within(1, 2_000)))
    }
    let first = try guarantee(history: history, delta: 1e-6, tolerance: 1e-3)
    history.shuffle(using: &generator)
    let second = try guarantee(history: history, delta: 1e-6, tolerance: 1e-3)
    require(
      first.epsilon == second.epsilon && first.epsilonLower == second.epsilonLower,
      "order of events", "\(history)")
  }
  print("composition: \(count) histories in two orders")
}

let options = Options(Array(CommandLine.arguments.dropFirst()))
try closedForm(options)
try ordered(options)
try composed(options)
print(broken == 0 ? "no law is broken" : "\(broken) laws are broken")
exit(broken == 0 ? 0 : 1)
