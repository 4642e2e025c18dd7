import AssayFiles
import AssayDiagnostics

/// Reads columns of an Arrow table: decodes their parts on several threads and joins them in order.
struct ArrowColumns: Sendable {
  let contents: ArrowContents
  /// The first row of each batch.
  private let firstRows: [Int]
  /// Where each column lies in the lists of a batch, before the buffers that views add.
  private let places: [Place]

  /// A column to read.
  struct Wanted: Sendable {
    /// Its position in the schema.
    var field: Int
    var request: ColumnRequest
  }

  init(_ contents: ArrowContents) {
    self.contents = contents
    var row = 0
    firstRows = contents.batches.map { batch in
      defer { row += batch.rows.length }
      return row
    }
    var place = Place()
    places = contents.schema.fields.map { field in
      defer {
        place.node += field.extent.nodes
        place.buffer += field.extent.buffers
        place.view += field.extent.views
      }
      return place
    }
  }

  /// Reads columns.
  /// - Parameters:
  ///   - problems: What is wrong with values, in the order of columns and rows.
  ///   - place: The place of a value.
  func read(
    _ wanted: [Wanted], threads: Int, problems: inout DiagnosticList,
    place: @escaping @Sendable (Fact, Int, String, String?) -> Diagnostic
  ) throws(TypedFileFault) -> [ColumnTable.Values] {
    // With many batches one column after another keeps memory low.
    let groups = contents.batches.count >= 4 * threads ? wanted.map { [$0] } : [wanted]
    var columns: [ColumnTable.Values] = []
    for group in groups {
      columns += try read(group, threads: threads, problems: &problems, place)
    }
    return columns
  }

  private func read(
    _ wanted: [Wanted], threads: Int, problems: inout DiagnosticList,
    _ place: @escaping @Sendable (Fact, Int, String, String?) -> Diagnostic
  ) throws(TypedFileFault) -> [ColumnTable.Values] {
    let dictionaries = try dictionaries(for: wanted, threads: threads)
    let batches = contents.batches.count
    let parts = OrderedJobs.results(count: wanted.count * batches, threads: threads) { job in
      Result { () throws(TypedFileFault) in
        let (column, batch) = (job / batches, job % batches)
        let request = wanted[column].request
        let decoded = try part(
          wanted[column], batch: batch, dictionaries: dictionaries[column])
        return ColumnParts.part(decoded, request: request, firstRow: firstRows[batch]) {
          place($0, $1, request.name, $2)
        }
      }
    }
    var sound: [ColumnParts.Part] = []
    for part in parts { sound.append(try part.get()) }
    var columns: [ColumnTable.Values] = []
    for (index, column) in wanted.enumerated() {
      let values = ColumnParts.joined(
        sound[index * batches..<(index + 1) * batches], role: column.request.role,
        rowCount: contents.rowCount, problems: &problems)
      columns.append(settled(values, contents.schema.fields[column.field].type))
    }
    return columns
  }

  /// Gives all points in time of a column equally many digits.
  private func settled(_ values: ColumnTable.Values, _ type: ArrowType) -> ColumnTable.Values {
    guard case .timestamp(_, let hasZone) = type, case .texts(let codes, let texts) = values else {
      return values
    }
    return .texts(codes: codes, texts: TemporalText.settled(texts, isUTC: hasZone))
  }

  // MARK: Parts

  /// The part of a column that one batch holds.
  private func part(
    _ wanted: Wanted, batch index: Int, dictionaries: [Int: ArrowDictionary]
  ) throws(TypedFileFault) -> DecodedValues {
    let field = contents.schema.fields[wanted.field]
    let batch = contents.batches[index]
    let place = place(of: wanted.field, in: batch.rows)
    let stored = field.dictionary?.index ?? field.type
    let decoder = try ArrowDecoder(
      batch.rows, type: stored, node: place.node, firstBuffer: place.buffer,
      viewBuffers: try place.viewBuffers(batch.rows, type: stored))
    guard let encoding = field.dictionary else { return try decoder.decode(stored) }
    guard let view = batch.views[encoding.id], let dictionary = dictionaries[view.dictionary] else {
      guard decoder.count == 0 else {
        throw .damaged("a column whose dictionary does not come before it")
      }
      return try decoder.decode(field.type)
    }
    let indices = try decoder.indices(encoding.index, below: dictionary.ends[view.pieces - 1])
    return dictionary.values(at: indices, missing: decoder.missing)
  }

  /// Where a column lies in the lists of a batch.
  private struct Place: Sendable {
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
    var place = places[field]
    // Each view before adds its buffers; a list that is too short is found by the column itself.
    place.buffer += batch.viewBuffers.prefix(place.view).reduce(0, &+)
    return place
  }

  // MARK: Dictionaries

  /// The dictionaries that each column uses, by their index.
  private func dictionaries(
    for wanted: [Wanted], threads: Int
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
          viewBuffers: try Place().viewBuffers(batch, type: type)
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
