import AssayMetrics
import AssayRuns
import AssayStatistics
import AssayTestSupport
import Testing

/// Hidden counts cannot be worked out from what is shown.
@Suite("Disclosure control of tables")
struct SuppressionTests {
  /// A table with skewed groups: regions, sexes, perhaps cities within regions, perhaps the crossing
  /// of regions and sexes, perhaps clients.
  static func table(key: UInt64) -> ScoredTable {
    let generator = CounterGenerator(seed: key, stream: 31)
    var position: UInt64 = 0
    func next() -> Double {
      position += 1
      return generator.uniform(at: position)
    }
    func whole(_ range: ClosedRange<Int>) -> Int {
      range.lowerBound + Int(next() * Double(range.count))
    }
    let rows = whole(45...400)
    let regionCount = whole(2...6)
    let sexCount = whole(2...3)
    // Weights fall fast, so that some groups are small.
    func skewed(_ count: Int, _ power: Double) -> [Int] {
      (0..<rows).map { _ in min(count - 1, Int(Double(count) * squared(next(), power))) }
    }
    func squared(_ value: Double, _ power: Double) -> Double {
      power > 2 ? value * value * value : power > 1 ? value * value : value
    }
    let regions = skewed(regionCount, 1 + 2 * next())
    let sexes = skewed(sexCount, 1 + 2 * next())
    let cities = skewed(3, 2)
    let kind = whole(0...5)
    var segments = [GroupColumn(name: "region", values: regions.map { "r\($0)" })]
    var sensitive: [GroupColumn] = []
    if kind > 0 { sensitive.append(GroupColumn(name: "sex", values: sexes.map { "s\($0)" })) }
    if kind == 2 || kind == 3 {
      segments.append(
        GroupColumn(name: "city", values: zip(regions, cities).map { "r\($0).\($1)" }))
    }
    if kind >= 3 {
      segments.append(
        GroupColumn(name: "region+sex", values: zip(regions, sexes).map { "r\($0)+s\($1)" }))
    }
    let missing = whole(0...3)
    let labels = (0..<rows).map { row -> Int32 in
      missing == 3 && next() < 0.3 ? -1 : next() < 0.3 ? 1 : 0
    }
    return ScoredTable(
      task: .binary, labels: labels,
      arms: (0..<whole(1...3)).map { arm in
        ScoredArm(
          name: "arm\(arm)",
          seeds: [.init(seed: nil, scores: (0..<rows).map { _ in next() })])
      },
      segments: segments, sensitive: sensitive,
      client: kind == 5
        ? GroupColumn(name: "client", values: (0..<rows).map { _ in "c\(whole(0...14))" }) : nil)
  }

  static func options(key: UInt64) -> EvaluationOptions {
    var options = EvaluationOptions()
    options.replicates = 0
    options.minimumCount = [20, 10, 5][Int(key % 3)]
    options.minimumClients = key % 7 == 0 ? 5 : 1
    return options
  }

  /// A count of every group, or the reason why it is hidden, in every column of an arm.
  static func columns(
    _ arm: ArmEvaluation, metric: String, count: (Estimate) -> Int?
  ) -> [DisclosureAttack.Column] {
    (arm.segments + arm.sensitive + (arm.clients.map { [$0] } ?? [])).map { column in
      DisclosureAttack.Column(
        name: column.column,
        groups: column.groups.map { group in
          let estimate = group.metrics[metric]
          return (group.name, estimate.flatMap(count), estimate?.reason ?? "")
        })
    }
  }

  /// What the printed reason says about the rows of a hidden cell.
  static func bounds(_ reason: String, minimum: Int) -> (Int, Int?) {
    if reason == "suppressed: fewer than \(minimum) rows" { return (1, minimum - 1) }
    if reason.hasSuffix("clients") || reason.hasSuffix("computed from it") { return (minimum, nil) }
    return (1, nil)
  }

  /// Hidden cells of which an attack learns more about the number of rows than the printed reasons say:
  /// by themselves, without any count.
  static func leaks(_ table: ScoredTable, _ options: EvaluationOptions) -> [String] {
    leaks(evaluate(table, options: options), options)
  }

