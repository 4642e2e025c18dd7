import AssayMetrics
import AssayRuns
import AssayStatistics

/// Random numbers of one simulated world, in order.
struct WorldDraws {
  private let generator: CounterGenerator
  private var position: UInt64 = 0

  init(world: Int, stream: UInt64) {
    generator = CounterGenerator(seed: UInt64(world), stream: stream)
  }

  mutating func uniform() -> Double {
    position += 1
    // Never 0 or 1, so that quantiles are finite.
    return generator.uniform(at: position) + 0x1p-54
  }

  mutating func normal() -> Double { NormalDistribution.quantile(uniform()) }
}

/// Who holds how many rows.
struct ClientSizes {
  var sizes: [Int]

  static func equal(_ clients: Int, rows: Int) -> ClientSizes {
    ClientSizes(sizes: Array(repeating: rows, count: clients))
  }

  /// Sizes at the quantiles of a log-normal distribution: the largest of 20 clients holds 23 % of the
  /// rows at spread 1, the largest of 42 holds 14 %.
  static func unequal(_ clients: Int, meanRows: Int, spread: Double = 1) -> ClientSizes {
    let weights = (0..<clients).map { client in
      PortableMath.exp(
        spread * NormalDistribution.quantile((Double(client) + 0.5) / Double(clients)))
    }
    let mean = weights.reduce(0, +) / Double(clients)
    return ClientSizes(
      sizes: weights.map { max(3, Int(($0 / mean * Double(meanRows)).rounded())) })
  }

  var rows: Int { sizes.reduce(0, +) }

  func column() -> GroupColumn {
    GroupColumn(
      name: "client",
      values: sizes.enumerated().flatMap { client, size in
        Array(repeating: "c\(client)", count: size)
      })
  }
}

/// Labels and two arms' scores whose true metrics are known.
///
/// A row of label y has the evidence `x = ±(m + δ) + ε`, plus for y = 1, with standard normal ε and a
/// client's δ of variance τ². Scores are `σ(1.5 (logit base + 2 m x))`: too sure of themselves, so that
/// the calibration error is not 0. Over clients `x` is normal with variance `1 + τ²`, from which every
/// metric follows by integration.
struct BinaryWorld {
  var base = 0.5
  var area = 0.8
  var secondArea = 0.78
  /// Of the two arms' noise, and of their clients' effects.
  var correlation = 0.8
  /// τ², the variance of quality between clients.
  var clientVariance = 0.0
  var rows = 500
  var clients: ClientSizes?

  private func separation(_ area: Double) -> Double {
    NormalDistribution.quantile(area) / (2.0).squareRoot()
  }

  private func logit(_ x: Double, _ m: Double) -> Double {
    1.5 * (PortableMath.log(base / (1 - base)) + 2 * m * x)
  }

  private static func sigmoid(_ x: Double) -> Double { 1 / (1 + PortableMath.exp(-x)) }

  func table(world: Int) -> ScoredTable {
    var draws = WorldDraws(world: world, stream: 4_000)
    let sizes = clients?.sizes ?? Array(repeating: 1, count: rows)
    let (m1, m2) = (separation(area), separation(secondArea))
    let other = (1 - correlation * correlation).squareRoot()
    let tau = clientVariance.squareRoot()
    var labels: [Int32] = []
    var scores: ([Double], [Double]) = ([], [])
    for size in sizes {
      let shared = clients == nil ? 0 : tau * draws.normal()
      let own = clients == nil ? 0 : tau * draws.normal()
      let (d1, d2) = (shared, correlation * shared + other * own)
      for _ in 0..<size {
        let label = draws.uniform() < base
        let sign = label ? 1.0 : -1.0
        let noise = draws.normal()
        let noise2 = correlation * noise + other * draws.normal()
        labels.append(label ? 1 : 0)
        scores.0.append(Self.sigmoid(logit(sign * (m1 + d1) + noise, m1)))
        scores.1.append(Self.sigmoid(logit(sign * (m2 + d2) + noise2, m2)))
      }
    }
    return ScoredTable(
      task: .binary, labels: labels,
      arms: [
        ScoredArm(name: "first", seeds: [.init(seed: nil, scores: scores.0)]),
        ScoredArm(name: "second", seeds: [.init(seed: nil, scores: scores.1)]),
      ], client: clients?.column())
  }

  /// True values of the first arm and of the second.
  var truths: (first: [String: Double], second: [String: Double]) {
    (truth(separation(area)), truth(separation(secondArea)))
  }

