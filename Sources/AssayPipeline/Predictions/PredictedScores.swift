import AssayDiagnostics
import AssayRuns
import AssayStatistics
import AssayTables

/// The scores of one arm as probabilities, whatever its columns hold.
struct PredictedScores {
  let arm: ArmUse
  let task: PredictionTask
  let names: ClassNames
  /// For each class the position of its score column; `nil`: as they are named.
  let order: [Int]?
  /// Whether missing and infinite scores are kept as NaN, for rows that are left out later.
  var keepsUnscored = false

  /// Reads the arm's columns.
  /// - Throws: The first twenty scores that cannot be, with their places.
  func read(
    _ columns: inout PredictionColumns, notes: inout [String]
  ) throws -> ScoredArm.Seed {
    var predictions: [Int32]?
    if let use = arm.prediction ?? (arm.kind == .class ? arm.scores.first : nil) {
      predictions = try Self.classes(&columns, use, names, mayMiss: keepsUnscored)
    }
    if arm.kind == .class || arm.scores.isEmpty {
      // Only classes are known: rates can be measured, scores are certain.
      return ScoredArm.Seed(
        seed: nil, scores: certain(predictions ?? []), predictions: predictions)
    }
    let places = order.map { $0.map { arm.scores[$0] } } ?? arm.scores
    if places.count == 1 {
      return ScoredArm.Seed(
        seed: nil, scores: try single(&columns, places[0], &notes), predictions: predictions)
    }
    return ScoredArm.Seed(
      seed: nil, scores: try several(&columns, places, &notes), predictions: predictions)
  }

  /// One column: the probability of label 1, or the prediction of a regression.
  private func single(
    _ columns: inout PredictionColumns, _ use: Int, _ notes: inout [String]
  ) throws -> [Double] {
    var scores = try numbers(&columns, use)
    if task == .regression { return scores }
    switch arm.kind {
    case .class: return scores
    case .logit:
      for row in scores.indices { scores[row] = Self.logistic(scores[row]) }
    case .probability:
      try checkRange(scores, use, columns)
      if scores.allSatisfy({ $0 == 0 || $0 == 1 }) {
        notes.append(
          "the column '\(columns.uses[use].name)' of the arm '\(arm.name)' holds only 0 and 1: it looks "
            + "like predicted classes, which --score-kind \(arm.name)=class says; as probabilities they "
            + "are certain")
      }
    }
    return scores
  }

  /// One column for each class, put beside one another row by row.
  private func several(
    _ columns: inout PredictionColumns, _ uses: [Int], _ notes: inout [String]
  ) throws -> [Double] {
    let width = uses.count
    let rows = columns.rowCount
    var scores = [Double](repeating: 0, count: rows * width)
    var isCertain = true
    for (column, use) in uses.enumerated() {
      let part = try numbers(&columns, use)
      if arm.kind == .probability {
        try checkRange(part, use, columns)
        isCertain = isCertain && part.allSatisfy { $0 == 0 || $0 == 1 }
      }
      for (row, value) in part.enumerated() { scores[row * width + column] = value }
    }
    if arm.kind == .logit {
      for row in 0..<rows { Self.softmax(&scores, row * width..<(row + 1) * width) }
    } else {
      try checkSums(scores, uses, columns, &notes)
    }
    if arm.kind == .probability, isCertain {
      notes.append(
        "the score columns of the arm '\(arm.name)' hold only 0 and 1: they look like predicted classes; "
          + "as probabilities they are certain")
    }
    return scores
  }

  /// The numbers of a column; NaN where a row is to be left out.
  private func numbers(_ columns: inout PredictionColumns, _ use: Int) throws -> [Double] {
    guard keepsUnscored else { return columns.takeNumbers(use) }
    let name = columns.uses[use].name
    let (codes, texts) = columns.takeTexts(use)
    let values = texts.map { text in text.isEmpty ? .nan : decimalNumber(text) }
    if values.contains(nil) {
      var problems = DiagnosticList()
      for (row, code) in codes.enumerated() where values[Int(code)] == nil {
        problems.append(
          columns.diagnostic(
            .wrongType(column: name, found: texts[Int(code)], expected: "a number"), row: row,
            use: use))
      }
      try problems.throwIfNotEmpty()
    }
    return codes.map { code in
      let value = values[Int(code)] ?? .nan
      return value.isFinite ? value : .nan
    }
  }

  /// How far the probabilities of a row may be from 1 in sum: beyond the first, for each class, the user is
  /// told (six decimals are within it), beyond the second they are refused.
  private static let sumTolerances = (noted: 1e-6, refused: 1e-2)

