import AssayDiagnostics
import AssayFiles
import AssayRuns

extension EvaluationStatistics {
  /// The most bytes of a file that is read.
  public static let fileLimit = 1 << 30

  /// Whether bytes begin as a file of statistics does.
  public static func isStatistics(_ bytes: some Collection<UInt8>) -> Bool {
    bytes.starts(with: magic)
  }

  /// Reads a file, which is not trusted: every size is checked against what is left of the file before
  /// anything is made of it, and only the canonical form of a consistent whole is taken.
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
  ) throws(StatisticsFormatError) -> EvaluationStatistics {
    guard isStatistics(bytes) else {
      throw StatisticsFormatError("expected a file of statistics", at: 0)
    }
    guard bytes.count > magic.count + digestSize else {
      throw StatisticsFormatError("the file is cut short", at: bytes.count)
    }
    let end = bytes.count - digestSize
    let digest = bytes[..<end].withUnsafeBytes { SHA256.digest($0) }
    guard bytes[end...].elementsEqual(digest) else {
      throw StatisticsFormatError("the digest at the end is not that of the content", at: end)
    }
    var reader = StatisticsReader(bytes, from: magic.count, to: end)
    let version = try reader.count("the version")
    guard version == Self.version else {
      throw StatisticsFormatError("version \(version); this assay reads 1", at: magic.count)
    }
    let shape = try reader.shape()
    let cellCount = try reader.count("the number of cells", each: 4)
    var cells: [CellKey: CellStatistics] = [:]
    var previous: CellKey?
    for _ in 0..<cellCount {
      let start = reader.place
      let key = try reader.key(shape)
      if let previous, !(previous < key) {
        throw StatisticsFormatError("cells are not in ascending order", at: start)
      }
      previous = key
      let size = try reader.count("the size of a cell", each: 1)
      let bodyEnd = reader.place + size
      let cell = try reader.cell(shape, isClient: key.column == shape.clientColumn)
      guard reader.place == bodyEnd else {
        throw StatisticsFormatError("a cell has another size than it states", at: reader.place)
      }
      if let problem = cell.inconsistency(shape) {
        throw StatisticsFormatError(
          "the cell '\(key.shown)' contradicts itself: \(problem)", at: start)
      }
      cells[key] = cell
    }
    guard reader.place == end else {
      throw StatisticsFormatError("bytes are left before the digest", at: reader.place)
    }
    let statistics = EvaluationStatistics(shape: shape, cells: cells)
    if let problem = statistics.inconsistency(shape) {
      throw StatisticsFormatError("the cells contradict one another: \(problem)", at: end)
    }
    return statistics
  }
}

/// What is wrong with a file of statistics, and where.
struct StatisticsFormatError: Error {
  let problem: String
  let place: Int

  init(_ problem: String, at place: Int) {
    self.problem = problem
    self.place = place
  }

  func diagnostic(path: String) -> Diagnostic {
    Diagnostic(
      .syntax(format: "statistics", problem: problem),
      at: SourceLocation(path: path, part: "byte \(place)"),
      help: "write it again with assay stats; Docs/statistics-file.md describes the format")
  }
}

/// Reads the parts of a file of statistics.
struct StatisticsReader {
  private let bytes: [UInt8]
  private(set) var place: Int
  private let end: Int

  init(_ bytes: [UInt8], from start: Int, to end: Int) {
    self.bytes = bytes
    place = start
    self.end = end
  }

  private func problem(_ text: String) -> StatisticsFormatError {
    StatisticsFormatError(text, at: place)
  }

  mutating func byte(_ what: String) throws(StatisticsFormatError) -> UInt8 {
    guard place < end else { throw problem("the file ends within \(what)") }
    place += 1
    return bytes[place - 1]
  }

  /// A whole number from 0, as short as can be.
  mutating func unsigned(_ what: String) throws(StatisticsFormatError) -> UInt128 {
    var value: UInt128 = 0
    var shift: UInt128 = 0
    while true {
      let next = try byte(what)
      let bits = UInt128(next & 0x7F)
      // Bits 126 and 127 are the last that fit.
      if shift == 126, bits > 3 { throw problem("\(what) is too large") }
      if shift > 126 { throw problem("\(what) is too large") }
      value |= bits << shift
      if next & 0x80 == 0 {
        if next == 0, shift > 0 { throw problem("\(what) is not written as short as can be") }
        return value
      }
      shift += 7
    }
  }

  /// A count of rows, at most 2⁵³.
  mutating func count(_ what: String) throws(StatisticsFormatError) -> Int {
    let value = try unsigned(what)
    guard value <= UInt128(Int.largestCount) else { throw problem("\(what) is above 2⁵³") }
    return Int(value)
  }

