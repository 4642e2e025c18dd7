import AssayStatistics

/// Areas under the ROC curve between pairs of classes: one against one.
///
/// For classes a and b, `A(a|b)` is the chance that a row of class a has the higher score of a than a
/// row of class b, ties ½, over rows of these classes alone. A pair's area is the mean of `A(a|b)` and
/// `A(b|a)`; the metric is the mean over pairs, or weighted by the pair's share of rows.
/// - Note: Source: Hand and Till 2001, Machine Learning 45, 171–186; scikit-learn `roc_auc_score`
///   with `multi_class='ovo'`.
struct PairwiseAreas {
  /// Class of every row, −1 without a label.
  let labels: [Int]
  let classes: Int
  /// Rows of each class.
  let sizes: [Double]

  init(labels: [Int], classes: Int) {
    self.labels = labels
    self.classes = classes
    var sizes = Array(repeating: 0.0, count: classes)
    for label in labels where label >= 0 { sizes[label] += 1 }
    self.sizes = sizes
  }

  /// The mean over pairs with every row's contribution; NaN when a class has no rows.
  /// - Parameters:
  ///   - orders: Rows from the lowest score, one list per class.
  ///   - weighted: Whether a pair counts by its rows.
  func mean(orders: [[UInt32]], ranks: [[UInt32]], weighted: Bool) -> Contributions {
    guard classes > 1, sizes.allSatisfy({ $0 > 0 }) else {
      return Contributions(value: .nan, rows: [])
    }
    let total = sizes.reduce(0, +)
    let pairs = Double(classes * (classes - 1) / 2)
    func weight(_ a: Int, _ b: Int) -> Double {
      weighted ? (sizes[a] + sizes[b]) / (Double(classes - 1) * total) : 1 / pairs
    }
    var rows = Array(repeating: 0.0, count: labels.count)
    var constants = Array(repeating: 0.0, count: classes)
    var value = CompensatedSum()
    // By class: the sum of its areas with every other class, for the weights' own derivative.
    var areas = Array(repeating: 0.0, count: classes)
    for target in 0..<classes {
      let weights = (0..<classes).map { $0 == target ? 0 : weight(target, $0) / 2 }
      let area = sweep(
        target, order: orders[target], ranks: ranks[target], weights: weights, into: &rows)
      for other in 0..<classes where other != target {
        value.add(weights[other] * area[other])
        constants[target] += weights[other] * area[other] / sizes[target]
        constants[other] += weights[other] * area[other] / sizes[other]
        areas[target] += area[other] / 2
        areas[other] += area[other] / 2
      }
    }
    for (row, label) in labels.enumerated() where label >= 0 {
      rows[row] -= constants[label]
      if weighted { rows[row] += (areas[label] / Double(classes - 1) - value.value) / total }
    }
    return Contributions(value: value.value, rows: rows)
  }

  /// The areas of one class against each other on its own score, and the rows' placements added to
  /// `result`, each with its weight.
  private func sweep(
    _ target: Int, order: [UInt32], ranks: [UInt32], weights: [Double],
    into result: inout [Double]
  ) -> [Double] {
    var below = Array(repeating: 0.0, count: classes)
    var twice = Array(repeating: 0.0, count: classes)
    var here = Array(repeating: 0.0, count: classes)
    RankMetrics.forEachTie(order: order, ranks: ranks) { tie in
      var touched: [Int] = []
      for position in tie {
        let label = labels[Int(order[position])]
        if label < 0 { continue }
        if here[label] == 0 { touched.append(label) }
        here[label] += 1
      }
      let own = here[target]
      if own > 0 {
        var placement = 0.0
        for other in 0..<classes where other != target {
          let ahead = 2 * below[other] + here[other]
          twice[other] += own * ahead
          placement += weights[other] * ahead / (2 * sizes[other])
        }
        for position in tie where labels[Int(order[position])] == target {
          result[Int(order[position])] += placement / sizes[target]
        }
      }
      let behind = (2 * (sizes[target] - below[target] - own) + own) / (2 * sizes[target])
      for position in tie {
        let row = Int(order[position])
        let label = labels[row]
        if label >= 0, label != target { result[row] += weights[label] * behind / sizes[label] }
      }
      for label in touched {
        below[label] += here[label]
        here[label] = 0
      }
    }
    return (0..<classes).map {
      $0 == target ? 0 : twice[$0] / (2 * sizes[target] * sizes[$0])
    }
  }
}
