/// What Flower's log tells: the run's id, how many clients were asked and answered in each round,
/// and what the privacy strategies printed.
///
/// The log is the only place where Flower itself counts clients. Lines carry terminal colours and
/// box signs; a failing client adds a traceback of sixty lines.
struct FlowerLog {
  /// One round of the log.
  struct Round {
    var number: Int
    var selected: Int?
    var available: Int?
    var completed: Int?
    var failed: Int?
    /// Errors of single clients printed by a strategy that then printed no sum.
    var errors = 0
    /// The strategy said that it skipped the aggregation.
    var isSkipped = false
    /// The strategy printed an aggregated record, or said that it added noise.
    var isAggregated = false
    /// A later step of the same run follows in the log, so nothing more will come.
    var isOver = false
  }

  private(set) var runID: String?
  private(set) var strategy: String?
  private(set) var plannedRounds: Int?
  private(set) var rounds: [Round] = []
  private(set) var noiseMultiplier: Double?
  private(set) var clip: Double?
  private(set) var delta: Double?
  private(set) var epsilon: Double?
  /// Releases as the accountant counts them.
  private(set) var accountedReleases: Int?
  /// Lines that say noise was added.
  private(set) var noiseLines = 0
  private(set) var isFinished = false
  private(set) var isFailed = false
  /// The last line that reads like a Python exception.
  private(set) var error: String?

  private var phase = Phase.none
  private enum Phase { case none, train, evaluate }

  /// Whether the text is a log of Flower.
  static func recognises(_ bytes: [UInt8]) -> Bool {
    let head = bytes.prefix(1 << 20)
    return [
      "configure_train: ", "configure_fit: strategy", "Starting Flower", "Starting logstream",
    ]
    .contains { firstIndex(of: $0, in: head) != nil }
  }

