/// One column of one row group.
struct ParquetChunk: Sendable {
  var physical = -1
  var codec = -1
  var valueCount = 0
  var compressedSize = 0
  var dataOffset = 0
  var dictionaryOffset: Int?

  /// Where the chunk's pages begin: at the dictionary where there is one before the data.
  var start: Int {
    guard let dictionaryOffset, dictionaryOffset > 0, dictionaryOffset < dataOffset else {
      return dataOffset
    }
    return dictionaryOffset
  }
}

/// A row group: rows that stand together, column by column.
struct ParquetRowGroup: Sendable {
  var rowCount = 0
  var chunks: [ParquetChunk] = []
}

/// The metadata at the end of a Parquet file.
///
/// Source: apache/parquet-format, `parquet.thrift`; field numbers stand in `case`.
struct ParquetFooter: Sendable {
  var columns: [ParquetColumn] = []
  var rowGroups: [ParquetRowGroup] = []
  var rowCount = 0

  /// Reads and checks the metadata.
  /// - Parameter fileSize: Bytes of the file; row counts that no such file can have are refused.
  init(_ bytes: UnsafeRawBufferPointer, fileSize: Int) throws(ParquetProblem) {
    var reader = ThriftReader(bytes)
    var elements: [ParquetSchemaElement] = []
    var last = 0
    while let field = try reader.field(after: &last) {
      switch field.id {
      case 2:
        for _ in 0..<(try reader.structures(field)) { elements.append(try Self.element(&reader)) }
      case 3: rowCount = try reader.count(field)
      case 4:
        for _ in 0..<(try reader.structures(field)) { rowGroups.append(try Self.group(&reader)) }
      case 8:
        throw .refused(
          "an encrypted Parquet file", "Assay has no key for it", help: "decrypt the file before")
      default: try reader.skip(field)
      }
    }
    let (columns, leaves) = try ParquetSchema.columns(of: elements)
    self.columns = columns
    try check(leaves: leaves, fileSize: fileSize)
  }

  /// The most rows that are believed of a file of that size, so that a few bytes cannot ask for all
  /// memory: run-length encoding makes few bytes of many equal rows, but a table that is worth an
  /// evaluation has a score.
  static func rowLimit(fileSize: Int) -> Int { min(Int(Int32.max), 1 << 24 + 64 * fileSize) }

  private func check(leaves: Int, fileSize: Int) throws(ParquetProblem) {
    let limit = Self.rowLimit(fileSize: min(fileSize, 1 << 40))
    var rows = 0
    for group in rowGroups {
      guard group.chunks.count == leaves else {
        throw .damaged("a row group with \(group.chunks.count) columns instead of \(leaves)")
      }
      guard group.rowCount <= limit - rows else {
        throw ParquetProblem(
          fact: .overLimit(
            what: "rows in a Parquet file of \(fileSize) bytes", found: "more", limit: "\(limit)"))
      }
      rows += group.rowCount
    }
    guard rows == rowCount else {
      throw .damaged("\(rowCount) rows are stated, but the row groups have \(rows)")
    }
  }

  // MARK: Structures

  private static func element(
    _ reader: inout ThriftReader
  ) throws(ParquetProblem) -> ParquetSchemaElement {
    var element = ParquetSchemaElement()
    var last = 0
    while let field = try reader.field(after: &last) {
      switch field.id {
      case 1:
        let type = try reader.count(field)
        guard let physical = ParquetPhysicalType(rawValue: type) else {
          throw .damaged("a column of unknown type \(type)")
        }
        element.physical = physical
      case 2: element.width = try reader.count(field)
      case 3: element.repetition = try reader.count(field)
      case 4: element.name = try reader.text(field)
      case 5:
        element.children = try reader.count(field)
        guard element.children <= Int(Int32.max) else {
          throw .damaged("a schema that is too large")
        }
      case 6: element.converted = try reader.count(field)
      case 7: element.scale = try reader.count(field)
      case 10:
        try reader.structure(field)
        element.logical = try logical(&reader)
      default: try reader.skip(field)
      }
    }
    // A group has children and no type, whatever is written.
    if element.children > 0 { element.physical = nil }
    return element
  }

