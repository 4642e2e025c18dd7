import AssayFiles

/// The members of a ZIP archive in memory, as its central directory lists them.
///
/// Names are names: nothing is ever written, and what would lead out of a folder is refused all the
/// same. Stored and deflated members, ZIP64; each member's CRC-32 is checked when it is read.
/// - Note: Source: PKWARE, APPNOTE.TXT 6.3.10, sections 4.3 to 4.5.
struct ZIPArchive: Sendable {
  /// One member.
  struct Member: Hashable, Sendable {
    /// Its name in the archive.
    var name: String
    /// Bytes once decompressed.
    var size: Int
    fileprivate var compressedSize: Int
    fileprivate var method: UInt16
    fileprivate var checksum: UInt32
    fileprivate var offset: Int
  }

  /// The members in the order of the directory; each name once.
  private(set) var members: [Member] = []
  private let bytes: [UInt8]
  /// The most members.
  static let memberLimit = 100_000

  /// Reads the central directory.
  init(_ bytes: [UInt8]) throws(TypedFileFault) {
    self.bytes = bytes
    let file = bytes[...]
    let directory = try Self.directory(file)
    guard let content = file.part(at: directory.offset, count: directory.size) else {
      throw .damaged("a directory outside of the archive")
    }
    guard directory.count <= Self.memberLimit else {
      throw .overLimit(
        what: "members in an archive", found: "\(directory.count)", limit: "\(Self.memberLimit)")
    }
    var names: Set<String> = []
    var place = 0
    // Members that share their bytes would let a small archive hold very much.
    var total = 0
    for _ in 0..<directory.count {
      let member = try Self.member(content, at: &place)
      guard names.insert(member.name).inserted else {
        throw .damaged("two members of the name '\(member.name)'")
      }
      total = try TypedFileLimit.sum(total, member.compressedSize)
      guard total <= bytes.count else { throw .damaged("members that are more than the archive") }
      members.append(member)
    }
  }

  /// The bytes of a member, decompressed and checked.
  func content(_ member: Member) throws(TypedFileFault) -> ArraySlice<UInt8> {
    let file = bytes[...]
    guard file.integer(at: member.offset, as: UInt32.self) == 0x0403_4B50,
      let name = file.integer(at: member.offset + 26, as: UInt16.self),
      let extra = file.integer(at: member.offset + 28, as: UInt16.self),
      let stored = file.part(
        at: member.offset + 30 + Int(name) + Int(extra), count: member.compressedSize)
    else { throw .damaged("the member '\(member.name)' lies outside of the archive") }
    let content: ArraySlice<UInt8>
    switch member.method {
    case 0:
      guard member.size == member.compressedSize else {
        throw .damaged("the member '\(member.name)' has two sizes")
      }
      content = stored
    default:
      do throws(DecompressionError) {
        content = try Decompressor.decompress(.deflate, stored, expectedSize: member.size)[...]
      } catch { throw .damaged("the member '\(member.name)': \(error.description)") }
    }
    guard content.withUnsafeBytes({ CRC32.checksum($0) }) == member.checksum else {
      throw .damaged("the member '\(member.name)' does not have its checksum")
    }
    return content
  }

  // MARK: Directory

  private static func directory(
    _ file: ArraySlice<UInt8>
  ) throws(TypedFileFault) -> (offset: Int, size: Int, count: Int) {
    // The end record is 22 bytes and a comment of at most 65,535; a signature inside of the comment
    // is told by the comment's length.
    var place = file.count - 22
    let lowest = max(0, place - 65_535)
    while place >= lowest {
      if file.integer(at: place, as: UInt32.self) == 0x0605_4B50,
        let comment = file.integer(at: place + 20, as: UInt16.self),
        place + 22 + Int(comment) == file.count
      {
        break
      }
      place -= 1
    }
    guard place >= lowest, let count = file.integer(at: place + 10, as: UInt16.self),
      let size = file.integer(at: place + 12, as: UInt32.self),
      let offset = file.integer(at: place + 16, as: UInt32.self)
    else { throw .damaged("the archive ends without its directory") }
    if count != .max, size != .max, offset != .max {
      return (Int(offset), Int(size), Int(count))
    }
    guard file.integer(at: place - 20, as: UInt32.self) == 0x0706_4B50,
      let locator = file.integer(at: place - 12, as: UInt64.self),
      let large = Int(exactly: locator), large <= file.count,
      file.integer(at: large, as: UInt32.self) == 0x0606_4B50,
      let largeCount = file.integer(at: large + 32, as: UInt64.self),
      let largeSize = file.integer(at: large + 40, as: UInt64.self),
      let largeOffset = file.integer(at: large + 48, as: UInt64.self)
    else { throw .damaged("the archive's large directory is not where it should be") }
    return (
      try integer(largeOffset), try integer(largeSize), try integer(largeCount)
    )
  }

