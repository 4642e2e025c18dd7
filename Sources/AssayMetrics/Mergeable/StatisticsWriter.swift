import AssayFiles
import AssayRuns

extension EvaluationStatistics {
  /// The first eight bytes of a file of statistics: `assayst` and a line feed.
  static let magic: [UInt8] = Array("assayst\n".utf8)
  /// The version of the file format.
  static let version = 1
  /// Bytes of the digest at the end.
  static let digestSize = 32

  /// The canonical file: equal statistics have equal bytes. `Docs/statistics-file.md` describes it.
  ///
  /// ``empty`` has no file of its own, as it has no shape; its bytes are those of no statistics at
  /// all, which ``init(decoding:path:)`` refuses.
  public func encoded() -> [UInt8] {
    guard let shape else { return [] }
    var writer = StatisticsWriter()
    writer.bytes = Self.magic
    writer.count(Self.version)
    writer.shape(shape)
    let keys = keys
    writer.count(keys.count)
    for key in keys {
      guard let cell = cells[key] else { continue }
      writer.count(key.column)
      for name in key.groups { writer.name(name) }
      var body = StatisticsWriter()
      body.cell(cell)
      writer.count(body.bytes.count)
      writer.bytes += body.bytes
    }
    return writer.bytes + writer.bytes.withUnsafeBytes { SHA256.digest($0) }
  }
}

/// Writes the parts of a file of statistics.
struct StatisticsWriter {
  var bytes: [UInt8] = []

  /// A whole number from 0 as a little-endian base-128 number, as short as can be.
  mutating func unsigned(_ value: UInt128) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  mutating func count(_ value: Int) {
    var rest = UInt64(max(0, value))
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  /// A signed number: 0, −1, 1, −2, … as 0, 1, 2, 3, ….
  mutating func signed(_ value: Int128) {
    unsigned(UInt128(bitPattern: (value << 1) ^ (value >> 127)))
  }

  mutating func double(_ value: Double) {
    // −0 and 0 are one number.
    let bits = (value == 0 ? 0.0 : value).bitPattern
    for shift in stride(from: UInt64(0), to: 64, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: bits >> shift))
    }
  }

  mutating func text(_ text: String) {
    let utf8 = Array(text.utf8)
    count(utf8.count)
    bytes += utf8
  }

  mutating func name(_ name: GroupName) {
    guard let text = name.text else { return bytes.append(0) }
    bytes.append(1)
    self.text(text)
  }

  mutating func shape(_ shape: StatisticsShape) {
    switch shape.task {
    case .binary: bytes.append(0)
    case .multiclass(let count):
      bytes.append(1)
      self.count(count)
    case .regression: bytes.append(2)
    }
    count(shape.classNames.count)
    for name in shape.classNames { text(name) }
    count(shape.arms.count)
    for arm in shape.arms {
      text(arm.name)
      bytes.append(arm.decision.rawValue)
    }
    count(shape.reference)
    for columns in [shape.segments, shape.sensitive] {
      count(columns.count)
      for column in columns {
        count(column.names.count)
        for name in column.names { text(name) }
      }
    }
    name(shape.client.map { GroupName($0) } ?? .missing)
    double(shape.threshold)
    count(shape.bins)
  }

  // MARK: Cells

  mutating func counts(_ counts: SparseCounts) {
    count(counts.keys.count)
    var next: UInt32 = 0
    for (key, value) in zip(counts.keys, counts.counts) {
      count(Int(key - next))
      count(value)
      next = key &+ 1
    }
  }

  mutating func sums(_ sums: [FixedSum]) { for sum in sums { signed(sum.units) } }

  mutating func sums(_ sums: [ExactSum]) {
    for sum in sums {
      count(sum.digits.count)
      if sum.digits.isEmpty { continue }
      bytes.append(sum.isNegative ? 1 : 0)
      signed(Int128(sum.lowest))
      for digit in sum.digits {
        for shift in stride(from: UInt32(0), to: 32, by: 8) {
          bytes.append(UInt8(truncatingIfNeeded: digit >> shift))
        }
      }
    }
  }

  mutating func cell(_ cell: CellStatistics) {
    count(cell.rows)
    for arm in cell.arms { self.arm(arm) }
    for pair in cell.pairs {
      counts(pair.joint)
      sums(pair.squaredDifferences)
      sums(pair.regressionDifferences)
    }
    count(cell.clients.count)
    for client in cell.clients {
      name(client.name)
      count(client.rows)
      for arm in client.arms {
        counts(arm.confusion)
        counts(arm.truthRanks)
        sums(arm.sums)
        sums(arm.gaps)
        counts(arm.scores)
        sums(arm.regression)
      }
    }
  }

  private mutating func arm(_ arm: ArmStatistics) {
    counts(arm.confusion)
    count(arm.clipped)
    counts(arm.truthRanks)
    sums(arm.sums)
    sums(arm.squares)
    for bin in arm.calibration {
      count(bin.count)
      count(bin.outcomes)
      sums([bin.scores, bin.squaredGaps])
    }
    counts(arm.scores)
    if let regression = arm.regression {
      sums(regression.sums)
      double(regression.largestError)
      counts(regression.errors)
    }
  }
}
