/// Points of a receiver operating characteristic or of a precision–recall curve, from the highest
/// threshold to the lowest.
public struct ScoreCurve: Hashable, Sendable {
  /// Which curve.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// False-positive rate against true-positive rate.
    case roc
    /// Recall against precision.
    case precisionRecall = "precision_recall"
  }

  /// Which curve.
  public var kind: Kind
  /// The counts behind each point.
  public var points: [ThresholdCounts]
  /// Points of the whole curve before any were left out.
  public var wholeCount: Int
  /// The largest vertical distance between a point that was left out and the straight line between
  /// its kept neighbours; 0 when none was left out.
  public var largestGap: Double

  /// Where a point stands; `nil` for precision when nobody is selected.
  public func place(_ counts: ThresholdCounts) -> (x: Double, y: Double)? {
    let x = kind == .roc ? counts.falsePositiveRate : counts.recall
    let y = kind == .roc ? counts.recall : counts.precision
    guard let x, let y else { return nil }
    return (x, y)
  }

  /// At most this many points are kept.
  public static let pointLimit = 200
}

extension ScoreDistribution {
  /// The curve through every distinct score, thinned.
  ///
  /// First, points are grouped from the highest score so that at least `minimumRows` labelled rows
  /// lie between two points and beyond the first and last inner one: no point and no step rests on
  /// fewer. Of these, points on a straight line between their neighbours are dropped. If more than
  /// `limit` remain, the two ends are kept, then vertices of the convex hull in the order of their
  /// distance from the curve so far, until all stand or three quarters of the points are used; then
  /// the other points in the same order. So the hull, which says what the best thresholds yield, is
  /// lost last.
  /// - Returns: `nil` without rows of both labels.
  public func curve(
    _ kind: ScoreCurve.Kind, limit: Int = ScoreCurve.pointLimit, minimumRows: Int = 1
  ) -> ScoreCurve? {
    guard positiveCount > 0, negativeCount > 0 else { return nil }
    let points = groupedPoints(minimumRows: max(1, minimumRows))
    var curve = ScoreCurve(kind: kind, points: points, wholeCount: points.count, largestGap: 0)
    // Precision has no value where nobody is selected.
    let placed = points.compactMap { point in curve.place(point).map { (point, $0.x, $0.y) } }
    let thinning = CurveThinning(x: placed.map(\.1), y: placed.map(\.2))
    let kept = thinning.kept(limit: max(2, limit))
    curve.points = kept.map { placed[$0].0 }
    curve.largestGap = thinning.largestGap(kept)
    return curve
  }

  /// Counts at the thresholds +∞ and at distinct scores from the highest, as many rows apart.
  func groupedPoints(minimumRows: Int) -> [ThresholdCounts] {
    var points = [counts(.infinity, right: 0, wrong: 0)]
    var right = 0
    var wrong = 0
    var last = 0
    for index in scores.indices.reversed() where positives[index] + negatives[index] > 0 {
      right += positives[index]
      wrong += negatives[index]
      let selected = right + wrong
      let rest = labelledCount - selected
      if rest == 0 || (selected - last >= minimumRows && rest >= minimumRows) {
        points.append(counts(scores[index], right: right, wrong: wrong))
        last = selected
      }
    }
    return points
  }
}

/// Which points of a line to keep so that its shape stays.
struct CurveThinning {
  let x: [Double]
  let y: [Double]

  /// A stretch between two kept points and its farthest point of a set.
  private struct Stretch {
    var low: Int
    var high: Int
    var farthest: Int
    var distance: Double
  }

  /// Places of kept points, ascending.
  func kept(limit: Int) -> [Int] {
    let count = x.count
    let bends = (0..<count).filter { $0 == 0 || $0 == count - 1 || isBend($0) }
    if bends.count <= limit { return bends }
    let hull = upperHull(bends)
    var kept = [0, count - 1]
    add(&kept, from: hull, limit: min(limit, max(2, limit * 3 / 4)))
    add(&kept, from: bends, limit: limit)
    return kept
  }

  /// Whether the point is off the straight line between its neighbours.
  private func isBend(_ index: Int) -> Bool {
    let (a, b) = (index - 1, index + 1)
    let cross = (x[index] - x[a]) * (y[b] - y[a]) - (y[index] - y[a]) * (x[b] - x[a])
    return abs(cross) > 1e-15
  }

  /// Vertices of the upper hull: no point lies above the line between two neighbours.
  private func upperHull(_ points: [Int]) -> [Int] {
    var hull: [Int] = []
    for point in points {
      while hull.count >= 2 {
        let (a, b) = (hull[hull.count - 2], hull[hull.count - 1])
        let cross = (x[b] - x[a]) * (y[point] - y[a]) - (y[b] - y[a]) * (x[point] - x[a])
        if cross < 0 { break }
        hull.removeLast()
      }
      hull.append(point)
    }
    return hull
  }

  /// Adds the farthest points of a set one by one.
  private func add(_ kept: inout [Int], from set: [Int], limit: Int) {
    var stretches = zip(kept, kept.dropFirst()).compactMap { stretch($0, $1, set) }
    while kept.count < limit {
      var at = -1
      for (index, stretch) in stretches.enumerated()
      where at < 0 || stretch.distance > stretches[at].distance { at = index }
      guard at >= 0 else { break }
      let chosen = stretches[at]
      kept.append(chosen.farthest)
      let halves = [
        stretch(chosen.low, chosen.farthest, set), stretch(chosen.farthest, chosen.high, set),
      ].compactMap { $0 }
      stretches.replaceSubrange(at...at, with: halves)
    }
    kept.sort()
  }

  /// The farthest point of a set strictly between two places; `nil` when there is none.
  private func stretch(_ low: Int, _ high: Int, _ set: [Int]) -> Stretch? {
    var at = 0
    var end = set.count
    while at < end {
      let middle = (at + end) / 2
      if set[middle] > low { end = middle } else { at = middle + 1 }
    }
    var best: Stretch?
    while at < set.count, set[at] < high {
      let distance = self.distance(set[at], low, high)
      if distance > best?.distance ?? -1 {
        best = Stretch(low: low, high: high, farthest: set[at], distance: distance)
      }
      at += 1
    }
    return best
  }

  /// The distance of a point from the straight line between two others.
  private func distance(_ point: Int, _ low: Int, _ high: Int) -> Double {
    let (dx, dy) = (x[high] - x[low], y[high] - y[low])
    let (px, py) = (x[point] - x[low], y[point] - y[low])
    let length = (dx * dx + dy * dy).squareRoot()
    return length > 0 ? abs(dx * py - dy * px) / length : (px * px + py * py).squareRoot()
  }

  /// The largest vertical distance from the line through the kept points to any other point.
  func largestGap(_ kept: [Int]) -> Double {
    var largest = 0.0
    for (low, high) in zip(kept, kept.dropFirst()) where high > low + 1 {
      let width = x[high] - x[low]
      for point in (low + 1)..<high {
        let share = width > 0 ? (x[point] - x[low]) / width : 0
        let line = y[low] + (y[high] - y[low]) * share
        let gap =
          width > 0
          ? abs(y[point] - line)
          // Upright: outside of the stretch or not.
          : max(0, max(min(y[low], y[high]) - y[point], y[point] - max(y[low], y[high])))
        largest = max(largest, gap)
      }
    }
    return largest
  }
}
