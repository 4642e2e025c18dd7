import AssayFiles

/// Writes ZIP archives of stored members for tests, sound or not.
struct ZIPWriter {
  /// A member and what is wrong with it.
  struct Member {
    var name: String
    var content: [UInt8]
    var flags: UInt16 = 0
    var method: UInt16 = 0
    /// Added to the checksum.
    var checksumError: UInt32 = 0
    /// Whether sizes and offset stand in the ZIP64 field.
    var isLarge = false
    /// A member at the same place as the one before.
    var sharesPlace = false
  }

  /// An archive of members.
  static func archive(_ members: [Member], comment: String = "") -> [UInt8] {
    var bytes: [UInt8] = []
    var directory: [UInt8] = []
    var place = 0
    for member in members {
      let size = UInt32(member.content.count)
      let checksum =
        member.content.withUnsafeBytes { CRC32.checksum($0) } &+ member.checksumError
      let name = Array(member.name.utf8)
      if !member.sharesPlace {
        place = bytes.count
        bytes += little(UInt32(0x0403_4B50)) + little(UInt16(20)) + little(member.flags)
        bytes += little(member.method) + little(UInt32(0)) + little(checksum)
        bytes += little(size) + little(size) + little(UInt16(name.count)) + little(UInt16(0))
        bytes += name + member.content
      }
      var extra: [UInt8] = []
      if member.isLarge {
        extra = little(UInt16(1)) + little(UInt16(24))
        extra += little(UInt64(size)) + little(UInt64(size)) + little(UInt64(place))
      }
      directory += little(UInt32(0x0201_4B50)) + little(UInt16(20)) + little(UInt16(20))
      directory += little(member.flags) + little(member.method) + little(UInt32(0))
      directory += little(checksum)
      directory += little(member.isLarge ? .max : size) + little(member.isLarge ? .max : size)
      directory += little(UInt16(name.count)) + little(UInt16(extra.count)) + little(UInt16(0))
      directory += little(UInt16(0)) + little(UInt16(0)) + little(UInt32(0))
      directory += little(member.isLarge ? UInt32.max : UInt32(place)) + name + extra
    }
    let start = bytes.count
    bytes += directory
    let isLarge = members.contains { $0.isLarge }
    if isLarge {
      let large = bytes.count
      bytes += little(UInt32(0x0606_4B50)) + little(UInt64(44)) + little(UInt32(0))
      bytes += little(UInt64(0)) + little(UInt64(members.count)) + little(UInt64(members.count))
      bytes += little(UInt64(directory.count)) + little(UInt64(start))
      bytes += little(UInt32(0x0706_4B50)) + little(UInt32(0)) + little(UInt64(large))
      bytes += little(UInt32(1))
    }
    let count = isLarge ? UInt16.max : UInt16(members.count)
    bytes += little(UInt32(0x0605_4B50)) + little(UInt32(0)) + little(count) + little(count)
    bytes += little(UInt32(directory.count)) + little(UInt32(start))
    bytes += little(UInt16(comment.utf8.count)) + Array(comment.utf8)
    return bytes
  }

  private static func little<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
    (0..<Value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