  static func leaks(_ evaluation: Evaluation, _ options: EvaluationOptions) -> [String] {
    let minimum = options.minimumCount
    let attack = DisclosureAttack(
      total: evaluation.rows,
      columns: (evaluation.arms[0].segments + evaluation.arms[0].sensitive
        + (evaluation.arms[0].clients.map { [$0] } ?? [])).map { column in
          DisclosureAttack.Column(
            name: column.column,
            groups: column.groups.map { ($0.name, $0.rows, $0.metrics["accuracy"]?.reason ?? "") })
        },
      bounds: { bounds($1, minimum: minimum) })
    var found: [String] = []
    func leak(_ name: String) {
      found.append("\(name): \(attack.range(name).map { "\($0)" } ?? "-")")
    }
    for (name, reason) in attack.hidden {
      if reason == "suppressed: fewer than \(minimum) rows" {
        // A small region with three cities has three rows at least, whatever is shown.
        let told = attack.withoutCounts.range(name) ?? (1, minimum - 1)
        if !attack.isPossible(name, told.low) || !attack.isPossible(name, told.high) { leak(name) }
      } else if reason.hasSuffix("clients"), let range = attack.range(name),
        range.high - range.low < minimum
      {
        leak(name)
      }
    }
    return found
  }

  @Test("no hidden number of rows can be narrowed down, over random tables", arguments: 0..<10)
  func rows(part: Int) {
    for key in UInt64(part * 25 + 1)...UInt64(part * 25 + 25) {
      let options = Self.options(key: key)
      let leaks = Self.leaks(Self.table(key: key), options)
      #expect(leaks.isEmpty, "table \(key), minimum \(options.minimumCount): \(leaks)")
    }
  }

  @Test("the same attack finds leaks when nothing is hidden for the sake of others")
  func attackWorks() {
    var leaking = 0
    for key in UInt64(1)...60 {
      var options = Self.options(key: key)
      options.suppressesComplements = false
      if !Self.leaks(Self.table(key: key), options).isEmpty { leaking += 1 }
    }
    #expect(leaking > 20)
  }

  /// Hidden cells whose rate is known to be 0 or 1: all counted rows are elsewhere.
  static func certainties(_ table: ScoredTable, _ options: EvaluationOptions) -> [String] {
    let evaluation = evaluate(table, options: options)
    var found: [String] = []
    /// Counts as the published estimates give them, and those of the other rows.
    let kinds: [(name: String, metric: String, count: (Estimate) -> Int?)] = [
      ("positives", "recall", \.count),
      ("negatives", "specificity", \.count),
      ("right", "accuracy", { estimate in share(estimate) }),
      ("wrong", "accuracy", { estimate in rest(estimate) }),
      ("selected", "selection_rate", { estimate in share(estimate) }),
      ("not selected", "selection_rate", { estimate in rest(estimate) }),
    ]
    for arm in evaluation.arms {
      for kind in kinds {
        guard let total = arm.overall[kind.metric].flatMap(kind.count), total > 0 else { continue }
        let attack = DisclosureAttack(
          total: total, columns: columns(arm, metric: kind.metric, count: kind.count),
          bounds: { _, _ in (0, nil) })
        for (name, reason) in attack.hidden
        where reason == "suppressed: fewer than \(options.minimumCount) rows" {
          if !attack.isPossible(name, 1), attack.range(name)?.high == 0 {
            found.append("\(arm.name) \(name): no \(kind.name)")
          }
        }
      }
    }
    return found
  }

  static func share(_ estimate: Estimate) -> Int? {
    guard let value = estimate.value, let count = estimate.count else { return nil }
    return Int((value * Double(count)).rounded())
  }

  static func rest(_ estimate: Estimate) -> Int? {
    share(estimate).flatMap { part in estimate.count.map { $0 - part } }
  }

  @Test("no rate of a hidden cell is known to be 0 or 1, over random tables", arguments: 0..<4)
  func rates(part: Int) {
    for key in UInt64(part * 25 + 1)...UInt64(part * 25 + 25) {
      let leaks = Self.certainties(Self.table(key: key), Self.options(key: key))
      #expect(leaks.isEmpty, "table \(key): \(leaks)")
    }
  }

  @Test("rates of hidden cells are known where nothing is hidden for the sake of others")
  func ratesAttackWorks() {
    var leaking = 0
    for key in UInt64(1)...60 {
      var options = Self.options(key: key)
      options.suppressesComplements = false
      if !Self.certainties(Self.table(key: key), options).isEmpty { leaking += 1 }
    }
    #expect(leaking > 5)
  }

