/// Reads columns of an Arrow table: decodes their parts on several threads and joins them in order.
struct ArrowColumns {
  let contents: ArrowContents
  let threads: Int

  /// A column to read.
  struct Wanted: Hashable, Sendable {
    /// Its position in the schema.
    var field: Int
    /// Whether numbers are wanted rather than texts.
    var isForNumbers: Bool
  }

  /// A column with what is wrong with it.
  struct Column: Sendable {
    var values: TypedValues
    var problems: [ValueProblem]
  }

  /// A part of a column: values, or indices into a dictionary.
  private enum Part: Sendable {
    case values(DecodedValues)
    case indices([Int32], missing: [Bool]?, dictionary: Int)
  }

  /// Reads columns.
  func read(_ wanted: [Wanted]) throws(TypedFileFault) -> [Column] {
    // With many batches one column after another keeps memory low.
    if contents.batches.count >= 4 * threads {
      var columns: [Column] = []
      for column in wanted { columns += try read(together: [column]) }
      return columns
    }
    return try read(together: wanted)
  }

  private func read(together wanted: [Wanted]) throws(TypedFileFault) -> [Column] {
    let dictionaries = try dictionaries(for: wanted)
    let batches = contents.batches.count
    let parts = OrderedJobs.results(count: wanted.count * batches, threads: threads) { job in
      Result { () throws(TypedFileFault) in
        let column = job / max(1, batches)
        return try part(wanted[column], batch: job % batches, dictionaries: dictionaries[column])
      }
    }
    let columns = OrderedJobs.results(count: wanted.count, threads: threads) { index in
      Result { () throws(TypedFileFault) in
        try joined(
          parts[index * batches..<(index + 1) * batches], dictionaries: dictionaries[index],
          isText: !wanted[index].isForNumbers)
      }
    }
    var result: [Column] = []
    for column in columns { result.append(try column.get()) }
    return result
  }

  private func joined(
    _ parts: ArraySlice<Result<Part, TypedFileFault>>, dictionaries: [Int: ArrowDictionary],
    isText: Bool
  ) throws(TypedFileFault) -> Column {
    var builder = TypedColumnBuilder(capacity: contents.rowCount)
    var problems: [ValueProblem] = []
    var kind: TypedValues?
    for part in parts {
      switch try part.get() {
      case .values(let values):
        kind = values.values
        builder.append(values)
      case .indices(let indices, let missing, let index):
        guard let dictionary = dictionaries[index] else { continue }
        kind = dictionary.values
        for problem in dictionary.problems {
          guard let row = indices.firstIndex(of: Int32(problem.row)) else { continue }
          problems.report(
            row: builder.rowCount + row, found: problem.found, expected: problem.expected)
        }
        builder.append(indices: indices, missing: missing, of: dictionary.values, key: index)
      }
    }
    return Column(
      values: builder.finish(isText: isText, like: kind), problems: problems + builder.problems)
  }

  // MARK: Parts

  /// The part of a column that one batch holds.
  private func part(
    _ wanted: Wanted, batch index: Int, dictionaries: [Int: ArrowDictionary]
  ) throws(TypedFileFault) -> Part {
    let field = contents.schema.fields[wanted.field]
    let batch = contents.batches[index]
    let place = place(of: wanted.field, in: batch.rows)
    let stored = field.dictionary?.index ?? field.type
    let views = try place.viewBuffers(batch.rows, type: stored)
    let decoder = try ArrowDecoder(
      batch.rows, type: stored, node: place.node, firstBuffer: place.buffer,
      viewBuffers: views, isForNumbers: wanted.isForNumbers)
    guard let encoding = field.dictionary else { return .values(try decoder.decode(stored)) }
    guard let view = batch.views[encoding.id], let dictionary = dictionaries[view.dictionary] else {
      guard decoder.count == 0 else {
        throw .damaged("a column whose dictionary does not come before it")
      }
      return .values(
        try decoder.empty(field.type, isForNumbers: wanted.isForNumbers))
    }
    let limit = dictionary.ends[view.pieces - 1]
    return .indices(
      try decoder.indices(encoding.index, below: limit), missing: decoder.missing,
      dictionary: view.dictionary)
  }

