/// Decimal numbers of any size in plain digits; those of 64 bits are ``DecimalText``'s.
enum ParquetDecimalText {
  /// The text of a big-endian number in two's complement, of any length.
  static func of(_ bytes: ArraySlice<UInt8>, scale: Int) -> String {
    let isNegative = bytes.first.map { $0 >= 0x80 } ?? false
    // The magnitude in base 256, highest digit first.
    var magnitude = bytes.map { isNegative ? ~$0 : $0 }
    if isNegative {
      for index in magnitude.indices.reversed() {
        magnitude[index] &+= 1
        if magnitude[index] != 0 { break }
      }
      // The lowest number of all has no positive twin of its length.
      if magnitude.allSatisfy({ $0 == 0 }) { magnitude.insert(1, at: 0) }
    }
    var digits: [UInt8] = []
    while magnitude.contains(where: { $0 != 0 }) {
      var rest: UInt32 = 0
      for index in magnitude.indices {
        let value = rest << 8 | UInt32(magnitude[index])
        magnitude[index] = UInt8(value / 10)
        rest = value % 10
      }
      digits.append(UInt8(ascii: "0") + UInt8(rest))
    }
    return placed(
      digits.isEmpty ? "0" : String(decoding: digits.reversed(), as: UTF8.self),
      isNegative: isNegative, scale: scale)
  }

  private static func placed(_ digits: String, isNegative: Bool, scale: Int) -> String {
    let padded = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
    let whole = padded.dropLast(scale)
    return (isNegative ? "-" : "") + whole + (scale > 0 ? "." + padded.suffix(scale) : "")
  }
}
