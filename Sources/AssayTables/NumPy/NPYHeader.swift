import AssayFiles

/// What an NPY file says about its array.
///
/// - Note: Source: NumPy Enhancement Proposal 1 and numpy/lib/format.py. The header is a Python
///   dictionary; it is read by a parser of its own and never evaluated.
struct NPYHeader: Hashable, Sendable {
  /// What the elements are.
  enum Element: Hashable, Sendable {
    case boolean
    case integer(bytes: Int, isSigned: Bool)
    case float(bytes: Int)
    /// Bytes, filled up with zeros.
    case bytes(count: Int)
    /// Code points of four bytes, filled up with zeros.
    case text(count: Int)

    /// Bytes of one element.
    var size: Int {
      switch self {
      case .boolean: 1
      case .integer(let bytes, _), .float(let bytes), .bytes(let bytes): bytes
      case .text(let count): 4 * count
      }
    }
  }

  /// The elements.
  var element: Element
  /// Whether the most significant byte comes first.
  var isBigEndian: Bool
  /// Whether the first index runs fastest.
  var isFortranOrder: Bool
  /// The length along each axis.
  var shape: [Int]
  /// The offset of the first element.
  var dataOffset: Int

  /// The six bytes at the start.
  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// The longest header.
  static let sizeLimit = 1 << 16
  /// The longest text of one element, in characters.
  static let textLimit = 1 << 20

  /// Reads the header at the start of a file.
  init(_ file: ArraySlice<UInt8>) throws(TypedFileFault) {
    guard file.starts(with: Self.magic), let version = file.integer(at: 6, as: UInt8.self) else {
      throw .damaged("an array that does not begin with the mark of NPY")
    }
    let prefix: Int
    let length: Int?
    switch version {
    case 1:
      prefix = 10
      length = file.integer(at: 8, as: UInt16.self).map { Int($0) }
    case 2, 3:
      prefix = 12
      length = file.integer(at: 8, as: UInt32.self).map { Int($0) }
    default: throw .damaged("an array of version \(version); versions 1, 2 and 3 exist")
    }
    guard let length else { throw .damaged("the file ends within the header of an array") }
    guard length <= Self.sizeLimit else {
      throw .overLimit(
        what: "bytes in the header of an array", found: "\(length)", limit: "\(Self.sizeLimit)")
    }
    guard let text = file.part(at: prefix, count: length) else {
      throw .damaged("the file ends within the header of an array")
    }
    var parser = PythonLiteral(text)
    let fields = try parser.dictionary()
    guard case .text(let type) = fields["descr"] else {
      if case .sequence = fields["descr"] {
        throw .refused(
          what: "a structured array", why: "only arrays of single values are read",
          help: "save each field as an array of its own, for example with numpy.savez")
      }
      throw .damaged("an array header without 'descr'")
    }
    guard case .boolean(let isFortranOrder) = fields["fortran_order"] else {
      throw .damaged("an array header without 'fortran_order'")
    }
    guard case .sequence(let axes) = fields["shape"], axes.count <= 64 else {
      throw .damaged("an array header without 'shape'")
    }
    var shape: [Int] = []
    for axis in axes {
      guard case .integer(let length) = axis, length >= 0 else {
        throw .damaged("a shape that is not made of lengths from 0")
      }
      shape.append(length)
    }
    (element, isBigEndian) = try Self.element(type)
    self.isFortranOrder = isFortranOrder
    self.shape = shape
    dataOffset = prefix + length
  }

  /// The number of elements.
  func count() throws(TypedFileFault) -> Int {
    var count = 1
    for length in shape { count = try TypedFileLimit.product(count, length) }
    return count
  }

  private static func element(_ type: String) throws(TypedFileFault) -> (Element, Bool) {
    var rest = type[...]
    var isBigEndian = false
    if let order = rest.first, "<>|=".contains(order) {
      isBigEndian = order == ">"
      rest = rest.dropFirst()
    }
    let kind = rest.first
    if kind == "O" {
      throw .refused(
        what: "an array of Python objects",
        why: "it holds pickles, which can run code when they are loaded",
        help: "save numbers or texts, for example: array.astype(float) or array.astype(str)")
    }
    let digits = rest.dropFirst()
    guard let size = Int(digits), digits.allSatisfy(\.isNumber), size >= 0 else {
      throw unknown(type)
    }
    switch (kind, size) {
    case ("b", 1), ("?", 1): return (.boolean, false)
    case ("i", 1), ("i", 2), ("i", 4), ("i", 8):
      return (.integer(bytes: size, isSigned: true), isBigEndian)
    case ("u", 1), ("u", 2), ("u", 4), ("u", 8):
      return (.integer(bytes: size, isSigned: false), isBigEndian)
    case ("f", 2), ("f", 4), ("f", 8): return (.float(bytes: size), isBigEndian)
    case ("S", ...textLimit), ("a", ...textLimit): return (.bytes(count: size), false)
    case ("U", ...textLimit): return (.text(count: size), isBigEndian)
    default: throw unknown(type)
    }
  }

  private static func unknown(_ type: String) -> TypedFileFault {
    .refused(
      what: "an array of type '\(type)'",
      why: "truth values, integers, floats of 2, 4 or 8 bytes and texts are read",
      help: "convert it, for example: array.astype(float) or array.astype(str)")
  }
}
