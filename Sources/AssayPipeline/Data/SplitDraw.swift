extension DataPreparation {
  /// Marks the test rows and says in words how they were chosen.
  func divide(
    _ rows: inout [Row], _ files: [FileScan], _ clients: Int
  ) throws -> String {
    switch plan.split {
    case .testFile: return "a test file of its own"
    case .column(let named):
      try files[0].splitProblems.throwIfNotEmpty()
      guard let split = files[0].split else { return "" }
      let isTest = split.texts.map { $0 == "test" }
      for index in rows.indices {
        rows[index].isTest = isTest[Int(split.codes[Int(rows[index].row)])]
      }
      return "column '\(named.name)' of the data"
    case .fraction(let fraction, let byClient, let seed):
      if byClient {
        let drawn = Self.draw(count: clients, fraction: fraction, seed: seed)
        var isHeldOut = [Bool](repeating: false, count: clients)
        for client in drawn { isHeldOut[client] = true }
        for index in rows.indices { rows[index].isTest = isHeldOut[Int(rows[index].client)] }
        return "\(drawn.count) of \(clients) clients held out whole, drawn with seed \(seed)"
      }
      for index in Self.draw(count: rows.count, fraction: fraction, seed: seed) {
        rows[index].isTest = true
      }
      return "\(PrintedShare.text(fraction)) of the rows, drawn once with seed \(seed)"
    }
  }

  /// Draws a fixed share: the positions with the smallest keys, a key being a hash of seed and position.
  ///
  /// At least one and at most all but one position; equal keys fall back to the position.
  static func draw(count: Int, fraction: Double, seed: Int) -> [Int] {
    let wanted = min(max(1, Int((Double(count) * fraction).rounded())), max(1, count - 1))
    let keys = (0..<count).map { splitMix(UInt64(bitPattern: Int64(seed)), UInt64($0)) }
    let order = (0..<count).sorted { (keys[$0], $0) < (keys[$1], $1) }
    return order.prefix(wanted).sorted()
  }

  /// SplitMix64 (Steele, Lea, Flood 2014) of a stream and a counter: no state, so order is free.
  private static func splitMix(_ stream: UInt64, _ counter: UInt64) -> UInt64 {
    func mix(_ value: UInt64) -> UInt64 {
      var z = value &+ 0x9E37_79B9_7F4A_7C15
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
    return mix(mix(stream) ^ counter)
  }
}

/// A share as a reader writes it: `20 %`.
enum PrintedShare {
  static func text(_ share: Double) -> String {
    let percent = (share * 1000).rounded() / 10
    return percent == percent.rounded() ? "\(Int(percent)) %" : "\(percent) %"
  }
}
