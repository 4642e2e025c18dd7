import AssayFiles

/// Which clients hold rows of which cells, numbered: pairs ascend by cell, then client.
///
/// One bit for each cell and client, and a running count of the bits, so that the tables of sums are
/// as large as the pairs that exist.
struct ClientPairs: Sendable {
  private let clients: Int
  private var words: [UInt64]
  /// Pairs before each word.
  private var before: [UInt32] = []
  private(set) var count = 0

  /// The most bits: 64 MiB.
  static let bitLimit = 1 << 29

  /// `nil` when there are too many cells and clients to number.
  init?(_ input: RankInput, _ packing: RankPacking, threads: Int) {
    guard let column = input.clients, let client = packing.client,
      !packing.cellCount.multipliedReportingOverflow(by: client.groupCount + 1).overflow,
      packing.cellCount * (client.groupCount + 1) <= Self.bitLimit
    else { return nil }
    let width = client.groupCount + 1
    clients = width
    let wordCount = (packing.cellCount * width + 63) / 64
    let rows = input.scores.count
    let parts = max(1, min(threads, rows / 65536))
    let fields = packing.fields.filter { input.columns[$0.column].wantsClients }
    let marks = OrderedJobs.results(count: parts, threads: threads) { part -> [UInt64] in
      var words = [UInt64](repeating: 0, count: wordCount)
      for field in fields {
        let groups = input.columns[field.column]
        for row in (rows * part / parts)..<(rows * (part + 1) / parts) {
          let cell = field.firstCell + RankPacking.code(groups, row)
          let bit = cell * width + RankPacking.code(column, row)
          words[bit >> 6] |= 1 << UInt64(bit & 63)
        }
      }
      return words
    }
    words = marks[0]
    for other in marks.dropFirst() { for index in words.indices { words[index] |= other[index] } }
    before.reserveCapacity(wordCount)
    for word in words {
      before.append(UInt32(truncatingIfNeeded: count))
      count += word.nonzeroBitCount
    }
  }

  /// The number of a pair that exists.
  @inline(__always)
  func number(cell: Int, client: Int) -> Int {
    let bit = cell &* clients &+ client
    let word = words[bit &>> 6]
    let lower = word & ((1 &<< UInt64(bit & 63)) &- 1)
    return Int(before[bit &>> 6]) &+ lower.nonzeroBitCount
  }

  /// The clients of a cell, ascending, with the number of the first pair.
  func clients(of cell: Int) -> (first: Int, clients: [Int]) {
    var found: [Int] = []
    // The last column of bits is for rows outside of all clients.
    for client in 0..<(clients - 1) {
      let bit = cell * clients + client
      if words[bit >> 6] >> UInt64(bit & 63) & 1 == 1 { found.append(client) }
    }
    return (number(cell: cell, client: 0), found)
  }
}

/// Exact sums over one client's labelled rows of one cell.
///
/// With `P`, `N` the cell's positives and negatives above a row's score and `p`, `q` those at it:
struct ClientSums: Sendable {
  /// Rows by `label * 2 + prediction`.
  var confusion = SIMD4<UInt32>(repeating: 0)
  /// `Σ over the client's positives of 2N + q`, `Σ over its negatives of 2P + p`.
  var aheadOfPositives: UInt64 = 0
  var aheadOfNegatives: UInt64 = 0
  /// Derivatives of positives times average precision by the rows' weights; units of 2⁻⁵⁶.
  var precisions: Int128 = 0
  /// Log loss, squared error, and label minus score in the current calibration bin; units of 2⁻⁶⁴.
  var logLoss: UInt128 = 0
  var squaredError: UInt128 = 0
  var gap: Int128 = 0
  /// Positives and negatives when the bin of the clients' histogram last changed.
  var binPositives: UInt32 = 0
  var binNegatives: UInt32 = 0

  mutating func merge(_ other: ClientSums) {
    confusion &+= other.confusion
    aheadOfPositives &+= other.aheadOfPositives
    aheadOfNegatives &+= other.aheadOfNegatives
    precisions &+= other.precisions
    logLoss &+= other.logLoss
    squaredError &+= other.squaredError
  }
}

/// The shares of all clients in all cells of one packing.
struct ClientShares: Sendable {
  var pairs: ClientPairs
  /// By pair.
  var sums: [ClientSums]
  /// By calibration bin, then pair: sums of label minus score, units of 2⁻⁶⁴.
  var gaps: [Int128]
  /// By pair and prediction: rows without a label.
  var unlabelled: [UInt32]
  /// By pair: bins of the clients' histogram that hold rows, ascending; empty unless wanted.
  var bins: [[RankBin]] = []
}

extension ClientShares {
  /// Counts the rows without a label.
  mutating func addUnlabelled(_ input: RankInput, _ fields: [RankPacking.Field]) {
    guard let column = input.clients else { return }
    for row in input.labels.indices where input.labels[row] != 0 && input.labels[row] != 1 {
      let client = RankPacking.code(column, row)
      let predicted = Int(input.prediction(row))
      for field in fields {
        let cell = field.firstCell + RankPacking.code(input.columns[field.column], row)
        unlabelled[pairs.number(cell: cell, client: client) * 2 + predicted] += 1
      }
    }
  }

  /// The clients of one cell.
  func clients(of cell: Int) -> [RankTotals.Client] {
    let (first, clients) = pairs.clients(of: cell)
    return clients.enumerated().map { place, client in
      let pair = first + place
      return RankTotals.Client(
        client: client, sums: sums[pair],
        gaps: (0..<CalibrationError.binaryBins).map { gaps[$0 * pairs.count + pair] },
        unlabelled: (Int(unlabelled[pair * 2]), Int(unlabelled[pair * 2 + 1])),
        bins: bins.isEmpty ? [] : bins[pair])
    }
  }
}
