import AssayMetrics
import AssayRuns
import AssayStatistics

/// The simulated studies.
enum Suites {
  /// The text after `--only`: studies whose name does not hold it are left out.
  private static let only: String? = {
    let arguments = CommandLine.arguments
    return arguments.firstIndex(of: "--only").flatMap {
      $0 + 1 < arguments.count ? arguments[$0 + 1] : nil
    }
  }()

  private static func isWanted(_ name: String) -> Bool { only.map { name.contains($0) } ?? true }

  private static func options(_ world: Int) -> EvaluationOptions {
    var options = EvaluationOptions()
    options.minimumCount = 1
    options.seed = UInt64(world)
    return options
  }

  private static func binary(_ world: BinaryWorld, _ what: String, runs: Int, threads: Int) {
    guard isWanted(what) else { return }
    let truths = world.truths
    let coverage = simulate(runs: runs, threads: threads) { index, coverage in
      coverage.add(
        evaluate(world.table(world: index), options: options(index)), truths)
    }
    for line in coverage.lines(what) { print(line) }
  }

  /// Independent rows, two classes.
  static func rows(runs: Int, threads: Int) {
    for (base, area) in [(0.5, 0.8), (0.2, 0.9), (0.05, 0.8), (0.2, 0.97)] {
      for rows in [50, 200, 1000, 5000] {
        let world = BinaryWorld(base: base, area: area, secondArea: area - 0.02, rows: rows)
        // The larger the table, the fewer worlds: their time grows, what can go wrong shrinks.
        binary(
          world, "\(rows) rows, base rate \(base), AUC \(area)",
          runs: rows > 1000 ? runs / 4 : runs, threads: threads)
      }
    }
  }

  /// Clients, two classes.
  static func clients(runs: Int, threads: Int) {
    let sizes: [(String, ClientSizes)] = [
      ("20 unequal", .unequal(20, meanRows: 60)), ("42 unequal", .unequal(42, meanRows: 60)),
      ("42 very unequal", .unequal(42, meanRows: 60, spread: 1.5)),
      ("100 equal", .equal(100, rows: 30)),
    ]
    for (name, clients) in sizes {
      for variance in [0, 0.05, 0.2] {
        for base in [0.5, 0.1] {
          binary(
            BinaryWorld(
              base: base, area: 0.85, secondArea: 0.83, clientVariance: variance,
              clients: clients),
            "\(name) clients, base rate \(base), τ² \(variance)", runs: runs, threads: threads)
        }
      }
    }
  }

  /// Three classes and numbers.
  static func other(runs: Int, threads: Int) {
    let wanted = [
      "accuracy", "f1_macro", "recall_macro", "log_loss", "brier_score", "roc_auc",
      "matthews_corrcoef", "top_2_accuracy",
    ]
    for (name, clients, variance) in [
      ("50 rows", nil, 0.0), ("200 rows", nil, 0.0), ("1000 rows", nil, 0.0),
      ("42 unequal clients", ClientSizes.unequal(42, meanRows: 40), 0.2),
      ("100 equal clients", ClientSizes.equal(100, rows: 20), 0.2),
    ] as [(String, ClientSizes?, Double)] {
      guard isWanted(name) else { continue }
      let rows = Int(name.split(separator: " ").first ?? "") ?? 0
      let world = OtherWorld(rows: rows, clients: clients, clientVariance: variance)
      // The truth of three classes from 400,000 rows of as many clients or rows.
      let large = OtherWorld(
        rows: 400_000, clients: clients.map { _ in .equal(400_000, rows: 1) },
        clientVariance: variance)
      var plain = options(0)
      plain.replicates = 0
      plain.minimumClusters = .max
      var table = large.multiclass(world: 1_000_000)
      table.client = nil
      let truth = evaluate(table, options: plain)
      func values(_ arm: Int) -> [String: Double] {
        var result: [String: Double] = [:]
        for id in wanted { result[id] = truth.arms[arm].overall[id]?.value }
        return result
      }
      let truths = (values(0), values(1))
      let classes = simulate(runs: runs, threads: threads) { index, coverage in
        coverage.add(evaluate(world.multiclass(world: index), options: options(index)), truths)
      }
      for line in classes.lines("3 classes, \(name)") { print(line) }
      let numbers = world.regressionTruths
      let regression = simulate(runs: runs, threads: threads) { index, coverage in
        coverage.add(evaluate(world.regression(world: index), options: options(index)), numbers)
      }
      for line in regression.lines("numbers, \(name)") { print(line) }
    }
  }

