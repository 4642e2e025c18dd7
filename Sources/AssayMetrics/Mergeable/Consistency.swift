import AssayRuns

/// What a file from elsewhere must fulfil so that no result can contradict another.
extension CellStatistics {
  /// The first contradiction within the cell, in words; `nil` when there is none.
  func inconsistency(_ shape: StatisticsShape) -> String? {
    let k = shape.classes
    var labels: [Int]?
    for (index, arm) in arms.enumerated() {
      let name = "arm '\(shape.arms[index].name)'"
      if !arm.confusion.adds(to: rows) { return "\(name) counts other rows than the cell has" }
      let own = arm.labels(classes: k)
      if let labels, labels != own { return "the arms count different labels" }
      labels = own
      if let problem = arm.inconsistency(shape, labels: own) { return "\(name): \(problem)" }
    }
    for (index, place) in shape.comparedArms.enumerated() where shape.task != .regression {
      let joint = pairs[index].joint
      if !joint.adds(to: rows)
        || joint.margin(classes: k, isFirst: true) != arms[place].confusion.dense(k * (k + 1))
        || joint.margin(classes: k, isFirst: false)
          != arms[shape.reference].confusion.dense(k * (k + 1))
      {
        return "the joint table of two arms has other margins than theirs"
      }
      if pairs[index].squaredDifferences.contains(where: { $0.units < 0 }) {
        return "a negative sum of squares"
      }
    }
    if pairs.contains(where: { $0.regressionDifferences.contains(where: \.isNegative) }) {
      return "a negative sum of squares"
    }
    return clients.isEmpty ? nil : clientInconsistency(shape)
  }

  private func clientInconsistency(_ shape: StatisticsShape) -> String? {
    let k = shape.classes
    var clientRows = 0
    for client in clients {
      guard let sum = try? clientRows.addingCount(client.rows) else { return "too many rows" }
      clientRows = sum
    }
    if clientRows != rows { return "the clients have other rows than the cell" }
    for index in arms.indices {
      var confusion = SparseCounts()
      var sums = arms[index].sums.map { _ in FixedSum() }
      for client in clients {
        let arm = client.arms[index]
        if !arm.confusion.adds(to: client.rows) { return "a client counts other rows than it has" }
        let labels = arm.labels(classes: k)
        if !arm.truthRanks.adds(to: shape.scoreColumns > 1 ? labels.reduce(0, +) : 0) {
          return "a client ranks other rows than have a label"
        }
        if !arm.scores.matches(
          labels, columns: shape.scoreColumns, bins: StatisticsShape.clientBins)
        {
          return "a client's histogram has other rows than its labels"
        }
        guard (try? confusion.merge(arm.confusion)) != nil else { return "too many rows" }
        for place in sums.indices {
          guard (try? sums[place].merge(arm.sums[place])) != nil else { return "too large a sum" }
        }
      }
      if confusion != arms[index].confusion || sums != arms[index].sums
        || !regressionSharesAddUp(arm: index)
      {
        return "the clients' counts do not add up to those of the cell"
      }
    }
    return nil
  }

  private func regressionSharesAddUp(arm: Int) -> Bool {
    guard let regression = arms[arm].regression else { return true }
    // Shares hold the first of the cell's sums, in the same order.
    for place in 0..<RegressionTotals.Value.shared {
      var sum = ExactSum()
      for client in clients {
        guard (try? sum.merge(client.arms[arm].regression[place])) != nil else { return false }
      }
      if sum != regression.sums[place] { return false }
    }
    return true
  }
}

extension ArmStatistics {
  /// Labelled rows by true class.
  func labels(classes: Int) -> [Int] { confusion.labels(classes: classes) }

