/// The parts of an Arrow file or stream: columns, batches of rows, and the dictionaries that each
/// batch sees. No value is read yet.
struct ArrowContents: Sendable {
  /// A dictionary from one that replaces to the next; later batches of values add to it.
  struct Dictionary: Sendable {
    var id: Int64
    /// Batches of values, in order.
    var pieces: [ArrowBatch]
  }

  /// What a record batch sees of a dictionary.
  struct View: Hashable, Sendable {
    /// Index into ``ArrowContents/dictionaries``.
    var dictionary: Int
    /// The first so many pieces.
    var pieces: Int
  }

  /// Rows, with the dictionaries as they were at that point.
  struct Batch: Sendable {
    var rows: ArrowBatch
    /// The dictionary for each id.
    var views: [Int64: View]
  }

  /// Which of the two forms the bytes have.
  enum Form: Hashable, Sendable {
    /// With a footer: Arrow IPC file, which is also Feather version 2.
    case file
    /// Message after message.
    case stream
  }

  var schema: ArrowSchema
  private(set) var batches: [Batch] = []
  private(set) var dictionaries: [Dictionary] = []
  private var current: [Int64: View] = [:]
  private(set) var rowCount = 0
  private var entryCount = 0

  /// The six bytes at both ends of an Arrow file.
  static let magic = Array("ARROW1".utf8)

  /// Finds the parts.
  init(_ bytes: [UInt8], form: Form) throws(TypedFileFault) {
    switch form {
    case .file:
      try self.init(file: bytes[...])
    case .stream:
      try self.init(stream: bytes[...])
    }
  }

  private init(file: ArraySlice<UInt8>) throws(TypedFileFault) {
    guard file.starts(with: Self.magic), file.count >= 20,
      file.suffix(6).elementsEqual(Self.magic)
    else { throw .damaged("the file ends without the mark of its footer") }
    guard let size = file.integer(at: file.count - 10, as: Int32.self), size > 0,
      let metadata = file.part(at: file.count - 10 - Int(size), count: Int(size))
    else { throw .damaged("a footer that is longer than the file") }
    let footer = try FlatBufferTable(root: metadata)
    guard let table = try footer.table(1) else { throw .damaged("a footer without a schema") }
    schema = try ArrowSchema(table, version: try footer.integer(0, default: Int16(0)))
    let blocks = file.dropLast(Int(size) + 10)
    // A small footer could point at one large message many times.
    var total = 0
    for (field, isDictionary) in [(2, true), (3, false)] {
      guard let list = try footer.vector(field, elementSize: 24) else { continue }
      for index in 0..<list.count {
        let offset = Int(try list.integer(index, as: Int64.self))
        let message = try ArrowMessage(blocks, at: offset)
        total += message.end - offset
        if total > file.count { throw .damaged("a footer that points at one batch twice") }
        // All batches of a file see all of its dictionaries.
        switch (message.header, isDictionary) {
        case (.dictionary(let id, let isDelta, let values), true):
          if !isDelta, current[id] != nil {
            throw .damaged("a file with two dictionaries of one id")
          }
          try add(values, to: id, isDelta: isDelta, fileSize: file.count)
        case (.batch(let rows), false): try add(rows, fileSize: file.count)
        default: throw .damaged("a footer that points at another kind of message")
        }
      }
    }
  }

  private init(stream: ArraySlice<UInt8>) throws(TypedFileFault) {
    let first = try ArrowMessage(stream, at: 0)
    guard case .schema(let schema) = first.header else {
      throw .damaged("a stream that does not begin with a schema")
    }
    self.schema = schema
    var place = first.end
    // A stream may end without its end mark, but not within a message.
    while place < stream.count {
      let message = try ArrowMessage(stream, at: place)
      switch message.header {
      case .schema: throw .damaged("a stream with two schemas")
      case .dictionary(let id, let isDelta, let values):
        try add(values, to: id, isDelta: isDelta, fileSize: stream.count)
      case .batch(let rows): try add(rows, fileSize: stream.count)
      case .end: return
      }
      place = message.end
    }
  }

  private mutating func add(
    _ values: ArrowBatch, to id: Int64, isDelta: Bool, fileSize: Int
  ) throws(TypedFileFault) {
    entryCount = try checked(entryCount, values.length, "entries of dictionaries", fileSize)
    if isDelta, let view = current[id] {
      dictionaries[view.dictionary].pieces.append(values)
      current[id] = View(dictionary: view.dictionary, pieces: view.pieces + 1)
    } else if isDelta {
      throw .damaged("an addition to a dictionary that does not exist")
    } else {
      current[id] = View(dictionary: dictionaries.count, pieces: 1)
      dictionaries.append(Dictionary(id: id, pieces: [values]))
    }
  }

  private mutating func add(_ rows: ArrowBatch, fileSize: Int) throws(TypedFileFault) {
    rowCount = try checked(rowCount, rows.length, "rows", fileSize)
    batches.append(Batch(rows: rows, views: current))
  }

  /// Adds a count from the file, within what a file of its size may hold.
  private func checked(
    _ count: Int, _ more: Int, _ what: String, _ fileSize: Int
  ) throws(TypedFileFault) -> Int {
    let sum = try TypedFileLimit.sum(count, more)
    let limit = TypedFileLimit.rows(fileSize: fileSize)
    guard sum <= limit else {
      throw .overLimit(
        what: "\(what) in a file of \(fileSize) bytes", found: "\(sum)", limit: "\(limit)")
    }
    return sum
  }
}
