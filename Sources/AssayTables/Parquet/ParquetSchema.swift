/// How values stand in a Parquet file.
enum ParquetPhysicalType: Int, Sendable {
  case boolean, int32, int64, int96, float, double, byteArray, fixedByteArray

  /// The format's name of the type.
  var name: String {
    switch self {
    case .boolean: "BOOLEAN"
    case .int32: "INT32"
    case .int64: "INT64"
    case .int96: "INT96"
    case .float: "FLOAT"
    case .double: "DOUBLE"
    case .byteArray: "BYTE_ARRAY"
    case .fixedByteArray: "FIXED_LEN_BYTE_ARRAY"
    }
  }
}

/// What the values of a column mean.
enum ParquetMeaning: Hashable, Sendable {
  case boolean
  case integer(isUnsigned: Bool)
  case floating
  /// Half precision in two bytes.
  case half
  /// A whole number to be divided by a power of ten.
  case decimal(scale: Int)
  /// UTF-8 text, and bytes that are said to be nothing else.
  case text
  case uuid
  case date
  case time(TemporalText.Unit)
  case timestamp(TemporalText.Unit, isUTC: Bool)
  /// A column in which every value is missing.
  case nothing
  /// Sound, and not read; why.
  case refused(String)

  /// What a message calls the values.
  var noun: String {
    switch self {
    case .boolean: "truth values"
    case .integer: "whole numbers"
    case .floating, .half: "floating-point numbers"
    case .decimal: "decimal numbers"
    case .text: "texts"
    case .uuid: "UUIDs"
    case .date: "dates"
    case .time: "times of day"
    case .timestamp: "timestamps"
    case .nothing: "nothing"
    case .refused(let why): why
    }
  }

  /// Whether parts of one table may differ so: the same values give the same numbers and texts.
  func isCompatible(with other: ParquetMeaning) -> Bool {
    switch (self, other) {
    case (.nothing, _), (_, .nothing), (.integer, .integer): true
    case (.floating, .half), (.half, .floating): true
    case (.time, .time): true
    case (.timestamp(_, let a), .timestamp(_, let b)): a == b
    default: self == other
    }
  }
}

/// A column at the top of the schema.
struct ParquetColumn: Sendable {
  /// The column's name.
  var name: String
  /// How its values stand in the file.
  var physical = ParquetPhysicalType.boolean
  /// Bytes of a value of fixed length.
  var width = 0
  /// Whether values may be missing.
  var isOptional = false
  /// What its values mean.
  var meaning = ParquetMeaning.nothing
  /// Its place among the chunks of a row group; that of the first one of a nested column.
  var leaf = 0
}

/// One element of the schema as the footer has it.
struct ParquetSchemaElement {
  var name = ""
  var physical: ParquetPhysicalType?
  var width = 0
  var repetition = 0
  var children = 0
  var converted: Int?
  var scale = 0
  var logical: ParquetMeaning?
}

/// The columns of a schema, whose elements are written depth first.
enum ParquetSchema {
  /// The top-level columns and the number of chunks in a row group.
  static func columns(
    of elements: [ParquetSchemaElement]
  ) throws(ParquetProblem) -> (columns: [ParquetColumn], leaves: Int) {
    guard let root = elements.first else { throw .damaged("a schema without a root") }
    var columns: [ParquetColumn] = []
    var leaves = 0
    var next = 1
    for _ in 0..<root.children {
      guard next < elements.count else { throw tooFew }
      let element = elements[next]
      var column = ParquetColumn(name: element.name)
      column.leaf = leaves
      if element.children == 0, let physical = element.physical {
        column.physical = physical
        column.width = element.width
        column.isOptional = element.repetition == 1
        column.meaning =
          element.repetition == 2
          ? .refused("a list") : try meaning(of: element, physical)
      } else {
        column.meaning = .refused("nested (a list, a map or a structure)")
      }
      columns.append(column)
      // Passes over the element and everything beneath it without recursion.
      var open = 1
      while open > 0 {
        guard next < elements.count else { throw tooFew }
        if elements[next].physical != nil { leaves += 1 }
        open += elements[next].children - 1
        next += 1
      }
    }
    guard next == elements.count else { throw .damaged("a schema with elements of no column") }
    return (columns, leaves)
  }

  private static let tooFew = ParquetProblem.damaged("a schema with fewer elements than it states")

  /// What the values mean, from the logical type or else from the older converted type.
  private static func meaning(
    of element: ParquetSchemaElement, _ physical: ParquetPhysicalType
  ) throws(ParquetProblem) -> ParquetMeaning {
    if physical == .fixedByteArray, element.width <= 0 {
      throw .damaged("bytes of a fixed length without a length")
    }
    var stated = element.logical
    if stated == nil { stated = try converted(element) }
    let isBytes = physical == .byteArray || physical == .fixedByteArray
    let isInteger = physical == .int32 || physical == .int64
    switch stated {
    case .integer where isInteger, .date where physical == .int32, .time where isInteger,
      .timestamp where physical == .int64, .text where isBytes,
      .uuid where physical == .fixedByteArray && element.width == 16,
      .half where physical == .fixedByteArray && element.width == 2,
      .decimal where isInteger || isBytes:
      return stated ?? .nothing
    case .nothing?, .refused?: return stated ?? .nothing
    case nil:
      switch physical {
      case .boolean: return .boolean
      case .int32, .int64: return .integer(isUnsigned: false)
      case .float, .double: return .floating
      case .int96: return .timestamp(.nanoseconds, isUTC: false)
      case .byteArray, .fixedByteArray: return .text
      }
    case .some(let stated):
      throw .damaged("column '\(element.name)' with \(stated.noun) in \(physical.name)")
    }
  }

  /// The meaning of a converted type; `nil` where none is stated.
  private static func converted(
    _ element: ParquetSchemaElement
  ) throws(ParquetProblem) -> ParquetMeaning? {
    switch element.converted {
    case 0, 4, 19: .text
    case 5: .decimal(scale: try checkedScale(element.scale))
    case 6: .date
    case 7: .time(.milliseconds)
    case 8: .time(.microseconds)
    case 9: .timestamp(.milliseconds, isUTC: true)
    case 10: .timestamp(.microseconds, isUTC: true)
    case 11, 12, 13, 14: .integer(isUnsigned: true)
    case 15, 16, 17, 18: .integer(isUnsigned: false)
    case 20: .refused("BSON documents")
    case 21: .refused("intervals")
    default: nil
    }
  }

  /// The scale of a decimal number; no writer goes beyond 76 digits.
  static func checkedScale(_ scale: Int) throws(ParquetProblem) -> Int {
    guard (0...1_000).contains(scale) else { throw .damaged("decimal numbers of scale \(scale)") }
    return scale
  }
}