  /// Groups with few rows of one label whose number of them is known exactly.
  static func knownLabels(_ table: ScoredTable, _ options: EvaluationOptions) -> [String] {
    let evaluation = evaluate(table, options: options)
    let arm = evaluation.arms[0]
    var labelled: [String: Estimate] = [:]
    for column in arm.segments + arm.sensitive + (arm.clients.map { [$0] } ?? []) {
      for group in column.groups {
        labelled["\(column.column)=\(group.name)"] = group.metrics["accuracy"]
      }
    }
    var found: [String] = []
    for metric in ["recall", "specificity"] {
      guard let total = arm.overall[metric]?.count else { continue }
      let attack = DisclosureAttack(
        total: total, columns: columns(arm, metric: metric, count: \.count),
        bounds: { cell, _ in (0, labelled[cell]?.count) })
      for (name, reason) in attack.hidden where reason.hasSuffix("of one label") {
        if let range = attack.range(name), range.low == range.high {
          found.append("\(name): \(range.low) for \(metric)")
        }
      }
    }
    return found
  }

  @Test("the few rows of a label in a group cannot be counted, over random tables")
  func labels() {
    var hidden = 0
    for key in UInt64(1)...100 {
      var options = Self.options(key: key)
      options.minimumLabelCount = 5
      let table = Self.table(key: key)
      let leaks = Self.knownLabels(table, options)
      #expect(leaks.isEmpty, "table \(key): \(leaks)")
      options.suppressesComplements = false
      hidden += Self.knownLabels(table, options).count
    }
    #expect(hidden > 5)
  }

  @Test("a group with three positives shows no number from which they could be counted")
  func fewPositives() throws {
    // 500 rows of group a with 3 positives; 300 of b with 90.
    let labels = (0..<800).map { row -> Int32 in row < 3 || (row >= 500 && row < 590) ? 1 : 0 }
    let column = (0..<800).map { $0 < 500 ? "a" : "b" }
    let scores = labels.enumerated().map { row, label in
      row % 50 == 7 ? 0.5 : label == 1 ? 0.9 : 0.1
    }
    var options = EvaluationOptions()
    options.replicates = 0
    let arm = evaluate(
      SampleTables.table(labels: labels, scores: scores, column: column), options: options
    ).arms[0]
    let a = try #require(arm.segments[0].group("a"))
    #expect(a.metrics["recall"]?.reason == "suppressed: fewer than 5 rows of one label")
    #expect(a.metrics["f1"]?.count == nil)
    #expect(a.metrics["accuracy"]?.count == 500)
    // Right about 490 of 500 rows with 13 predicted positive: 3 to 23 positives, which says too much.
    #expect(a.metrics["selection_rate"]?.value == nil)
    let b = try #require(arm.segments[0].group("b"))
    #expect(b.metrics["recall"]?.reason == "suppressed: a hidden group could be computed from it")
    #expect(arm.overall["recall"]?.count == 93)
    options.minimumLabelCount = 1
    let shown = evaluate(
      SampleTables.table(labels: labels, scores: scores, column: column), options: options
    ).arms[0]
    #expect(shown.segments[0].group("a")?.metrics["recall"]?.count == 3)
  }

  @Test("with numerators suppressed, no rate has fewer than 20 rows in or beside its numerator")
  func numerators() throws {
    var shown = 0
    for key in [38, 43, 49] as [UInt64] {
      var options = Self.options(key: key)
      options.suppressesNumerators = true
      let evaluation = evaluate(Self.table(key: key), options: options)
      for arm in evaluation.arms {
        let groups = (arm.segments + arm.sensitive + (arm.clients.map { [$0] } ?? [])).flatMap(
          \.groups)
        for metrics in [arm.overall] + groups.map(\.metrics) {
          for id in ["accuracy", "recall", "specificity", "precision", "selection_rate"] {
            guard let estimate = metrics[id], let part = Self.share(estimate),
              let rest = Self.rest(estimate)
            else { continue }
            shown += 1
            #expect(part == 0 || part >= options.minimumCount, "table \(key) \(id)")
            #expect(rest == 0 || rest >= options.minimumCount, "table \(key) \(id)")
          }
        }
      }
      let leaks = Self.knownNumerators(evaluation)
      #expect(leaks.isEmpty, "table \(key): \(leaks)")
    }
    #expect(shown > 0)
  }

