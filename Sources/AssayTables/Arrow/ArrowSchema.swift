import AssayDiagnostics

/// What the values of an Arrow column are, as far as they can be read.
enum ArrowType: Hashable, Sendable {
  /// A column of missing values, without buffers.
  case null
  /// Truth values, one bit each.
  case boolean
  /// Integers of 8, 16, 32 or 64 bits.
  case integer(bits: Int, isSigned: Bool)
  /// Floating-point numbers of 16, 32 or 64 bits.
  case float(bits: Int)
  /// UTF-8 texts, or bytes that must be such, found through offsets of 32 or 64 bits.
  case text(offsetBits: Int)
  /// The same through views of 16 bytes.
  case textView
  /// The same, all of one length.
  case fixedBytes(width: Int)
  /// Decimal numbers: integers of 32, 64 or 128 bits over 10^scale.
  case decimal(bits: Int, scale: Int)
  /// Days (32 bits) or milliseconds (64 bits) from 1970-01-01.
  case date(isDays: Bool)
  /// Time of day.
  case time(bits: Int, unit: TemporalText.Unit)
  /// Time from 1970-01-01; in UTC where a zone, any zone, is stated.
  case timestamp(unit: TemporalText.Unit, hasZone: Bool)
  /// A type that may stand in the file and is not read.
  case other(name: String)
}

/// A column of an Arrow table, or a part of a nested one.
struct ArrowField: Sendable {
  /// How many entries of a batch's lists a field takes, those of its children included.
  struct Extent: Sendable {
    /// Entries of the list of nodes.
    var nodes = 0
    /// Entries of the list of buffers, less those that a view adds.
    var buffers = 0
    /// Entries of the list of buffer counts of views.
    var views = 0

    mutating func add(_ other: Extent) {
      nodes += other.nodes
      buffers += other.buffers
      views += other.views
    }
  }

  /// The name; may be empty.
  var name: String
  /// The type of the values; of a dictionary's values where there is one.
  var type: ArrowType
  /// The dictionary's id and the type of the indices into it.
  var dictionary: (id: Int64, index: ArrowType)?
  /// What the field takes in a record batch.
  var extent: Extent
}

/// The columns of an Arrow table.
///
/// Source: Arrow's `Schema.fbs`; numbers of fields and of types are those of that file.
struct ArrowSchema: Sendable {
  /// The columns in order.
  var fields: [ArrowField] = []

  /// The most fields of a schema, nested ones included.
  static let fieldLimit = 100_000
  /// The deepest nesting.
  static let depthLimit = 64

  /// Reads a schema.
  /// - Parameter version: The metadata version of the message; before 5 (value 4) a union has one
  ///   buffer more.
  init(_ table: FlatBufferTable, version: Int16) throws(TypedFileFault) {
    if try table.integer(0, default: Int16(0)) != 0 {
      throw .refused(
        what: "big-endian Arrow data", why: "only little-endian files are read",
        help: "write the file on a little-endian machine, or as Parquet")
    }
    guard let list = try table.vector(1, elementSize: 4) else { return }
    var reader = FieldReader(version: version)
    for index in 0..<list.count {
      fields.append(try reader.field(try list.table(index), depth: 0))
    }
  }
}

/// Reads fields, counting them: offsets may lead to one child many times.
private struct FieldReader {
  let version: Int16
  var count = 0
  var nameBytes = 0

  mutating func field(_ table: FlatBufferTable, depth: Int) throws(TypedFileFault) -> ArrowField {
    count += 1
    if count > ArrowSchema.fieldLimit {
      throw .overLimit(
        what: "fields in a schema", found: "more", limit: "\(ArrowSchema.fieldLimit)")
    }
    if depth > ArrowSchema.depthLimit {
      throw .overLimit(
        what: "levels of nested fields", found: "more", limit: "\(ArrowSchema.depthLimit)")
    }
    let code = try table.integer(2, default: UInt8(0))
    let (type, buffers, isView) = try Self.type(code, try table.table(3), version: version)
    var extent = ArrowField.Extent(nodes: 1, buffers: buffers, views: isView ? 1 : 0)
    var dictionary: (id: Int64, index: ArrowType)?
    let children = try table.vector(5, elementSize: 4)
    if let encoding = try table.table(4) {
      var index = ArrowType.integer(bits: 32, isSigned: true)
      if let type = try encoding.table(1) { index = try Self.integer(type) }
      dictionary = (try encoding.integer(0, default: Int64(0)), index)
      // In a record batch stand indices; the children belong to the dictionary.
      extent = ArrowField.Extent(nodes: 1, buffers: 2)
    } else if let children {
      for index in 0..<children.count {
        extent.add(try field(try children.table(index), depth: depth + 1).extent)
      }
    }
    // Nobody asks for a part of a nested column by name, and one name may serve many parts.
    let name = depth == 0 ? try table.string(0) ?? "" : ""
    nameBytes += name.utf8.count
    if nameBytes > table.bytes.count { throw .damaged("columns that share one name") }
    return ArrowField(name: name, type: type, dictionary: dictionary, extent: extent)
  }

