/// An array of one or two axes, whose columns can be read.
struct NPYArray: Sendable {
  /// What the header says.
  let header: NPYHeader
  /// The elements, as many as the header says.
  private let data: ArraySlice<UInt8>

  /// Reads the header and checks that the elements are there, all of them and nothing else.
  init(_ file: ArraySlice<UInt8>) throws(TypedFileFault) {
    header = try NPYHeader(file)
    let size = try TypedFileLimit.product(try header.count(), header.element.size)
    let found = file.count - header.dataOffset
    guard found >= size else {
      throw .damaged("an array of \(size) bytes of which \(found) are there")
    }
    guard found == size else {
      throw .damaged("\(found - size) bytes behind the end of an array")
    }
    // Arrays of elements without bytes could be of any length.
    guard let rows = header.shape.first, rows <= TypedFileLimit.rows(fileSize: file.count) else {
      if header.shape.isEmpty {
        data = []
        return
      }
      throw .overLimit(
        what: "rows in an array of \(file.count) bytes", found: "\(header.shape[0])",
        limit: "\(TypedFileLimit.rows(fileSize: file.count))")
    }
    data = file.part(at: header.dataOffset, count: size) ?? []
  }

  /// The names of the columns of an array of this name: its own for one axis, `name[0]`, `name[1]`
  /// and so on for two; none for other shapes.
  static func columns(of header: NPYHeader, named name: String) throws(TypedFileFault) -> [String] {
    switch header.shape.count {
    case 1: return [name]
    case 2:
      let limit = 100_000
      guard header.shape[1] <= limit else {
        throw .overLimit(
          what: "columns in an array", found: "\(header.shape[1])", limit: "\(limit)")
      }
      return (0..<header.shape[1]).map { "\(name)[\($0)]" }
    default: return []
    }
  }

  /// The values of a column, from 0.
  func column(_ column: Int) -> DecodedValues {
    let rows = header.shape.first ?? 0
    let columns = header.shape.count > 1 ? header.shape[1] : 1
    let size = header.element.size
    // The offset of row r is start + r * stride; the last is below rows * columns * size, which
    // `init` found to be the number of bytes.
    let start = (header.isFortranOrder ? column * rows : column) * size
    let stride = (header.isFortranOrder ? 1 : columns) * size
    let layout = Layout(rows: rows, start: start, stride: stride)
    switch header.element {
    case .boolean:
      return DecodedValues(
        values: .booleans(fixed(layout, UInt8.self) { $0 != 0 }, missing: nil))
    case .integer(8, isSigned: false): return unsigned(layout)
    case .integer(let bytes, let isSigned):
      return DecodedValues(
        values: .integers(integers(layout, bytes: bytes, isSigned: isSigned), missing: nil))
    case .float(2):
      return DecodedValues(
        values: .singles(fixed(layout, UInt16.self) { HalfPrecision.widened($0) }, missing: nil))
    case .float(4):
      return DecodedValues(
        values: .singles(fixed(layout, UInt32.self) { Float(bitPattern: $0) }, missing: nil))
    case .float:
      return DecodedValues(
        values: .doubles(fixed(layout, UInt64.self) { Double(bitPattern: $0) }, missing: nil))
    case .bytes(let count): return bytes(layout, count: count)
    case .text(let count): return texts(layout, count: count)
    }
  }

  /// Where the elements of a column lie.
  private struct Layout {
    var rows: Int
    var start: Int
    var stride: Int
  }

  private func fixed<Stored: FixedWidthInteger, Value>(
    _ layout: Layout, _: Stored.Type, _ convert: (Stored) -> Value
  ) -> [Value] {
    data.withUnsafeBytes { raw in
      // Every element lies inside of `raw`; see `column`.
      (0..<layout.rows).map { row in
        let stored = raw.loadUnaligned(
          fromByteOffset: layout.start + row * layout.stride, as: Stored.self)
        return convert(
          header.isBigEndian ? Stored(bigEndian: stored) : Stored(littleEndian: stored))
      }
    }
  }

  private func integers(_ layout: Layout, bytes: Int, isSigned: Bool) -> [Int64] {
    switch (bytes, isSigned) {
    case (1, true): fixed(layout, Int8.self) { Int64($0) }
    case (2, true): fixed(layout, Int16.self) { Int64($0) }
    case (4, true): fixed(layout, Int32.self) { Int64($0) }
    case (1, false): fixed(layout, UInt8.self) { Int64($0) }
    case (2, false): fixed(layout, UInt16.self) { Int64($0) }
    case (4, false): fixed(layout, UInt32.self) { Int64($0) }
    default: fixed(layout, Int64.self) { $0 }
    }
  }

  /// Unsigned integers of 64 bits: as texts where one of them does not fit the signed ones.
  private func unsigned(_ layout: Layout) -> DecodedValues {
    DecodedValues(values: .unsigned(fixed(layout, UInt64.self) { $0 }, missing: nil))
  }

  private func bytes(_ layout: Layout, count: Int) -> DecodedValues {
    var interner = TextInterner()
    var problems: [ValueProblem] = []
    let codes = data.withUnsafeBytes { raw in
      (0..<layout.rows).map { row in
        // Inside of `raw`; see `column`.
        let start = layout.start + row * layout.stride
        var end = start + count
        while end > start, raw[end - 1] == 0 { end -= 1 }
        if let code = interner.code(UnsafeRawBufferPointer(rebasing: raw[start..<end])) {
          return code
        }
        problems.report(row: row, found: "bytes that are not UTF-8", expected: "text")
        return 0
      }
    }
    return DecodedValues(values: interner.values(codes, missing: nil), problems: problems)
  }

  private func texts(_ layout: Layout, count: Int) -> DecodedValues {
    var interner = TextInterner()
    var problems: [ValueProblem] = []
    var text: [UInt8] = []
    let codes = data.withUnsafeBytes { raw in
      (0..<layout.rows).map { row in
        text.removeAll(keepingCapacity: true)
        // Zeros at the end are no characters; those within are.
        var zeros = 0
        for index in 0..<count {
          // Inside of `raw`; see `column`.
          let stored = raw.loadUnaligned(
            fromByteOffset: layout.start + row * layout.stride + 4 * index, as: UInt32.self)
          let point = header.isBigEndian ? UInt32(bigEndian: stored) : UInt32(littleEndian: stored)
          if point == 0 {
            zeros += 1
            continue
          }
          guard let scalar = Unicode.Scalar(point) else {
            problems.report(row: row, found: "a number that is no character", expected: "text")
            return Int32(0)
          }
          text.append(contentsOf: repeatElement(0, count: zeros))
          zeros = 0
          if let encoded = UTF8.encode(scalar) { text.append(contentsOf: encoded) }
        }
        return text.withUnsafeBytes { interner.code($0) } ?? 0
      }
    }
    return DecodedValues(values: interner.values(codes, missing: nil), problems: problems)
  }
}
