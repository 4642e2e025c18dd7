import AssayDiagnostics
import AssayFiles
import AssayRuns

extension NoisedStatistics {
  /// The version of the file format that holds noised counts.
  static let version = 2

  /// Whether bytes begin as a file of noised statistics does.
  public static func isNoised(_ bytes: some Collection<UInt8>) -> Bool {
    bytes.starts(with: EvaluationStatistics.magic + [UInt8(version)])
  }

  /// The canonical file: equal statistics have equal bytes. `Docs/statistics-file.md` describes it.
  public func encoded() -> [UInt8] {
    var writer = StatisticsWriter()
    writer.bytes = EvaluationStatistics.magic
    writer.count(Self.version)
    writer.shape(shape)
    for names in groups {
      writer.count(names.count)
      for name in names { writer.name(name) }
    }
    writer.bytes.append(unit.code)
    writer.double(delta)
    let parts = parts.sorted { $0.key < $1.key }
    writer.count(parts.count)
    for (part, count) in parts {
      writer.double(part.noiseMultiplier)
      writer.count(part.rowsPerUnit)
      writer.bytes.append(part.noise == .system ? 1 : 0)
      writer.count(count)
    }
    for arm in counts {
      for histogram in arm {
        for count in histogram { writer.signed(Int128(count)) }
      }
    }
    return writer.bytes + writer.bytes.withUnsafeBytes { SHA256.digest($0) }
  }

  /// Reads a file, which is not trusted: sizes are checked against what is left of it, and only the
  /// canonical form is taken.
  /// - Throws: A diagnostic with the byte at which the file is wrong.
  public init(decoding bytes: [UInt8], path: String) throws(Diagnostic) {
    do throws(StatisticsFormatError) {
      self = try Self.decode(bytes)
    } catch {
      throw error.diagnostic(path: path)
    }
  }

  private static func decode(
    _ bytes: [UInt8]
  ) throws(StatisticsFormatError) -> NoisedStatistics {
    let size = EvaluationStatistics.digestSize
    let start = EvaluationStatistics.magic.count
    guard EvaluationStatistics.isStatistics(bytes) else {
      throw StatisticsFormatError("expected a file of statistics", at: 0)
    }
    guard bytes.count > start + size else {
      throw StatisticsFormatError("the file is cut short", at: bytes.count)
    }
    let end = bytes.count - size
    let digest = bytes[..<end].withUnsafeBytes { SHA256.digest($0) }
    guard bytes[end...].elementsEqual(digest) else {
      throw StatisticsFormatError("the digest at the end is not that of the content", at: end)
    }
    var reader = StatisticsReader(bytes, from: start, to: end)
    let version = try reader.count("the version")
    guard version == Self.version else {
      throw StatisticsFormatError("version \(version); noised statistics are 2", at: start)
    }
    let shape = try reader.shape()
    try check(shape, at: reader.place)
    var groups: [[GroupName]] = []
    for column in shape.columns {
      groups.append(try reader.groups(of: column.shown))
    }
    guard let unit = PrivacyUnit(code: try reader.byte("the unit of privacy")) else {
      throw StatisticsFormatError("an unknown unit of privacy", at: reader.place)
    }
    let delta = try reader.double("δ")
    guard delta > 0, delta < 1 else {
      throw StatisticsFormatError("a δ that is not between 0 and 1", at: reader.place)
    }
    let parts = try reader.parts(unit: unit)
    let cells = 1 + groups.reduce(0) { $0 + $1.count }
    var result = NoisedStatistics(
      shape: shape, groups: groups, unit: unit, delta: delta, parts: parts, counts: [])
    // Every count takes a byte at least.
    let (perArm, isOver) = cells.multipliedReportingOverflow(by: 2 * shape.bins)
    let (all, isOverAll) = perArm.multipliedReportingOverflow(by: shape.arms.count)
    guard !isOver, !isOverAll, all <= end - reader.place else {
      throw StatisticsFormatError("the file ends within the counts", at: end)
    }
    for _ in shape.arms {
      var histograms: [[Int]] = []
      for _ in 0..<cells { histograms.append(try reader.noisedCounts(2 * shape.bins)) }
      result.counts.append(histograms)
    }
    guard reader.place == end else {
      throw StatisticsFormatError("bytes are left before the digest", at: reader.place)
    }
    return result
  }

  private static func check(
    _ shape: StatisticsShape, at place: Int
  ) throws(StatisticsFormatError) {
    guard shape.task == .binary, shape.client == nil,
      shape.arms.allSatisfy({ $0.decision == .fromScores }),
      NoiseRequest.binLimits.contains(shape.bins), shape.bins.nonzeroBitCount == 1,
      noisedEdge(shape.threshold, bins: shape.bins) != nil
    else {
      throw StatisticsFormatError("a shape that noised statistics do not have", at: place)
    }
  }
}

extension StatisticsReader {
  fileprivate mutating func groups(
    of column: String
  ) throws(StatisticsFormatError) -> [GroupName] {
    let count = try count("the number of groups", each: 1)
    guard count > 0 else { throw StatisticsFormatError("'\(column)' has no group", at: place) }
    var names: [GroupName] = []
    for _ in 0..<count {
      let name = try name("a group's name")
      if let last = names.last, !(last < name) {
        throw StatisticsFormatError("groups are not in ascending order", at: place)
      }
      names.append(name)
    }
    return names
  }

  fileprivate mutating func parts(
    unit: PrivacyUnit
  ) throws(StatisticsFormatError) -> [NoisePart: Int] {
    var parts: [NoisePart: Int] = [:]
    var last: NoisePart?
    var total = 0
    let count = try count("the number of noises", each: 11)
    guard count > 0 else { throw StatisticsFormatError("no noise", at: place) }
    for _ in 0..<count {
      let multiplier = try double("a noise multiplier")
      let rows = try self.count("the rows of a unit")
      let source = try byte("the source of noise")
      let times = try self.count("how often a noise occurs")
      guard source < 2, times > 0,
        let part = NoisePart(
          noiseMultiplier: multiplier, rowsPerUnit: rows, noise: source == 1 ? .system : .seeded),
        unit != .example || rows == 1
      else { throw StatisticsFormatError("a noise that cannot be", at: place) }
      if let last, !(last < part) {
        throw StatisticsFormatError("noises are not in ascending order", at: place)
      }
      guard times <= NoisedStatistics.partLimit - total else {
        throw StatisticsFormatError("too many merged releases", at: place)
      }
      total += times
      last = part
      parts[part] = times
    }
    return parts
  }

  fileprivate mutating func noisedCounts(
    _ size: Int
  ) throws(StatisticsFormatError) -> [Int] {
    var counts: [Int] = []
    counts.reserveCapacity(size)
    for _ in 0..<size {
      let value = try signed("a count")
      guard value.magnitude <= UInt128(Int.largestCount) else {
        throw StatisticsFormatError("a count is beyond 2⁵³", at: place)
      }
      counts.append(Int(value))
    }
    return counts
  }
}

extension PrivacyUnit {
  fileprivate var code: UInt8 {
    switch self {
    case .example: 0
    case .client: 1
    case .user: 2
    case .silo: 3
    }
  }

  fileprivate init?(code: UInt8) {
    guard let unit = Self.allCases.first(where: { $0.code == code }) else { return nil }
    self = unit
  }
}
