import AssayStatistics

extension WeakSegmentSearch {
  /// What one half says about a segment.
  func half(_ candidate: Candidate, target: Int, side: Int8) -> WeakSegment.Half {
    let inside = members(candidate, side: side)
    let losses = rows.losses[target]
    var here = LossSums()
    var rest = LossSums()
    for (row, own) in rows.half.enumerated() where own == side {
      if inside[row] { here.add(losses[row]) } else { rest.add(losses[row]) }
    }
    let isDifference = rows.targets[target].reference != nil
    let count = Int(here.count)
    guard here.count >= least, rest.count >= least else {
      let reason = "fewer than \(Int(least)) rows in this half"
      return WeakSegment.Half(
        rows: count, againstReference: isDifference ? .undefined(reason: reason, count: nil) : nil,
        againstRest: .undefined(reason: reason, count: nil), p: 1)
    }
    var contrastError = here.standardError(against: rest)
    var ownError = here.squares.squareRoot() / here.count
    var degrees = here.count - 1
    if let units = rows.units {
      let clustered = clusteredErrors(inside, side: side, losses, units, here, rest)
      contrastError = max(contrastError, clustered.contrast)
      ownError = max(ownError, clustered.own)
      degrees = min(degrees, Double(clustered.clients - 1))
    }
    guard degrees >= 1 else {
      return WeakSegment.Half(
        rows: count,
        againstReference: isDifference
          ? .defined(value: here.mean, interval: nil, count: count) : nil,
        againstRest: .defined(value: here.mean - rest.mean, interval: nil, count: count), p: 1)
    }
    func tail(_ value: Double, _ error: Double) -> Double {
      error > 0 ? StudentDistribution.upperTail(value / error, degrees: degrees) : 1
    }
    let contrast = here.mean - rest.mean
    var p = tail(contrast, contrastError)
    if isDifference { p = max(p, tail(here.mean, ownError)) }
    if rows.targets[target].isCount {
      p = max(p, isDifference ? Self.binomialTail(here) : Self.fisherTail(here, rest))
    }
    let quantile = StudentDistribution.quantile(
      1 - (1 - options.confidence) / 2, degrees: degrees)
    func estimate(_ value: Double, _ error: Double) -> Estimate {
      .defined(
        value: value,
        interval: Interval(
          low: value - quantile * error, high: value + quantile * error,
          method: rows.units == nil ? .paired : .clustered, confidence: options.confidence),
        count: count)
    }
    return WeakSegment.Half(
      rows: count, againstReference: isDifference ? estimate(here.mean, ownError) : nil,
      againstRest: estimate(contrast, contrastError), p: p)
  }

  /// Sandwich standard errors over clients with G/(G−1), of the difference of means and of the
  /// segment's mean, and the clients of the segment.
  private func clusteredErrors(
    _ inside: [Bool], side: Int8, _ losses: [Double], _ units: [Int32], _ here: LossSums,
    _ rest: LossSums
  ) -> (contrast: Double, own: Double, clients: Int) {
    var contrast = [Double](repeating: 0, count: rows.unitCount)
    var own = contrast
    var isHere = [Bool](repeating: false, count: rows.unitCount)
    var isThere = isHere
    for (row, half) in rows.half.enumerated() where half == side {
      let unit = Int(units[row])
      isThere[unit] = true
      if inside[row] {
        let part = (losses[row] - here.mean) / here.count
        contrast[unit] += part
        own[unit] += part
        isHere[unit] = true
      } else {
        contrast[unit] -= (losses[row] - rest.mean) / rest.count
      }
    }
    func error(_ sums: [Double], _ count: Int) -> Double {
      guard count > 1 else { return 0 }
      let squares = sums.reduce(0) { $0 + $1 * $1 }
      return (squares * Double(count) / Double(count - 1)).squareRoot()
    }
    let clients = isHere.count { $0 }
    return (error(contrast, isThere.count { $0 }), error(own, clients), clients)
  }

  /// `P(X ≥ b)` for `b` losses among the rows that only one arm has right, each with probability ½.
  static func binomialTail(_ here: LossSums) -> Double {
    let count = here.squares.rounded()
    let worse = ((here.squares + here.sum) / 2).rounded()
    guard count > 0 else { return 1 }
    // P(X ≥ b) = I(½; b, n − b + 1).
    return worse < 1 ? 1 : BetaFunction.regularized(0.5, worse, count - worse + 1)
  }

  /// Fisher's exact test, one-sided: as many wrong rows in the segment, or more, if the wrong rows were
  /// dealt to segment and rest at random.
  static func fisherTail(_ here: LossSums, _ rest: LossSums) -> Double {
    let drawn = here.count
    let total = here.count + rest.count
    let wrong = (here.sum + rest.sum).rounded()
    func logChoose(_ n: Double, _ k: Double) -> Double {
      BetaFunction.logGamma(n + 1) - BetaFunction.logGamma(k + 1)
        - BetaFunction.logGamma(n - k + 1)
    }
    var sum = 0.0
    var found = here.sum.rounded()
    let most = min(drawn, wrong)
    guard found > max(0, drawn + wrong - total) else { return 1 }
    var term = PortableMath.exp(
      logChoose(wrong, found) + logChoose(total - wrong, drawn - found) - logChoose(total, drawn))
    while found <= most {
      sum += term
      // The next term by its ratio to this one.
      let ratio =
        (wrong - found) * (drawn - found) / ((found + 1) * (total - wrong - drawn + found + 1))
      term *= ratio
      found += 1
      if ratio < 1, term < sum * 1e-18 { break }
    }
    return min(1, sum)
  }

  /// Whether a segment may be shown: no group of few rows can be computed from its rows and those of
  /// the table, of the column's group it lies in, or of another segment found.
  func mayBeShown(_ candidate: Candidate, beside others: [Candidate]) -> Bool {
    let minimum = options.minimumCount
    func isFew(_ count: Int) -> Bool { count > 0 && count < minimum }
    for side in [Int8(0), 1] {
      let inside = members(candidate, side: side)
      let count = inside.count { $0 }
      if isFew(count) || isFew(rows.half.count { $0 == side } - count) { return false }
      if let client = table.client, options.minimumClients > 1 {
        let clients = Set(inside.indices.lazy.filter { inside[$0] }.map { client.codes[$0] })
        if clients.count < options.minimumClients { return false }
      }
      var wider = others
      if candidate.parts.count > 1 {
        wider += candidate.parts.map { Candidate(parts: [$0], strength: 0) }
      }
      for other in wider where other != candidate {
        let members = members(other, side: side)
        var own = 0
        var there = 0
        for row in inside.indices {
          if inside[row], !members[row] { own += 1 }
          if members[row], !inside[row] { there += 1 }
        }
        // One within the other: the difference is a group of its own.
        if own == 0, isFew(there) || there == 0 && isFew(own) { return false }
        if there == 0, isFew(own) { return false }
      }
    }
    return true
  }
}