  /// Cells with a hidden numerator whose rows with a wrong prediction are known exactly.
  static func knownNumerators(_ evaluation: Evaluation) -> [String] {
    var found: [String] = []
    for arm in evaluation.arms {
      guard let total = arm.overall["accuracy"].flatMap(rest) else { continue }
      let attack = DisclosureAttack(
        total: total, columns: columns(arm, metric: "accuracy", count: rest),
        bounds: { _, _ in (0, nil) })
      for (name, reason) in attack.hidden where reason.hasSuffix("its complement") {
        if let range = attack.range(name), range.low == range.high, range.high > 0 {
          found.append("\(name): \(range.low) wrong")
        }
      }
    }
    return found
  }

  @Test("the smallest group that leaves enough room is hidden with a small one")
  func smallest() throws {
    // 10 rows; then 25, which would leave the 10 between 1 and 15; then 45, which leaves all of 1…19.
    let names = (0..<280).map { $0 < 10 ? "a" : $0 < 35 ? "b" : $0 < 80 ? "c" : "d" }
    let table = SampleTables.table(
      labels: (0..<280).map { Int32($0 / 3 % 2) }, scores: (0..<280).map { Double($0 % 7) / 7 },
      column: names)
    let evaluation = evaluate(table, options: EvaluationOptions())
    let groups = evaluation.arms[0].segments[0].groups
    #expect(groups.map { $0.rows } == [nil, 25, nil, 200])
    #expect(groups[0].metrics["accuracy"]?.reason == "suppressed: fewer than 20 rows")
    #expect(
      groups[2].metrics["accuracy"]?.reason
        == "suppressed: a hidden group could be computed from it")
    #expect(evaluation.suppression.cell(column: "g", group: 2).all != nil)
    #expect(evaluation.suppression.cell(column: "g", group: 3).isShown)
  }

  @Test("bins of the reliability diagram with few rows are hidden, and one more with them")
  func calibration() {
    // Scores 0.05 (100 rows), 0.35 (60), 0.65 (50), 0.95 (3).
    let scores = (0..<213).map { $0 < 100 ? 0.05 : $0 < 160 ? 0.35 : $0 < 210 ? 0.65 : 0.95 }
    let table = SampleTables.table(labels: (0..<213).map { Int32($0 % 2) }, scores: scores)
    let arm = evaluate(table, options: EvaluationOptions()).arms[0]
    #expect(arm.shownCalibration(minimumCount: 20).map(\.count) == [100, 60])
    #expect(arm.shownCalibration(minimumCount: 1).map(\.count) == [100, 60, 50, 3])
  }

  @Test("thousands of small clients below four regions are planned at once")
  func manyClients() {
    let rows = 30_000
    let table = ScoredTable(
      task: .binary, labels: (0..<rows).map { Int32($0 % 3 == 0 ? 1 : 0) },
      arms: [
        ScoredArm(
          name: "a", seeds: [.init(seed: nil, scores: (0..<rows).map { Double($0 % 10) / 10 })])
      ],
      segments: [GroupColumn(name: "region", values: (0..<rows).map { "r\($0 % 4)" })],
      client: GroupColumn(
        name: "client", values: (0..<rows).map { "c\($0 % 4)-\($0 * 7919 % 1013)" }))
    let plan = SuppressionPlan(table, options: EvaluationOptions())
    #expect(plan.columns["region"] == nil)
    #expect(plan.columns["client"]?.isEmpty == false)
  }
}

@Suite("Disclosure control of statistics")
struct StatisticsSuppressionTests {
  @Test("statistics hide what rows hide, where the rows are at hand")
  func sameAsRows() throws {
    for key in UInt64(1)...60 {
      let table = SuppressionTests.table(key: key)
      let options = SuppressionTests.options(key: key)
      let statistics = try EvaluationStatistics(table, options: options)
      let found = evaluate(statistics, ranks: [:], options: options, table: table)
      #expect(found.suppression == SuppressionPlan(table, options: options), "table \(key)")
    }
  }

  @Test("without rows, one column, two columns and clients leak nothing")
  func withoutRows() throws {
    var hidden = 0
    for key in UInt64(1)...120 {
      let table = SuppressionTests.table(key: key)
      // Which columns refine others is not known: cities and crossings as plain columns are left out.
      guard table.segments.count == 1 else { continue }
      let options = SuppressionTests.options(key: key)
      let statistics = try EvaluationStatistics(table, options: options)
      let evaluation = evaluate(statistics, options: options)
      let leaks = SuppressionTests.leaks(evaluation, options)
      #expect(leaks.isEmpty, "table \(key): \(leaks)")
      hidden += evaluation.suppression.columns.count
    }
    #expect(hidden > 20)
  }
}