  private static func integer(_ table: FlatBufferTable) throws(TypedFileFault) -> ArrowType {
    let bits = Int(try table.integer(0, default: Int32(0)))
    guard [8, 16, 32, 64].contains(bits) else { throw .damaged("integers of \(bits) bits") }
    return .integer(bits: bits, isSigned: try table.integer(1, default: UInt8(0)) != 0)
  }

  private static func unit(
    _ table: FlatBufferTable, default value: Int16
  ) throws(TypedFileFault) -> TemporalText.Unit {
    switch try table.integer(0, default: value) {
    case 0: return .seconds
    case 1: return .milliseconds
    case 2: return .microseconds
    case 3: return .nanoseconds
    default: throw .damaged("an unknown unit of time")
    }
  }

  /// A type with the number of its own buffers, and whether a view adds to them.
  private static func type(
    _ code: UInt8, _ table: FlatBufferTable?, version: Int16
  ) throws(TypedFileFault) -> (ArrowType, buffers: Int, isView: Bool) {
    guard let table else { throw .damaged("a field without a type") }
    switch code {
    case 1: return (.null, 0, false)
    case 2: return (try integer(table), 2, false)
    case 3:
      let precision = try table.integer(0, default: Int16(0))
      guard (0...2).contains(precision) else { throw .damaged("an unknown precision") }
      return (.float(bits: 16 << precision), 2, false)
    case 4, 5: return (.text(offsetBits: 32), 3, false)
    case 6: return (.boolean, 2, false)
    case 7:
      let bits = Int(try table.integer(2, default: Int32(128)))
      let scale = Int(try table.integer(1, default: Int32(0)))
      guard [32, 64, 128].contains(bits), (-40...40).contains(scale) else {
        return (.other(name: "decimal numbers of \(bits) bits and scale \(scale)"), 2, false)
      }
      return (.decimal(bits: bits, scale: scale), 2, false)
    case 8: return (.date(isDays: try table.integer(0, default: Int16(1)) == 0), 2, false)
    case 9:
      let bits = Int(try table.integer(1, default: Int32(32)))
      guard bits == 32 || bits == 64 else { throw .damaged("times of \(bits) bits") }
      return (.time(bits: bits, unit: try unit(table, default: 1)), 2, false)
    case 10:
      let zone = try table.string(1) ?? ""
      return (
        .timestamp(unit: try unit(table, default: 0), hasZone: !zone.isEmpty), 2, false
      )
    case 15:
      let width = Int(try table.integer(0, default: Int32(0)))
      guard width >= 0 else { throw .damaged("values of \(width) bytes") }
      return (.fixedBytes(width: width), 2, false)
    case 19, 20: return (.text(offsetBits: 64), 3, false)
    case 23, 24: return (.textView, 2, true)
    default:
      let (name, buffers) = try unread(code, table, version: version)
      return (.other(name: name), buffers, false)
    }
  }

  /// Types that are stepped over.
  private static func unread(
    _ code: UInt8, _ table: FlatBufferTable, version: Int16
  ) throws(TypedFileFault) -> (name: String, buffers: Int) {
    switch code {
    case 11: return ("calendar intervals", 2)
    case 12, 21: return ("lists", 2)
    case 13: return ("structs", 1)
    case 14:
      let isDense = try table.integer(0, default: Int16(0)) != 0
      return ("unions", (isDense ? 2 : 1) + (version < 4 ? 1 : 0))
    case 16: return ("lists", 1)
    case 17: return ("maps", 2)
    case 18: return ("durations", 2)
    case 22: return ("run-end encoded values", 0)
    case 25, 26: return ("lists", 3)
    default: throw .damaged("a type of number \(code), which no version of the format has")
    }
  }
}