  /// Differences and ratios of selection rates over groups.
  static func fairness(runs: Int, threads: Int) {
    var worlds: [(String, GroupWorld)] = []
    for groups in [2, 4, 8] {
      for rows in [50, 200] {
        worlds.append(
          ("\(groups) equal groups of \(rows)", same(groups, rows: rows, rates: { _ in 0.3 })))
        worlds.append(
          (
            "\(groups) groups of \(rows), one 0.1 higher",
            same(groups, rows: rows, rates: { $0 == 0 ? 0.4 : 0.3 })
          ))
        worlds.append(
          (
            "\(groups) groups of \(rows), 0.2 to 0.5",
            same(groups, rows: rows, rates: { 0.2 + 0.3 * Double($0) / Double(groups - 1) })
          ))
      }
    }
    worlds.append(("4 equal groups of 50, rate 0.05", same(4, rows: 50, rates: { _ in 0.05 })))
    for clients in [20, 42, 100] {
      for correlation in [0.0, 0.1] {
        for (name, rates) in [
          ("equal", { @Sendable _ in 0.3 }),
          ("0.2 to 0.5", { @Sendable in 0.2 + 0.1 * Double($0) }),
        ] as [(String, @Sendable (Int) -> Double)] {
          var world = same(4, rows: clients * 5, rates: rates)
          world.clients = clients
          world.correlation = correlation
          worlds.append(
            ("4 groups, \(name), \(clients) clients, correlation \(correlation)", world))
        }
      }
    }
    for (name, world) in worlds where isWanted(name) {
      let coverage = simulate(runs: runs / 2, threads: threads) { index, coverage in
        let column = evaluate(world.table(world: index), options: options(index)).arms[0].fairness[
          0]
        for (id, truth) in [
          ("demographic_parity_difference", world.difference),
          ("demographic_parity_ratio", world.ratio),
        ] {
          guard let metric = column.metric(id), let value = metric.estimate.value else { continue }
          coverage.add(id, metric.estimate.interval, truth: truth)
          // Widths of these entries are mean errors of the value and of the corrected value.
          coverage.add(id, "bias", low: truth, high: value, truth: truth)
          if let corrected = metric.biasCorrected {
            coverage.add(id, "bias corrected", low: truth, high: corrected, truth: truth)
          }
        }
      }
      let cells = coverage.counts.sorted {
        ($0.key.metric, $0.key.method) < ($1.key.metric, $1.key.method)
      }.map { key, entry -> String in
        if key.method.hasPrefix("bias") {
          let thousandths = (entry.width / Double(entry.total) * 1000).rounded()
          return "\(key.method) \(thousandths / 1000)"
        }
        return "\(key.metric) \(Coverage.percent(entry.covered, entry.total))"
      }
      print("| \(name) | \(cells.joined(separator: ", ")) |")
    }
  }

  private static func same(_ groups: Int, rows: Int, rates: (Int) -> Double) -> GroupWorld {
    GroupWorld(groups: (0..<groups).map { (rates($0), rows) })
  }

  /// How often a test against a margin is wrong at the margin, and how often it succeeds without any
  /// difference.
  static func margins(runs: Int, threads: Int) {
    let clients: [(String, ClientSizes?, Double, Int)] = [
      ("200 rows", nil, 0, 200), ("1000 rows", nil, 0, 1000), ("5000 rows", nil, 0, 5000),
      ("20 unequal clients", .unequal(20, meanRows: 60), 0.1, 0),
      ("42 unequal clients", .unequal(42, meanRows: 60), 0.1, 0),
      ("100 equal clients", .equal(100, rows: 30), 0.1, 0),
    ]
    for (name, sizes, correlation, rows) in clients where isWanted(name) {
      for (margin, discordant) in [(0.02, 0.06), (0.05, 0.15), (0.02, 0.03)] {
        let test = Margin(metric: "accuracy", value: margin, chosenBy: "the simulation")
        func share(_ difference: Double) -> [String: (Int, Int)] {
          let world = MarginWorld(
            difference: difference, discordant: discordant, rows: rows, clients: sizes,
            correlation: correlation)
          let coverage = simulate(runs: runs, threads: threads) { index, coverage in
            var options = options(index)
            options.replicates = 0
            let evaluation = evaluate(world.table(world: index), options: options)
            guard
              let result = hypothesisTests(of: evaluation, margins: [test]).first?.overall.margins
                .first
            else { return }
            func count(_ what: String, _ holds: Bool) {
              coverage.add("accuracy", what, low: 0, high: 1, truth: holds ? 0.5 : 2)
            }
            count("non-inferior", result.verdict == .nonInferior)
            count("inferior", result.verdict == .inferior)
            count("equivalent", result.isEquivalent)
            if let headline = result.headlineVerdict {
              count("non-inferior by the headline", headline == .nonInferior)
              count("inferior by the headline", headline == .inferior)
            }
          }
          var shares: [String: (Int, Int)] = [:]
          for (key, entry) in coverage.counts { shares[key.method] = (entry.covered, entry.total) }
          return shares
        }
        let atMargin = share(-margin)
        let none = share(0)
        func text(_ shares: [String: (Int, Int)]) -> String {
          shares.sorted { $0.key < $1.key }.map {
            "\($0.key) \(Coverage.percent($0.value.0, $0.value.1))"
          }.joined(separator: ", ")
        }
        print(
          "| \(name), margin \(margin), discordant \(discordant) | \(text(atMargin)) | \(text(none)) |"
        )
      }
    }
  }
}