  /// A number of things that follow, each of so many bytes at least.
  mutating func count(_ what: String, each size: Int) throws(StatisticsFormatError) -> Int {
    let value = try count(what)
    guard value <= (end - place) / size else {
      throw problem("\(what) is \(value), more than the file can hold")
    }
    return value
  }

  mutating func signed(_ what: String) throws(StatisticsFormatError) -> Int128 {
    let value = try unsigned(what)
    return Int128(bitPattern: value >> 1) ^ -Int128(bitPattern: value & 1)
  }

  mutating func double(_ what: String) throws(StatisticsFormatError) -> Double {
    var bits: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 8) {
      bits |= UInt64(try byte(what)) << shift
    }
    let value = Double(bitPattern: bits)
    if value.isNaN || (value == 0 && bits != 0) { throw problem("\(what) is no number") }
    return value
  }

  mutating func text(_ what: String) throws(StatisticsFormatError) -> String {
    let size = try count(what, each: 1)
    guard let text = String(validating: bytes[place..<(place + size)], as: UTF8.self) else {
      throw problem("\(what) is not UTF-8")
    }
    place += size
    return text
  }

  mutating func name(_ what: String) throws(StatisticsFormatError) -> GroupName {
    switch try byte(what) {
    case 0: return .missing
    case 1: return GroupName(try text(what))
    default: throw problem("\(what) is neither a name nor missing")
    }
  }

  mutating func shape() throws(StatisticsFormatError) -> StatisticsShape {
    let task: PredictionTask
    switch try byte("the task") {
    case 0: task = .binary
    case 1:
      let classes = try count("the number of classes")
      guard classes >= 2, classes <= StatisticsShape.classLimit else {
        throw problem("\(classes) classes")
      }
      task = .multiclass(classCount: classes)
    case 2: task = .regression
    default: throw problem("an unknown task")
    }
    let nameCount = try count("the number of class names", each: 1)
    guard nameCount == 0 || nameCount == task.classCount else {
      throw problem("\(nameCount) class names for \(task.classCount) classes")
    }
    var classNames: [String] = []
    for _ in 0..<nameCount { classNames.append(try text("a class name")) }
    let armCount = try count("the number of arms", each: 2)
    guard armCount >= 1 else { throw problem("no arm") }
    var arms: [StatisticsShape.Arm] = []
    for _ in 0..<armCount {
      let name = try text("an arm's name")
      guard let decision = StatisticsShape.Decision(rawValue: try byte("an arm's decision")) else {
        throw problem("an unknown kind of decision")
      }
      arms.append(StatisticsShape.Arm(name: name, decision: decision))
    }
    guard Set(arms.map { GroupName($0.name) }).count == arms.count else {
      throw problem("two arms of one name")
    }
    let reference = try count("the reference arm")
    guard reference < arms.count else { throw problem("a reference that is no arm") }
    let segments = try columns("a segment")
    let sensitive = try columns("a sensitive column")
    let client = try name("the client column").text
    let threshold = try double("the threshold")
    let bins = try count("the number of bins")
    let shape = StatisticsShape(
      task: task, classNames: classNames, arms: arms, reference: reference, segments: segments,
      sensitive: sensitive, client: client, threshold: threshold, bins: bins)
    guard shape.segments.count == segments.count, shape.sensitive.count == sensitive.count else {
      throw problem("a column twice")
    }
    guard task == .regression ? bins == 0 : bins >= StatisticsShape.clientBins && bins <= 1 << 20
    else { throw problem("\(bins) bins") }
    guard shape.scoreColumns * bins * shape.classes < 1 << 31 else {
      throw problem("too many bins and classes")
    }
    return shape
  }

  private mutating func columns(
    _ what: String
  ) throws(StatisticsFormatError) -> [StatisticsShape.Column] {
    var columns: [StatisticsShape.Column] = []
    for _ in 0..<(try count("the number of columns", each: 2)) {
      var names: [String] = []
      let parts = try count("the number of parts of \(what)", each: 1)
      guard parts >= 1 else { throw problem("\(what) without a name") }
      for _ in 0..<parts { names.append(try text(what)) }
      columns.append(StatisticsShape.Column(names))
    }
    return columns
  }

  mutating func key(_ shape: StatisticsShape) throws(StatisticsFormatError) -> CellKey {
    let column = try count("a cell's column")
    let last = shape.client == nil ? shape.columns.count : shape.clientColumn
    guard column <= last else { throw problem("a cell of an unknown column") }
    let parts =
      column == 0 ? 0 : column == shape.clientColumn ? 1 : shape.columns[column - 1].names.count
    var groups: [GroupName] = []
    for _ in 0..<parts { groups.append(try name("a group's name")) }
    return CellKey(column: column, groups: groups)
  }
}

// MARK: Cells

