import AssayRuns

/// Score histograms by label with discrete Gaussian noise on every count: what may leave the house under
/// differential privacy, and nothing else.
///
/// The histograms are those of all rows and of every group that was declared, for every arm. A row with
/// a label counts once in the histogram of all rows, and at most once in those of a column, so that a unit
/// of at most m rows moves ``releases`` histograms by at most m each. No exact count is held: no number of
/// rows, clients, unlabelled rows or sums.
public struct NoisedStatistics: Hashable, Sendable {
  /// What is described: two classes, no client column.
  public let shape: StatisticsShape
  /// The groups by column of the shape, in order; they do not depend on the rows.
  public let groups: [[GroupName]]
  /// Whom the noise protects.
  public let unit: PrivacyUnit
  /// Failure probability of the guarantee.
  public let delta: Double
  /// The releases that were merged, and how often each noise occurs.
  public internal(set) var parts: [NoisePart: Int]
  /// By arm, then by cell in the order of ``keys``: key `bin · 2 + label`. May be negative.
  public internal(set) var counts: [[[Int]]]

  /// The cells: all rows, then the groups column by column.
  public var keys: [CellKey] {
    [.overall]
      + groups.enumerated().flatMap { column, names in
        names.map { CellKey(column: column + 1, groups: [$0]) }
      }
  }

  /// Histograms that one row may be in: arms times columns, all rows being one column.
  public var releases: Int { shape.arms.count * (shape.columns.count + 1) }

  /// The variance of the noise on one count: that of all parts added.
  ///
  /// An upper bound, σ², which the variance of a discrete Gaussian does not exceed.
  public var noiseVariance: Double {
    Double(parts.reduce(0) { $0 + $1.key.law.varianceUnits * $1.value }) * 0x1p-20
  }

  /// Whether any noise came from a recorded seed, so that the file is a simulation.
  public var isSimulation: Bool { parts.keys.contains { $0.noise == .seeded } }

  /// What was released, as the accountant sees it, if the same units were in all parts.
  ///
  /// `releases` scalar mechanisms of sensitivity m for each part. For m = 1 that is the release itself. For
  /// more the m rows of a unit may fall into several bins of a histogram; that they all fall into one is the
  /// worst case. A test between the laws of a bin moved by a and a bin moved by b has, by Jensen's inequality
  /// and the concavity of trade-off functions, no more power than one between laws moved by a and then
  /// by b; and as discrete Gaussians have monotone likelihood ratios, that is the one moved by a + b.
  public var events: [PrivacyEvent] {
    parts.sorted { $0.key < $1.key }.flatMap { part, count in
      let event = PrivacyEvent(
        mechanism: .discreteGaussian, noiseMultiplier: part.noiseMultiplier,
        sampling: PrivacyEvent.Sampling.none,
        steps: releases, sensitivity: part.rowsPerUnit)
      return Array(repeating: event, count: count)
    }
  }

  /// Adds the counts and the noise of others.
  /// - Throws: ``StatisticsError/differentShape(what:first:second:)`` when the two do not describe the
  ///   same release, ``StatisticsError/overflow(what:)`` when a count would leave its range; this value is
  ///   unchanged.
  public mutating func merge(_ other: NoisedStatistics) throws(StatisticsError) {
    if let difference = difference(from: other) { throw difference }
    var sums = counts
    for arm in sums.indices {
      for cell in sums[arm].indices {
        for place in sums[arm][cell].indices {
          let (sum, over) = sums[arm][cell][place].addingReportingOverflow(
            other.counts[arm][cell][place])
          if over || sum.magnitude > UInt(Int.largestCount) { throw .overflow(what: "a count") }
          sums[arm][cell][place] = sum
        }
      }
    }
    var all = parts
    var releases = 0
    for (part, count) in other.parts { all[part, default: 0] += count }
    for (_, count) in all { releases += count }
    if releases > Self.partLimit { throw .overflow(what: "the number of merged releases") }
    counts = sums
    parts = all
  }

  /// The most releases that one file may hold.
  static let partLimit = 100_000

  private func difference(from other: NoisedStatistics) -> StatisticsError? {
    if let found = shape.difference(from: other.shape) { return found }
    func listed(_ names: [GroupName]) -> String {
      names.map { "'\($0.shown)'" }.joined(separator: ", ")
    }
    for (place, (mine, theirs)) in zip(groups, other.groups).enumerated() where mine != theirs {
      return .differentShape(
        what: "the groups of '\(shape.columns[place].shown)'", first: listed(mine),
        second: listed(theirs))
    }
    if unit != other.unit {
      return .differentShape(
        what: "the units of privacy", first: unit.rawValue, second: other.unit.rawValue)
    }
    if delta != other.delta {
      return .differentShape(what: "δ", first: "\(delta)", second: "\(other.delta)")
    }
    return nil
  }
}