  private func truth(_ m: Double) -> [String: Double] {
    let sigma = (1 + clientVariance).squareRoot()
    let cut = -PortableMath.log(base / (1 - base)) / (2 * m)
    let recall = NormalDistribution.cumulative((m - cut) / sigma)
    let false1 = NormalDistribution.cumulative((-m - cut) / sigma)
    let selected = base * recall + (1 - base) * false1
    var truth: [String: Double] = [
      "accuracy": base * recall + (1 - base) * (1 - false1), "recall": recall,
      "specificity": 1 - false1, "precision": base * recall / selected,
      "balanced_accuracy": (recall + 1 - false1) / 2, "selection_rate": selected,
      "f1": 2 * base * recall / (base + selected),
      "roc_auc": NormalDistribution.cumulative(2 * m / (2 * sigma * sigma).squareRoot()),
    ]
    let (tp, fp) = (base * recall, (1 - base) * false1)
    let (fn, tn) = (base - tp, 1 - base - fp)
    truth["matthews_corrcoef"] =
      (tp * tn - fp * fn) / ((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)).squareRoot()
    // Midpoint rule over x.
    let steps = 40_000
    let width = 24 * sigma / Double(steps)
    var (loss, brier, precision) = (0.0, 0.0, 0.0)
    var bins = Array(repeating: (gap: 0.0, mass: 0.0), count: 10)
    func density(_ x: Double, _ mean: Double) -> Double {
      let z = (x - mean) / sigma
      return PortableMath.exp(-z * z / 2) / (sigma * 2.5066282746310002)
    }
    for step in 0..<steps {
      let x = -12 * sigma + (Double(step) + 0.5) * width
      let (p1, p0) = (base * density(x, m) * width, (1 - base) * density(x, -m) * width)
      let score = Self.sigmoid(logit(x, m))
      // log (1 + e^−l) and log (1 + e^l), which stay finite where the score rounds to 0 or 1.
      let l = logit(x, m)
      let small = PortableMath.log1p(PortableMath.exp(-abs(l)))
      loss += p1 * (small + max(0, -l)) + p0 * (small + max(0, l))
      brier += p1 * (1 - score) * (1 - score) + p0 * score * score
      let bin = min(9, Int(score * 10))
      bins[bin].gap += p1 - (p1 + p0) * score
      let above1 = base * NormalDistribution.cumulative((m - x) / sigma)
      let above0 = (1 - base) * NormalDistribution.cumulative((-m - x) / sigma)
      precision += p1 / base * above1 / (above1 + above0)
    }
    truth["log_loss"] = loss
    truth["brier_score"] = brier
    truth["average_precision"] = precision
    truth["expected_calibration_error"] = bins.reduce(0) { $0 + abs($1.gap) }
    return truth
  }
}

/// Rates of groups for fairness: selected or not, right or not.
struct GroupWorld {
  /// Selection rate and rows of every group.
  var groups: [(rate: Double, rows: Int)]
  /// Rows of each group are dealt to these clients; a client's rate varies around its groups'.
  var clients = 0
  /// Correlation of two rows of one client, about.
  var correlation = 0.0

  var difference: Double { (groups.map(\.rate).max() ?? 0) - (groups.map(\.rate).min() ?? 0) }
  var ratio: Double { (groups.map(\.rate).min() ?? 0) / (groups.map(\.rate).max() ?? 1) }

  func table(world: Int) -> ScoredTable {
    var draws = WorldDraws(world: world, stream: 5_000)
    // A client shifts the normal threshold; the marginal rate stays.
    let shifts = (0..<max(1, clients)).map { _ in correlation.squareRoot() * draws.normal() }
    let own = (1 - correlation).squareRoot()
    var scores: [Double] = []
    var names: [String] = []
    var clientNames: [String] = []
    for (index, group) in groups.enumerated() {
      let threshold = NormalDistribution.quantile(1 - group.rate)
      for row in 0..<group.rows {
        let client = clients > 0 ? (row * 7 + index) % clients : 0
        let x = (clients > 0 ? shifts[client] : 0) + own * draws.normal()
        let latent = clients > 0 ? x : x / own
        scores.append(latent > threshold ? 0.9 : 0.1)
        names.append("g\(index)")
        clientNames.append("c\(client)")
      }
    }
    let column = GroupColumn(name: "g", values: names)
    return ScoredTable(
      task: .binary, labels: scores.indices.map { Int32($0 % 2) },
      arms: [ScoredArm(name: "arm", seeds: [.init(seed: nil, scores: scores)])],
      sensitive: [column],
      client: clients > 0 ? GroupColumn(name: "client", values: clientNames) : nil)
  }
}

/// Two arms of which the second is worse by a known share of rows, for tests against a margin.
struct MarginWorld {
  /// True accuracy of the second arm minus the first's.
  var difference: Double
  /// Share of rows on which one is right and the other wrong.
  var discordant = 0.1
  var rows = 1000
  var clients: ClientSizes?
  /// Correlation of two rows of one client, on the normal scale.
  var correlation = 0.0