  /// The logical type; `nil` for one that is not known, whose physical type then counts.
  private static func logical(_ reader: inout ThriftReader) throws(ParquetProblem)
    -> ParquetMeaning?
  {
    var meaning: ParquetMeaning?
    var last = 0
    while let field = try reader.field(after: &last) {
      switch field.id {
      case 1, 4, 12: meaning = .text
      case 6: meaning = .date
      case 11: meaning = .nothing
      case 13: meaning = .refused("BSON documents")
      case 14: meaning = .uuid
      case 15: meaning = .half
      case 16: meaning = .refused("variants")
      case 17, 18: meaning = .refused("geometries")
      case 5, 7, 8, 10:
        try reader.structure(field)
        meaning = try parameters(&reader, of: field.id)
        continue
      default: break
      }
      try reader.skip(field)
    }
    return meaning
  }

  /// The parameters of decimal (5), time (7), timestamp (8) and integer (10) types.
  private static func parameters(
    _ reader: inout ThriftReader, of type: Int
  ) throws(ParquetProblem) -> ParquetMeaning {
    var scale = 0
    var flag = true
    var unit = TemporalText.Unit.milliseconds
    var last = 0
    while let field = try reader.field(after: &last) {
      switch (type, field.id) {
      case (5, 1): scale = try reader.count(field)
      case (7, 1), (8, 1), (10, 2): flag = try reader.boolean(field)
      case (7, 2), (8, 2):
        try reader.structure(field)
        var inner = 0
        while let choice = try reader.field(after: &inner) {
          switch choice.id {
          case 1: unit = .milliseconds
          case 2: unit = .microseconds
          case 3: unit = .nanoseconds
          default: throw .damaged("a time in an unknown unit")
          }
          try reader.skip(choice)
        }
      default: try reader.skip(field)
      }
    }
    switch type {
    case 5: return .decimal(scale: try ParquetSchema.checkedScale(scale))
    case 7: return .time(unit)
    case 8: return .timestamp(unit, isUTC: flag)
    default: return .integer(isUnsigned: !flag)
    }
  }

  private static func group(_ reader: inout ThriftReader) throws(ParquetProblem) -> ParquetRowGroup
  {
    var group = ParquetRowGroup()
    var last = 0
    while let field = try reader.field(after: &last) {
      switch field.id {
      case 1:
        for _ in 0..<(try reader.structures(field)) { group.chunks.append(try chunk(&reader)) }
      case 3: group.rowCount = try reader.count(field)
      default: try reader.skip(field)
      }
    }
    return group
  }

  private static func chunk(_ reader: inout ThriftReader) throws(ParquetProblem) -> ParquetChunk {
    var chunk: ParquetChunk?
    var last = 0
    while let field = try reader.field(after: &last) {
      switch field.id {
      case 1:
        let path = try reader.text(field)
        if !path.isEmpty {
          throw .refused(
            "a Parquet summary file", "its rows stand in other files, such as '\(path)'",
            help: "give the folder of the parts")
        }
      case 3:
        try reader.structure(field)
        chunk = try metadata(&reader)
      case 8, 9:
        throw .refused(
          "an encrypted Parquet file", "Assay has no key for it", help: "decrypt the file before")
      default: try reader.skip(field)
      }
    }
    guard let chunk else { throw .damaged("a column without metadata") }
    return chunk
  }

  private static func metadata(_ reader: inout ThriftReader) throws(ParquetProblem) -> ParquetChunk
  {
    var chunk = ParquetChunk()
    var last = 0
    while let field = try reader.field(after: &last) {
      switch field.id {
      case 1: chunk.physical = try reader.count(field)
      case 4: chunk.codec = try reader.count(field)
      case 5: chunk.valueCount = try reader.count(field)
      case 7: chunk.compressedSize = try reader.count(field)
      case 9: chunk.dataOffset = try reader.count(field)
      case 11:
        // Some writers state -1 where there is none.
        let offset = try reader.integer(field)
        chunk.dictionaryOffset = offset > 0 ? Int(offset) : nil
      default: try reader.skip(field)
      }
    }
    return chunk
  }
}
