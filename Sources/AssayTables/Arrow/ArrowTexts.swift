/// Decodes texts, and bytes that have to be texts.
struct ArrowTexts {
  private let decoder: ArrowDecoder
  private var interner = TextInterner()
  private var codes: [Int32] = []
  private var problems: [ValueProblem] = []

  init(_ decoder: ArrowDecoder) { self.decoder = decoder }

  /// The texts of a column.
  consuming func decode(_ type: ArrowType) throws(TypedFileFault) -> DecodedValues {
    codes.reserveCapacity(decoder.count)
    if decoder.count > 0 {
      switch type {
      case .text(let bits): try offsets(size: bits / 8)
      case .fixedBytes(let width): try fixed(width: width)
      default: try views()
      }
    }
    return DecodedValues(
      values: interner.values(codes, missing: decoder.missing), problems: problems)
  }

  private mutating func append(_ text: UnsafeRawBufferPointer, row: Int) {
    if let code = interner.code(text) {
      codes.append(code)
    } else {
      problems.report(row: row, found: "bytes that are not UTF-8", expected: "text")
      codes.append(0)
    }
  }

  private func isMissing(_ row: Int) -> Bool { decoder.missing?[row] == true }

  private mutating func offsets(size: Int) throws(TypedFileFault) {
    let count = decoder.count
    let offsets = try decoder.data(
      minimum: try TypedFileLimit.product(try TypedFileLimit.sum(count, 1), size))
    let content = try decoder.content(0)
    let isSound = offsets.withUnsafeBytes { offsets in
      content.withUnsafeBytes { content in
        // `offsets` holds count + 1 of them; what they point at is checked below.
        func offset(_ index: Int) -> Int {
          size == 4
            ? Int(
              Int32(littleEndian: offsets.loadUnaligned(fromByteOffset: 4 * index, as: Int32.self)))
            : Int(
              Int64(littleEndian: offsets.loadUnaligned(fromByteOffset: 8 * index, as: Int64.self)))
        }
        for row in 0..<count {
          if isMissing(row) {
            codes.append(0)
            continue
          }
          let (start, end) = (offset(row), offset(row + 1))
          guard start >= 0, start <= end, end <= content.count else { return false }
          append(UnsafeRawBufferPointer(rebasing: content[start..<end]), row: row)
        }
        return true
      }
    }
    if !isSound { throw .damaged("a text outside of its buffer") }
  }

  private mutating func fixed(width: Int) throws(TypedFileFault) {
    let count = decoder.count
    let content = try decoder.data(minimum: try TypedFileLimit.product(count, width))
    content.withUnsafeBytes { content in
      for row in 0..<count {
        if isMissing(row) {
          codes.append(0)
          continue
        }
        // Below count * width, which `content` holds.
        append(
          UnsafeRawBufferPointer(rebasing: content[row * width..<(row + 1) * width]), row: row)
      }
    }
  }

  /// Views: a length, then up to twelve bytes in place, or four bytes of prefix, the number of a
  /// buffer and an offset into it.
  private mutating func views() throws(TypedFileFault) {
    let count = decoder.count
    let views = try decoder.data(minimum: try TypedFileLimit.product(count, 16))
    var contents: [ArraySlice<UInt8>] = []
    for index in 0..<decoder.contentCount { contents.append(try decoder.content(index)) }
    for row in 0..<count {
      if isMissing(row) {
        codes.append(0)
        continue
      }
      let view = 16 * row
      guard let length = views.integer(at: view, as: Int32.self), length >= 0 else {
        throw .damaged("a text of negative length")
      }
      var text = length <= 12 ? views.part(at: view + 4, count: Int(length)) : nil
      if length > 12, let buffer = views.integer(at: view + 8, as: Int32.self),
        let offset = views.integer(at: view + 12, as: Int32.self),
        contents.indices.contains(Int(buffer))
      {
        text = contents[Int(buffer)].part(at: Int(offset), count: Int(length))
      }
      guard let text else { throw .damaged("a text outside of its buffer") }
      text.withUnsafeBytes { append($0, row: row) }
    }
  }
}
