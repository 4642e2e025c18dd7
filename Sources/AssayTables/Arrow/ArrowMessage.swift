import AssayFiles

/// One message of an Arrow file or stream: what it is, and where its body lies.
///
/// Source: Arrow's `Message.fbs` and "Encapsulated message format".
struct ArrowMessage {
  /// What the message holds.
  enum Header {
    case schema(ArrowSchema)
    case dictionary(id: Int64, isDelta: Bool, ArrowBatch)
    case batch(ArrowBatch)
    /// The end of a stream.
    case end
  }

  var header: Header
  /// The offset behind the body.
  var end: Int

  /// Reads the message at an offset.
  init(_ file: ArraySlice<UInt8>, at offset: Int) throws(TypedFileFault) {
    var place = offset
    guard var length = file.integer(at: place, as: Int32.self) else {
      throw .damaged("the file ends where a message should begin")
    }
    place += 4
    // Before version 0.15 no marker stood before the length.
    if length == -1 {
      guard let next = file.integer(at: place, as: Int32.self) else {
        throw .damaged("the file ends within a message")
      }
      length = next
      place += 4
    }
    if length == 0 {
      header = .end
      end = place
      return
    }
    guard let metadata = file.part(at: place, count: Int(length)) else {
      throw .damaged("a message that is longer than the file")
    }
    place += Int(length)
    let message = try FlatBufferTable(root: metadata)
    let bodyLength = try message.integer(3, default: Int64(0))
    guard let body = file.part(at: place, count: Int(bodyLength)) else {
      throw .damaged("a message body that is longer than the file")
    }
    end = place + body.count
    let version = try message.integer(0, default: Int16(0))
    guard (3...4).contains(version) else {
      throw .refused(
        what: "Arrow metadata of version \(Int(version) + 1)", why: "versions 4 and 5 are read",
        help: "write the file again with a current version of Arrow")
    }
    guard let content = try message.table(2) else { throw .damaged("a message without content") }
    switch try message.integer(1, default: UInt8(0)) {
    case 1: header = .schema(try ArrowSchema(content, version: version))
    case 2:
      guard let data = try content.table(1) else { throw .damaged("a dictionary without values") }
      header = .dictionary(
        id: try content.integer(0, default: Int64(0)),
        isDelta: try content.integer(2, default: UInt8(0)) != 0,
        try ArrowBatch(data, body: body))
    case 3: header = .batch(try ArrowBatch(content, body: body))
    case let kind:
      throw .refused(
        what: "an Arrow message of kind \(kind)", why: "it holds a tensor, not a table", help: nil)
    }
  }
}

/// Rows of some columns as they lie in the body of a message.
struct ArrowBatch: Sendable {
  /// One entry of the list of nodes.
  struct Node: Hashable, Sendable {
    var length: Int
    var nullCount: Int
  }

  /// Number of rows.
  var length: Int
  /// Nodes of all fields, parents before children.
  private(set) var nodes: [Node] = []
  /// How many data buffers each view has.
  private(set) var viewBuffers: [Int] = []
  private var buffers: [(offset: Int, length: Int)] = []
  private var codec: CompressionCodec?
  private let body: ArraySlice<UInt8>

  init(_ table: FlatBufferTable, body: ArraySlice<UInt8>) throws(TypedFileFault) {
    self.body = body
    length = Int(try table.integer(0, default: Int64(0)))
    guard length >= 0 else { throw .damaged("a batch of \(length) rows") }
    if let list = try table.vector(1, elementSize: 16) {
      for index in 0..<list.count {
        let rows = Int(try list.integer(index, as: Int64.self))
        guard rows >= 0 else { throw .damaged("a column of \(rows) rows") }
        nodes.append(
          Node(length: rows, nullCount: Int(try list.integer(index, offset: 8, as: Int64.self))))
      }
    }
    if let list = try table.vector(2, elementSize: 16) {
      for index in 0..<list.count {
        buffers.append(
          (
            Int(try list.integer(index, as: Int64.self)),
            Int(try list.integer(index, offset: 8, as: Int64.self))
          ))
      }
    }
    if let compression = try table.table(3) {
      switch try compression.integer(0, default: Int8(0)) {
      case 0: codec = .lz4Frame
      case 1: codec = .zstd
      case let other: throw .damaged("an unknown compression, number \(other)")
      }
      if try compression.integer(1, default: Int8(0)) != 0 {
        throw .damaged("an unknown way of compressing")
      }
    }
    if let list = try table.vector(4, elementSize: 8) {
      for index in 0..<list.count {
        let count = try list.integer(index, as: Int64.self)
        guard count >= 0, count <= buffers.count else {
          throw .damaged("a view of \(count) buffers")
        }
        viewBuffers.append(Int(count))
      }
    }
  }

  /// The bytes of a buffer, decompressed; at least as many as are needed.
  func buffer(_ index: Int, minimum: Int = 0) throws(TypedFileFault) -> ArraySlice<UInt8> {
    guard buffers.indices.contains(index),
      let stored = body.part(at: buffers[index].offset, count: buffers[index].length)
    else { throw .damaged("a buffer outside of its message") }
    let bytes = try expanded(stored)
    guard bytes.count >= minimum else {
      throw .damaged("a buffer of \(bytes.count) bytes where \(minimum) are needed")
    }
    return bytes
  }

  /// Whether a buffer is left out.
  func isEmpty(_ index: Int) -> Bool {
    !buffers.indices.contains(index) || buffers[index].length == 0
  }

  private func expanded(_ stored: ArraySlice<UInt8>) throws(TypedFileFault) -> ArraySlice<UInt8> {
    guard let codec, !stored.isEmpty else { return stored }
    guard let size = stored.integer(at: 0, as: Int64.self) else {
      throw .damaged("a compressed buffer without its size")
    }
    let content = stored.dropFirst(8)
    // Writers leave a buffer as it is where compression would make it larger.
    if size == -1 { return content }
    do throws(DecompressionError) {
      return try Decompressor.decompress(codec, content, expectedSize: Int(size))[...]
    } catch { throw .damaged(error.description) }
  }
}