  private static func integer(_ value: UInt64) throws(TypedFileFault) -> Int {
    guard let value = Int(exactly: value) else { throw .damaged("a size of more than 63 bits") }
    return value
  }

  private static func member(
    _ directory: ArraySlice<UInt8>, at place: inout Int
  ) throws(TypedFileFault) -> Member {
    let cut = TypedFileFault.damaged("the archive's directory is cut off")
    guard directory.integer(at: place, as: UInt32.self) == 0x0201_4B50,
      let flags = directory.integer(at: place + 8, as: UInt16.self),
      let method = directory.integer(at: place + 10, as: UInt16.self),
      let checksum = directory.integer(at: place + 16, as: UInt32.self),
      let compressed = directory.integer(at: place + 20, as: UInt32.self),
      let size = directory.integer(at: place + 24, as: UInt32.self),
      let nameLength = directory.integer(at: place + 28, as: UInt16.self),
      let extraLength = directory.integer(at: place + 30, as: UInt16.self),
      let commentLength = directory.integer(at: place + 32, as: UInt16.self),
      let offset = directory.integer(at: place + 42, as: UInt32.self),
      let rawName = directory.part(at: place + 46, count: Int(nameLength)),
      let extra = directory.part(at: place + 46 + Int(nameLength), count: Int(extraLength))
    else { throw cut }
    place += 46 + Int(nameLength) + Int(extraLength) + Int(commentLength)
    guard let name = String(validating: rawName, as: UTF8.self) else {
      throw .damaged("a member whose name is not UTF-8")
    }
    if flags & 1 != 0 || flags & 0x40 != 0 || method == 99 {
      throw .refused(what: "the encrypted member '\(name)'", why: "no key is known", help: nil)
    }
    guard method == 0 || method == 8 else {
      throw .refused(
        what: "the member '\(name)' of compression method \(method)",
        why: "stored and deflated members are read",
        help: "write the file with numpy.savez or numpy.savez_compressed")
    }
    let parts = name.split(omittingEmptySubsequences: false) { $0 == "/" || $0 == "\\" }
    if parts.contains("..") || parts.first == "" || name.utf8.contains(0) {
      throw .refused(
        what: "the member '\(name)'", why: "its name would lead out of a folder", help: nil)
    }
    // Sizes that are at their limit stand in an extra field, in this order.
    var large = try largeFields(extra)
    func value(_ small: UInt32) throws(TypedFileFault) -> Int {
      if small != .max { return Int(small) }
      guard let next = large.popFirst() else { throw cut }
      return try integer(next)
    }
    let fullSize = try value(size)
    let fullCompressed = try value(compressed)
    return Member(
      name: name, size: fullSize, compressedSize: fullCompressed, method: method,
      checksum: checksum, offset: try value(offset))
  }

  private static func largeFields(
    _ extra: ArraySlice<UInt8>
  ) throws(TypedFileFault) -> ArraySlice<UInt64> {
    var place = 0
    while let id = extra.integer(at: place, as: UInt16.self),
      let length = extra.integer(at: place + 2, as: UInt16.self)
    {
      if id == 1 {
        let fields = (0..<Int(length) / 8).map { index in
          extra.integer(at: place + 4 + 8 * index, as: UInt64.self) ?? .max
        }
        return fields[...]
      }
      place += 4 + Int(length)
    }
    return []
  }
}
