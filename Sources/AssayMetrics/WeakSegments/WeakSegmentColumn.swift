import AssayRuns

/// A column in which weak segments are looked for: groups, or a number cut at quantiles.
public struct WeakSegmentColumn: Hashable, Sendable {
  /// The column's name.
  public var name: String
  /// Group or bin of every row; −1 takes part in no segment of the column.
  public var codes: [Int32]
  /// Names of the groups; of an ordered column, the bins' names.
  public var groups: [String]
  /// Where bins of a number begin, from the second on; `nil` for groups without an order.
  public var edges: [Double]?

  /// How many bins of the column may be joined into one segment.
  var isOrdered: Bool { edges != nil }

  /// Every group is a segment, apart from those of which numbers are hidden.
  public init(_ column: GroupColumn, hidden: SuppressionPlan = SuppressionPlan()) {
    name = column.name
    groups = column.groups
    let isHidden = column.groups.indices.map { group in
      let cell = hidden.cell(column: column.name, group: group)
      return cell.all != nil || cell.labelled != nil
    }
    codes = column.codes.map { code in
      code >= 0 && Int(code) < isHidden.count && !isHidden[Int(code)] ? code : -1
    }
  }

  /// Up to so many distinct numbers each have a bin of their own.
  private static let fewNumbers = 12

  /// A column of texts: numbers are cut at quantiles where all texts are numbers, or empty; otherwise
  /// every text is a group.
  public init(name: String, texts: [String], codes: [Int32]) {
    let numbers = texts.map { $0.isEmpty ? Double.nan : Double($0) ?? .infinity }
    if numbers.contains(where: { $0.isFinite }), !numbers.contains(where: { $0.isInfinite }) {
      self.init(name: name, numbers: codes.map { numbers[Int($0)] })
    } else {
      self.init(GroupColumn(name: name, texts: texts, codes: codes))
    }
  }

  /// Cuts a number at its quantiles into `bins` bins of about as many rows; rows with equal numbers
  /// stay together. NaN, a missing number, is in no segment.
  public init(name: String, numbers: [Double], bins: Int = 8) {
    self.name = name
    let sorted = numbers.filter { !$0.isNaN }.sorted()
    var cuts: [Double] = []
    let distinct = Set(sorted)
    if distinct.count <= Self.fewNumbers {
      cuts = Array(distinct.sorted().dropFirst())
    } else {
      for bin in 1..<max(2, bins) {
        let cut = sorted[min(sorted.count - 1, bin * sorted.count / max(2, bins))]
        if cut > sorted[0], cut > cuts.last ?? -.infinity { cuts.append(cut) }
      }
    }
    edges = cuts
    groups = (0...cuts.count).map { Self.words(cuts, $0...$0) }
    codes = numbers.map { number in
      if number.isNaN { return -1 }
      var low = 0
      var high = cuts.count
      while low < high {
        let middle = (low + high) / 2
        if number >= cuts[middle] { low = middle + 1 } else { high = middle }
      }
      return Int32(low)
    }
  }

  /// What a run of groups is called.
  func words(_ range: ClosedRange<Int>) -> String {
    edges.map { Self.words($0, range) } ?? groups[range.lowerBound]
  }

  private static func words(_ edges: [Double], _ range: ClosedRange<Int>) -> String {
    let from = range.lowerBound > 0 ? edges[range.lowerBound - 1] : nil
    let to = range.upperBound < edges.count ? edges[range.upperBound] : nil
    switch (from, to) {
    case (let from?, let to?): return "from \(from) to below \(to)"
    case (let from?, nil): return "from \(from)"
    case (nil, let to?): return "below \(to)"
    case (nil, nil): return "any"
    }
  }

  /// The runs of groups that are segments: each group, or every run of bins but all of them.
  var runs: [ClosedRange<Int>] {
    guard isOrdered else { return groups.indices.map { $0...$0 } }
    var runs: [ClosedRange<Int>] = []
    for first in groups.indices {
      for last in first..<groups.count where last - first + 1 < groups.count {
        runs.append(first...last)
      }
    }
    return runs
  }
}