  /// Where a column lies in the lists of a batch.
  private struct Place {
    var node = 0
    var buffer = 0
    var view = 0

    func viewBuffers(_ batch: ArrowBatch, type: ArrowType) throws(TypedFileFault) -> Int {
      guard type == .textView else { return 0 }
      guard batch.viewBuffers.indices.contains(view) else {
        throw .damaged("a view that does not say how many buffers it has")
      }
      return batch.viewBuffers[view]
    }
  }

  private func place(of field: Int, in batch: ArrowBatch) -> Place {
    var place = Place()
    for earlier in contents.schema.fields[..<field] {
      place.node += earlier.extent.nodes
      place.buffer += earlier.extent.buffers
      place.view += earlier.extent.views
    }
    // Each view before adds its buffers; a list that is too short is found by the column itself.
    place.buffer += batch.viewBuffers.prefix(place.view).reduce(0, &+)
    return place
  }

  // MARK: Dictionaries

  /// The dictionaries that each column uses, by their index.
  private func dictionaries(
    for wanted: [Wanted]
  ) throws(TypedFileFault) -> [[Int: ArrowDictionary]] {
    var jobs: [(column: Int, dictionary: Int, piece: Int)] = []
    for (column, wanted) in wanted.enumerated() {
      guard let id = contents.schema.fields[wanted.field].dictionary?.id else { continue }
      for (index, dictionary) in contents.dictionaries.enumerated() where dictionary.id == id {
        for piece in dictionary.pieces.indices { jobs.append((column, index, piece)) }
      }
    }
    let work = jobs
    let pieces = OrderedJobs.results(count: work.count, threads: threads) { index in
      Result { () throws(TypedFileFault) in
        let job = work[index]
        let type = contents.schema.fields[wanted[job.column].field].type
        let batch = contents.dictionaries[job.dictionary].pieces[job.piece]
        return try ArrowDecoder(
          batch, type: type, node: 0, firstBuffer: 0,
          viewBuffers: try Place().viewBuffers(batch, type: type),
          isForNumbers: wanted[job.column].isForNumbers
        ).decode(type)
      }
    }
    var result = [[Int: ArrowDictionary]](repeating: [:], count: wanted.count)
    var next = 0
    while next < work.count {
      let (column, index, _) = work[next]
      let count = contents.dictionaries[index].pieces.count
      var parts: [DecodedValues] = []
      for piece in pieces[next..<next + count] { parts.append(try piece.get()) }
      result[column][index] = ArrowDictionary(parts)
      next += count
    }
    return result
  }
}

/// The values of a dictionary, with those that were added to it.
struct ArrowDictionary: Sendable {
  /// One entry for each index.
  let values: TypedValues
  /// Entries that cannot be given.
  let problems: [ValueProblem]
  /// Number of entries after each piece.
  let ends: [Int]

  init(_ pieces: [DecodedValues]) {
    let count = pieces.reduce(0) { $0 + $1.count }
    var builder = TypedColumnBuilder(capacity: count)
    var ends: [Int] = []
    for piece in pieces {
      builder.append(piece)
      ends.append(builder.rowCount)
    }
    values = builder.finish(isText: true, like: pieces.first?.values)
    problems = builder.problems
    self.ends = ends
  }
}

extension ArrowDecoder {
  /// Indices into a dictionary of at least `limit` entries; 0 where missing.
  func indices(_ type: ArrowType, below limit: Int) throws(TypedFileFault) -> [Int32] {
    guard case .integer(let bits, let isSigned) = type else {
      throw .damaged("indices that are not integers")
    }
    // An unsigned index of 64 bits above the signed ones turns negative here, and is refused.
    var indices: [Int32] = []
    indices.reserveCapacity(count)
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

  /// No values of a type.
  func empty(_ type: ArrowType, isForNumbers: Bool) throws(TypedFileFault) -> DecodedValues {
    try decode(type)
  }
}