  func table(world: Int) -> ScoredTable {
    var draws = WorldDraws(world: world, stream: 6_000)
    // Only the second right, only the first right, else both right in 80 %.
    let better = (discordant + difference) / 2
    let worse = (discordant - difference) / 2
    let sizes = clients?.sizes ?? Array(repeating: 1, count: rows)
    let own = (1 - correlation).squareRoot()
    var labels: [Int32] = []
    var scores: ([Double], [Double]) = ([], [])
    for size in sizes {
      let shift = clients == nil ? 0 : correlation.squareRoot() * draws.normal()
      for _ in 0..<size {
        let x = clients == nil ? draws.normal() : shift + own * draws.normal()
        let u = NormalDistribution.cumulative(x)
        let isBetter = u > 1 - better
        let isWorse = u < worse
        let both = draws.uniform() < 0.8
        let label: Int32 = draws.uniform() < 0.5 ? 1 : 0
        func score(_ right: Bool) -> Double { right == (label == 1) ? 0.9 : 0.1 }
        labels.append(label)
        scores.0.append(score(isBetter ? false : isWorse ? true : both))
        scores.1.append(score(isBetter ? true : isWorse ? false : both))
      }
    }
    return ScoredTable(
      task: .binary, labels: labels,
      arms: [
        ScoredArm(name: "first", seeds: [.init(seed: nil, scores: scores.0)]),
        ScoredArm(name: "second", seeds: [.init(seed: nil, scores: scores.1)]),
      ], client: clients?.column())
  }
}

/// Three classes of equal size, or numbers with normal errors.
struct OtherWorld {
  var rows: Int
  var clients: ClientSizes?
  /// Variance of a client's effect on quality or on errors, relative to that of the rows.
  var clientVariance = 0.0

  func multiclass(world: Int) -> ScoredTable {
    var draws = WorldDraws(world: world, stream: 7_000)
    let sizes = clients?.sizes ?? Array(repeating: 1, count: rows)
    var labels: [Int32] = []
    var scores: ([Double], [Double]) = ([], [])
    for size in sizes {
      let effect = clients == nil ? 0 : clientVariance.squareRoot() * draws.normal()
      for _ in 0..<size {
        let label = min(2, Int(draws.uniform() * 3))
        labels.append(Int32(label))
        var (a, b): ([Double], [Double]) = ([], [])
        for k in 0..<3 {
          let noise = draws.normal()
          let noise2 = 0.8 * noise + 0.6 * draws.normal()
          a.append(PortableMath.exp((k == label ? 1.5 + effect : 0) + noise))
          b.append(PortableMath.exp((k == label ? 1.3 + effect : 0) + noise2))
        }
        scores.0 += a.map { $0 / (a[0] + a[1] + a[2]) }
        scores.1 += b.map { $0 / (b[0] + b[1] + b[2]) }
      }
    }
    return ScoredTable(
      task: .multiclass(classCount: 3), labels: labels,
      arms: [
        ScoredArm(name: "first", seeds: [.init(seed: nil, scores: scores.0)]),
        ScoredArm(name: "second", seeds: [.init(seed: nil, scores: scores.1)]),
      ], client: clients?.column())
  }

  /// Targets of variance 4, errors of variance 1 plus the client's.
  func regression(world: Int) -> ScoredTable {
    var draws = WorldDraws(world: world, stream: 8_000)
    let sizes = clients?.sizes ?? Array(repeating: 1, count: rows)
    var targets: [Double] = []
    var scores: ([Double], [Double]) = ([], [])
    for size in sizes {
      let effect = clients == nil ? 0 : clientVariance.squareRoot() * draws.normal()
      for _ in 0..<size {
        let target = 2 * draws.normal()
        let error = draws.normal()
        targets.append(target)
        scores.0.append(target + effect + error)
        scores.1.append(target + effect + 0.8 * error + 0.7 * draws.normal())
      }
    }
    return ScoredTable(
      task: .regression, labels: [], targets: targets,
      arms: [
        ScoredArm(name: "first", seeds: [.init(seed: nil, scores: scores.0)]),
        ScoredArm(name: "second", seeds: [.init(seed: nil, scores: scores.1)]),
      ], client: clients?.column())
  }

  var regressionTruths: (first: [String: Double], second: [String: Double]) {
    func truth(_ variance: Double) -> [String: Double] {
      let deviation = (variance + (clients == nil ? 0 : clientVariance)).squareRoot()
      return [
        "mean_absolute_error": deviation * 0.7978845608028654,
        "mean_squared_error": deviation * deviation, "root_mean_squared_error": deviation,
        "r2_score": 1 - deviation * deviation / 4,
        "median_absolute_error": deviation * 0.6744897501960817, "mean_error": 0,
      ]
    }
    return (truth(1), truth(0.64 + 0.49))
  }
}
