import AssayDiagnostics

/// The values of a dictionary, with those that were added to it.
struct ArrowDictionary: Sendable {
  /// Number of entries after each piece.
  let ends: [Int]
  private let values: TypedValues
  /// Entries that cannot be given.
  private let problems: [Int32: ValueProblem]

  init(_ pieces: [DecodedValues]) {
    var ends: [Int] = []
    var problems: [Int32: ValueProblem] = [:]
    var count = 0
    for piece in pieces {
      for problem in piece.problems { problems[Int32(count + problem.row)] = problem }
      count += piece.values.count
      ends.append(count)
    }
    self.ends = ends
    self.problems = problems
    values = TypedValues.joined(pieces.map(\.values)) ?? .texts(codes: [], texts: [], missing: nil)
  }

  /// The entries at positions, of rows that are not missing.
  func values(at positions: [Int32], missing: [Bool]?) -> DecodedValues {
    var found: [ValueProblem] = []
    if !problems.isEmpty {
      for (row, position) in positions.enumerated() where missing?[row] != true {
        guard let problem = problems[position] else { continue }
        found.report(row: row, found: problem.found, expected: problem.expected)
      }
    }
    return DecodedValues(values: values.gathered(positions, missing: missing), problems: found)
  }
}

extension ArrowDecoder {
  /// Indices into a dictionary of `limit` entries; 0 where missing.
  func indices(_ type: ArrowType, below limit: Int) throws(TypedFileFault) -> [Int32] {
    guard case .integer(let bits, let isSigned) = type else {
      throw .damaged("indices that are not integers")
    }
    var indices: [Int32] = []
    indices.reserveCapacity(count)
    // An unsigned index of 64 bits above the signed ones turns negative here, and is refused.
    for (row, index) in try integers(bits: bits, isSigned: isSigned || bits == 64).enumerated() {
      if missing?[row] == true {
        indices.append(0)
        continue
      }
      guard index >= 0, index < limit else {
        throw .damaged("index \(index) into a dictionary of \(limit) entries")
      }
      indices.append(Int32(index))
    }
    return indices
  }
}