extension StatisticsReader {
  /// Counts with keys below a limit.
  mutating func counts(
    _ what: String, below limit: Int
  ) throws(StatisticsFormatError) -> SparseCounts {
    let size = try count("the number of entries of \(what)", each: 2)
    var counts = SparseCounts()
    var next = 0
    for _ in 0..<size {
      let key = next + (try count("a key of \(what)"))
      guard key < limit else { throw problem("\(what) has the key \(key), beyond its last") }
      let value = try count("a count of \(what)")
      guard value > 0 else { throw problem("\(what) has a count of 0") }
      counts.append(UInt32(key), value)
      next = key + 1
    }
    return counts
  }

  private mutating func fill(_ sums: inout [FixedSum]) throws(StatisticsFormatError) {
    for index in sums.indices { sums[index] = FixedSum(units: try signed("a sum")) }
  }

  private mutating func fill(_ sums: inout [ExactSum]) throws(StatisticsFormatError) {
    for index in sums.indices {
      let size = try count("the digits of a sum", each: 4)
      if size == 0 {
        sums[index] = ExactSum()
        continue
      }
      guard size <= ExactSum.places.count else { throw problem("a sum of \(size) digits") }
      let sign = try byte("a sum's sign")
      guard sign < 2 else { throw problem("a sum's sign is neither 0 nor 1") }
      let lowest = try signed("a sum's place")
      guard lowest >= -200, lowest <= 200 else { throw problem("a sum's place") }
      var digits: [UInt32] = []
      for _ in 0..<size {
        var digit: UInt32 = 0
        for shift in stride(from: UInt32(0), to: 32, by: 8) {
          digit |= UInt32(try byte("a sum")) << shift
        }
        digits.append(digit)
      }
      guard digits.first != 0, digits.last != 0,
        let sum = ExactSum(isNegative: sign == 1, lowest: Int(lowest), digits: digits)
      else { throw problem("a sum that is not in its one form") }
      sums[index] = sum
    }
  }

  mutating func cell(
    _ shape: StatisticsShape, isClient: Bool
  ) throws(StatisticsFormatError) -> CellStatistics {
    var cell = CellStatistics(shape)
    cell.rows = try count("the rows of a cell")
    guard cell.rows > 0 else { throw problem("a cell without rows") }
    let k = shape.classes
    for index in cell.arms.indices { try arm(&cell.arms[index], shape) }
    for index in cell.pairs.indices {
      cell.pairs[index].joint = try counts("a joint table", below: k * k * (k + 1))
      try fill(&cell.pairs[index].squaredDifferences)
      try fill(&cell.pairs[index].regressionDifferences)
    }
    let clientCount = try count("the number of clients", each: 4)
    guard clientCount == 0 || (shape.client != nil && !isClient) else {
      throw problem("clients where there are none")
    }
    for _ in 0..<clientCount {
      let name = try name("a client's name")
      if let last = cell.clients.last?.name, !(last < name) {
        throw problem("clients are not in ascending order")
      }
      cell.clients.append(try client(name, shape))
    }
    return cell
  }

  private mutating func arm(
    _ arm: inout ArmStatistics, _ shape: StatisticsShape
  ) throws(StatisticsFormatError) {
    let k = shape.classes
    arm.confusion = try counts("a confusion matrix", below: k * (k + 1))
    arm.clipped = try count("the clipped rows")
    arm.truthRanks = try counts("the ranks of the true class", below: k)
    try fill(&arm.sums)
    try fill(&arm.squares)
    for index in arm.calibration.indices {
      arm.calibration[index].count = try count("a calibration bin")
      arm.calibration[index].outcomes = try count("a calibration bin")
      arm.calibration[index].scores = FixedSum(units: try signed("a sum"))
      arm.calibration[index].squaredGaps = FixedSum(units: try signed("a sum"))
    }
    arm.scores = try counts("a histogram", below: shape.scoreColumns * shape.bins * k)
    guard var regression = arm.regression else { return }
    try fill(&regression.sums)
    regression.largestError = try double("the largest error")
    regression.errors = try counts("the bins of errors", below: RegressionTotals.errorBins)
    arm.regression = regression
  }

  private mutating func client(
    _ name: GroupName, _ shape: StatisticsShape
  ) throws(StatisticsFormatError) -> ClientStatistics {
    var client = ClientStatistics(name, shape)
    client.rows = try count("the rows of a client")
    guard client.rows > 0 else { throw problem("a client without rows") }
    let k = shape.classes
    for index in client.arms.indices {
      client.arms[index].confusion = try counts("a confusion matrix", below: k * (k + 1))
      client.arms[index].truthRanks = try counts("the ranks of the true class", below: k)
      try fill(&client.arms[index].sums)
      try fill(&client.arms[index].gaps)
      client.arms[index].scores = try counts(
        "a histogram", below: shape.scoreColumns * StatisticsShape.clientBins * k)
      try fill(&client.arms[index].regression)
    }
    return client
  }
}