  func inconsistency(_ shape: StatisticsShape, labels: [Int]) -> String? {
    let labelled = labels.reduce(0, +)
    if clipped > labelled { return "more clipped rows than labels" }
    if shape.scoreColumns > 1 {
      if !truthRanks.adds(to: labelled) { return "ranks of other rows than have a label" }
    } else if !truthRanks.isEmpty {
      return "ranks of the true class, which two classes do not have"
    }
    if (sums + squares).contains(where: { $0.units < 0 }) { return "a negative loss" }
    var rows = 0
    for bin in calibration {
      let limit = Int128(bin.count) << 64
      guard bin.outcomes <= bin.count, 0...limit ~= bin.scores.units,
        0...limit ~= bin.squaredGaps.units
      else { return "a calibration bin that no rows can have" }
      guard let sum = try? rows.addingCount(bin.count) else { return "too many rows" }
      rows = sum
    }
    if !calibration.isEmpty, rows != labelled {
      return "calibration of other rows than have a label"
    }
    if !scores.matches(labels, columns: shape.scoreColumns, bins: shape.bins) {
      return "a histogram of other rows than have a label"
    }
    if let regression {
      let signed: Set<RegressionTotals.Value> = [.error, .target, .prediction, .product]
      for value in RegressionTotals.Value.allCases where !signed.contains(value) {
        if regression[value].isNegative { return "a negative sum of squares or magnitudes" }
      }
      if !regression.errors.adds(to: labelled) { return "errors of other rows than have a target" }
      let top = regression.errors.keys.last ?? 0
      if regression.largestError < 0 || RegressionTotals.errorBin(regression.largestError) != top {
        return "a largest error outside of the last bin of errors"
      }
    }
    return nil
  }
}

extension ClientStatistics.Arm {
  func labels(classes: Int) -> [Int] { confusion.labels(classes: classes) }
}

extension SparseCounts {
  /// Whether the counts add up to a number of rows; their sum may be any.
  func adds(to rows: Int) -> Bool {
    var left = rows
    for count in counts {
      if count > left { return false }
      left -= count
    }
    return left == 0
  }

  /// Of a confusion matrix: labelled rows by true class.
  func labels(classes: Int) -> [Int] {
    var labels = [Int](repeating: 0, count: classes)
    for (key, count) in zip(keys, counts) where Int(key) < classes * classes {
      labels[Int(key) / classes] += count
    }
    return labels
  }

  /// Of a joint table: the confusion matrix of its first or second arm.
  func margin(classes: Int, isFirst: Bool) -> [Int] {
    var margin = [Int](repeating: 0, count: classes * (classes + 1))
    for (key, count) in zip(keys, counts) {
      let (truth, predicted) = (Int(key) / (classes * classes), Int(key) % (classes * classes))
      let own = isFirst ? predicted / classes : predicted % classes
      margin[truth * classes + own] += count
    }
    return margin
  }

  /// Whether every column of a histogram has the labelled rows, by true class.
  func matches(_ labels: [Int], columns: Int, bins: Int) -> Bool {
    let classes = labels.count
    var sums = [Int](repeating: 0, count: columns * classes)
    for (key, count) in zip(keys, counts) {
      let place = Int(key) / (classes * bins) * classes + Int(key) % classes
      guard let sum = try? sums[place].addingCount(count) else { return false }
      sums[place] = sum
    }
    return (0..<columns).allSatisfy { column in
      sums[(column * classes)..<((column + 1) * classes)].elementsEqual(labels)
    }
  }
}

extension EvaluationStatistics {
  /// The first contradiction between cells, in words; `nil` when there is none.
  func inconsistency(_ shape: StatisticsShape) -> String? {
    var rows = [Int](repeating: 0, count: shape.columns.count + 2)
    for (key, cell) in cells {
      guard let sum = try? rows[key.column].addingCount(cell.rows) else { return "too many rows" }
      rows[key.column] = sum
      if shape.client != nil, key.column != shape.clientColumn, cell.clients.isEmpty {
        return "a cell without clients"
      }
    }
    let last = shape.client == nil ? shape.columns.count : shape.clientColumn
    for column in 0...last where rows[column] != rows[0] {
      return "the groups of a column have \(rows[column]) rows of \(rows[0])"
    }
    return nil
  }
}