  /// Probabilities of several classes sum to 1; scores of one class against the rest do not, and would
  /// make log loss, Brier score and calibration meaningless.
  private func checkSums(
    _ scores: [Double], _ uses: [Int], _ columns: PredictionColumns, _ notes: inout [String]
  ) throws {
    let width = uses.count
    var noted = 0
    var largest = 0.0
    var problems = DiagnosticList()
    for row in 0..<columns.rowCount {
      var sum = 0.0
      for column in 0..<width { sum += scores[row * width + column] }
      // NaN stands only for rows that are left out.
      guard sum.isFinite else { continue }
      let distance = abs(sum - 1)
      if distance > Self.sumTolerances.refused {
        problems.append(
          columns.diagnostic(
            .outOfRange(
              column: columns.uses[uses[0]].name,
              found: "a sum of \(sum) over \(width) score columns",
              expected: "probabilities of all classes, which sum to 1"), row: row, use: uses[0],
            help:
              "if these columns hold logits, say so with --score-kind \(arm.name)=logit; scores of "
              + "one class against the rest have to be divided by their sum first"))
      } else if distance > Self.sumTolerances.noted * Double(width) {
        noted += 1
        largest = max(largest, distance)
      }
    }
    try problems.throwIfNotEmpty()
    if noted > 0 {
      notes.append(
        "in \(noted) rows the probabilities of the arm '\(arm.name)' do not sum to 1, by up to "
          + "\(largest); they are taken as they are")
    }
  }

  private func checkRange(
    _ scores: [Double], _ use: Int, _ columns: PredictionColumns
  ) throws {
    // NaN stands only for rows that are left out.
    if scores.allSatisfy({ !($0 < 0 || $0 > 1) }) { return }
    var problems = DiagnosticList()
    for (row, value) in scores.enumerated() where value < 0 || value > 1 {
      problems.append(
        columns.diagnostic(
          .outOfRange(
            column: columns.uses[use].name, found: "\(value)",
            expected: "a probability in 0...1"), row: row, use: use,
          help: "if this column holds logits, say so with --score-kind \(arm.name)=logit"))
    }
    try problems.throwIfNotEmpty()
  }

  /// A class for each row of a column of labels or predicted classes; −1 where it is missing.
  static func classes(
    _ columns: inout PredictionColumns, _ use: Int, _ names: ClassNames, mayMiss: Bool
  ) throws -> [Int32] {
    let name = columns.uses[use].name
    let taken = columns.takeTexts(use)
    let texts = taken.texts
    var codes = taken.codes
    let classes = names.codes(of: texts)
    let isBad = { (code: Int32) in code == -2 || (code == -1 && !mayMiss) }
    if classes.contains(where: isBad) {
      var problems = DiagnosticList()
      for (row, code) in codes.enumerated() where isBad(classes[Int(code)]) {
        let isMissing = classes[Int(code)] == -1
        problems.append(
          columns.diagnostic(
            isMissing
              ? .missingValue(column: name)
              : .labelOutsideClasses(
                column: name, found: texts[Int(code)], classes: names.expected), row: row, use: use,
            help: isMissing ? nil : names.help))
      }
      try problems.throwIfNotEmpty()
    }
    for row in codes.indices { codes[row] = classes[Int(codes[row])] }
    return codes
  }

  private func certain(_ classes: [Int32]) -> [Double] {
    guard case .multiclass(let count) = task else {
      return classes.map { $0 < 0 ? .nan : Double($0) }
    }
    var scores = [Double](repeating: 0, count: classes.count * count)
    for (row, label) in classes.enumerated() where label >= 0 {
      scores[row * count + Int(label)] = 1
    }
    return scores
  }

  /// `1 / (1 + e^−x)`, in 0...1; written so that the exponential never overflows.
  static func logistic(_ x: Double) -> Double {
    if x >= 0 { return 1 / (1 + PortableMath.exp(-x)) }
    let e = PortableMath.exp(x)
    return e / (1 + e)
  }

  /// `e^x_k / Σ e^x_j` in place; the largest is taken off first, so that nothing overflows.
  static func softmax(_ scores: inout [Double], _ range: Range<Int>) {
    var largest = -Double.infinity
    for index in range { largest = max(largest, scores[index]) }
    var sum = 0.0
    for index in range {
      scores[index] = PortableMath.exp(scores[index] - largest)
      sum += scores[index]
    }
    for index in range { scores[index] /= sum }
  }
}
