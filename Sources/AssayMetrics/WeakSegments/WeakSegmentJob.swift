import AssayStatistics

/// The segments of one column, or of the crossing of two, in the search half.
struct WeakSegmentJob {
  let search: WeakSegmentSearch
  let columns: [Int]

  /// The strongest segments of every target, and how many were compared.
  func run(
    totals: [LossSums], kept: Int
  ) -> (best: [[WeakSegmentSearch.Candidate]], searched: Int) {
    let rows = search.rows
    let first = search.columns[columns[0]]
    let second = columns.count > 1 ? search.columns[columns[1]] : nil
    let height = first.groups.count
    let width = second?.groups.count ?? 1
    let runs = (first.runs, second?.runs ?? [0...0])
    var best: [[WeakSegmentSearch.Candidate]] = []
    var searched = 0
    for (target, losses) in rows.losses.enumerated() {
      // Sums over codes below a corner, so that any run is four of them.
      var corners = [LossSums](repeating: LossSums(), count: (height + 1) * (width + 1))
      if let second {
        for (row, side) in rows.half.enumerated() where side == 0 {
          let a = first.codes[row]
          let b = second.codes[row]
          if a >= 0, b >= 0 {
            corners[(Int(a) + 1) * (width + 1) + Int(b) + 1].add(losses[row])
          }
        }
      } else {
        for (row, side) in rows.half.enumerated() where side == 0 && first.codes[row] >= 0 {
          corners[(Int(first.codes[row]) + 1) * (width + 1) + 1].add(losses[row])
        }
      }
      let isPlain = !first.isOrdered && second?.isOrdered != true
      if !isPlain {
        for a in 1...height {
          for b in 1...width {
            let at = a * (width + 1) + b
            corners[at] =
              corners[at] + corners[at - 1] + corners[at - width - 1] - corners[at - width - 2]
          }
        }
      }
      var candidates: [WeakSegmentSearch.Candidate] = []
      var bar = 0.0
      let isDifference = rows.targets[target].reference != nil
      for a in runs.0 {
        for b in runs.1 {
          let here: LossSums
          if isPlain {
            here = corners[(a.lowerBound + 1) * (width + 1) + b.lowerBound + 1]
          } else {
            let top = a.lowerBound * (width + 1)
            let bottom = (a.upperBound + 1) * (width + 1)
            here =
              corners[bottom + b.upperBound + 1] - corners[top + b.upperBound + 1]
              - corners[bottom + b.lowerBound] + corners[top + b.lowerBound]
          }
          let rest = totals[target] - here
          guard here.count >= search.least, rest.count >= search.least else { continue }
          searched += 1
          let strength = here.strength(against: rest, isDifference: isDifference)
          guard strength > bar else { continue }
          var parts = [WeakSegmentSearch.Candidate.Part(column: columns[0], run: a)]
          if columns.count > 1 { parts.append(.init(column: columns[1], run: b)) }
          candidates.append(.init(parts: parts, strength: strength))
          if candidates.count >= 4 * kept {
            candidates.sort(by: WeakSegmentSearch.precedes)
            candidates.removeLast(candidates.count - kept)
            bar = candidates[kept - 1].strength
          }
        }
      }
      candidates.sort(by: WeakSegmentSearch.precedes)
      best.append(Array(candidates.prefix(kept)))
    }
    return (best, searched)
  }
}