  init(_ bytes: [UInt8]) {
    var start = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      let line = Self.plain(bytes[start..<min(end, start + 4096)])
      read(line[...])
      start = end + 1
    }
  }

  private mutating func read(_ line: ArraySlice<UInt8>) {
    func after(_ mark: StaticString) -> ArraySlice<UInt8>? {
      Self.firstIndex(of: "\(mark)", in: line).map { line[($0 + mark.utf8CodeUnitCount)...] }
    }
    if let rest = after("[ROUND ") { return beginRound(rest) }
    if let rest = after("Successfully started run ") ?? after("run_id `") {
      if runID == nil { runID = Self.digits(rest) }
      return
    }
    if let rest = after("Starting "), let end = Self.firstIndex(of: " strategy", in: rest) {
      strategy = String(decoding: rest[..<end], as: UTF8.self)
      return
    }
    if let rest = after("num_rounds=") ?? after("Number of rounds: ") {
      plannedRounds = Self.integer(rest)
      return
    }
    if after("Strategy execution finished") != nil || after("[SUMMARY]") != nil {
      isFinished = true
      phase = .none
      endRound()
      return
    }
    if after("Simulation raised an exception") != nil || after("Exit Code: ") != nil {
      isFailed = true
      return
    }
    if let rest = after("Noise multiplier: ") { noiseMultiplier = Self.number(rest) }
    if let rest = after("Clipping norm: ") { clip = Self.number(rest) }
    readException(line)
    if !rounds.isEmpty { readRoundLine(line) }
    if let rest = after("Privacy spent: epsilon=") { readPrivacySpent(rest) }
  }

  private mutating func beginRound(_ rest: ArraySlice<UInt8>) {
    guard let number = Self.integer(rest) else { return }
    endRound()
    rounds.append(Round(number: number))
    phase = .none
    if let slash = rest.firstIndex(of: UInt8(ascii: "/")), slash - rest.startIndex < 8 {
      plannedRounds = Self.integer(rest[(slash + 1)...])
    }
  }

  private mutating func endRound() {
    if !rounds.isEmpty { rounds[rounds.count - 1].isOver = true }
  }

  private mutating func readRoundLine(_ line: ArraySlice<UInt8>) {
    func has(_ mark: String) -> Int? { Self.firstIndex(of: mark, in: line) }
    let last = rounds.count - 1
    if has("configure_train: ") != nil || has("configure_fit: ") != nil {
      phase = .train
      if let at = has("ampled ") { rounds[last].selected = Self.integer(line[(at + 7)...]) }
      if let at = has("(out of ") { rounds[last].available = Self.integer(line[(at + 8)...]) }
    } else if has("configure_evaluate: ") != nil {
      phase = .evaluate
      rounds[last].isOver = true
    } else if has("aggregate_train: ") != nil || has("aggregate_fit: ") != nil {
      if let at = has("eceived ") { rounds[last].completed = Self.integer(line[(at + 8)...]) }
      if let at = has(" results and ") { rounds[last].failed = Self.integer(line[(at + 13)...]) }
      if has("Skipping aggregation") != nil { rounds[last].isSkipped = true }
      if has("central DP noise") != nil {
        rounds[last].isAggregated = true
        noiseLines += 1
      }
    } else if phase == .train, has("Aggregated MetricRecord") != nil {
      rounds[last].isAggregated = true
    } else if phase == .train, has("Received error in reply from node") != nil {
      rounds[last].errors += 1
    }
  }

  private mutating func readPrivacySpent(_ rest: ArraySlice<UInt8>) {
    epsilon = Self.number(rest)
    if let at = Self.firstIndex(of: "delta=", in: rest) { delta = Self.number(rest[(at + 6)...]) }
    if let at = Self.firstIndex(of: " after ", in: rest) {
      accountedReleases = Self.integer(rest[(at + 7)...])
    }
  }

  /// `ValueError: …` at the start of a line, as Python prints an exception.
  private mutating func readException(_ line: ArraySlice<UInt8>) {
    guard let first = line.first, (0x41...0x5A).contains(first),
      let colon = Self.firstIndex(of: ": ", in: line.prefix(200)),
      let space = line.firstIndex(of: 0x20), space > colon,
      line[..<colon].reversed().starts(with: "Error".utf8.reversed())
        || line[..<colon].reversed().starts(with: "Exception".utf8.reversed())
    else { return }
    error = String(decoding: line.prefix(500), as: UTF8.self)
  }

  // MARK: - Bytes

  /// The line without terminal colours, `ESC [ … m`.
  private static func plain(_ line: ArraySlice<UInt8>) -> [UInt8] {
    guard line.contains(0x1B) else { return Array(line) }
    var plain: [UInt8] = []
    var index = line.startIndex
    while index < line.endIndex {
      if line[index] == 0x1B, index + 1 < line.endIndex, line[index + 1] == UInt8(ascii: "[") {
        index += 2
        while index < line.endIndex, line[index] < 0x40 || line[index] > 0x7E { index += 1 }
        index += 1
      } else {
        plain.append(line[index])
        index += 1
      }
    }
    return plain
  }

  private static func firstIndex(of mark: String, in bytes: ArraySlice<UInt8>) -> Int? {
    let mark = Array(mark.utf8)
    guard let first = mark.first, bytes.count >= mark.count else { return nil }
    var index = bytes.startIndex
    let last = bytes.endIndex - mark.count
    while index <= last {
      if bytes[index] == first, bytes[index..<index + mark.count].elementsEqual(mark) {
        return index
      }
      index += 1
    }
    return nil
  }

  private static func digits(_ bytes: ArraySlice<UInt8>) -> String? {
    let digits = bytes.prefix { (0x30...0x39).contains($0) }
    return digits.isEmpty ? nil : String(decoding: digits, as: UTF8.self)
  }

  private static func integer(_ bytes: ArraySlice<UInt8>) -> Int? {
    digits(bytes).flatMap { Int($0) }
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> Double? {
    let text = bytes.prefix {
      (0x30...0x39).contains($0) || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains($0)
    }
    guard let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite else {
      return nil
    }
    return value
  }
}
