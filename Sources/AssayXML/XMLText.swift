/// What XML 1.0 can carry as text.
public enum XMLText {
  /// Whether XML 1.0 allows the code point: tab, line feed, carriage return, and everything from
  /// U+0020 on save U+FFFE and U+FFFF.
  ///
  /// Source: XML 1.0 (Fifth Edition), production 2, `Char`. Surrogates cannot occur in a Swift string.
  public static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A, 0x0D: true
    case 0..<0x20, 0xFFFE, 0xFFFF: false
    default: true
    }
  }

  /// The text with terminal escape sequences removed and every code point that XML 1.0 cannot carry,
  /// not even escaped, replaced by U+FFFD.
  ///
  /// libxml2 writes such code points without complaint and then refuses to read them back.
  public static func sanitized(_ text: String) -> String {
    if text.unicodeScalars.allSatisfy(isAllowed) { return text }
    var result = String.UnicodeScalarView()
    var scalars = Array(text.unicodeScalars)[...]
    while let scalar = scalars.popFirst() {
      if scalar == "\u{1B}", scalars.first == "[" {
        // CSI sequence: parameters and intermediates, then one final byte.
        let rest = scalars.dropFirst().drop { (0x20...0x3F).contains($0.value) }
        if let last = rest.first, (0x40...0x7E).contains(last.value) {
          scalars = rest.dropFirst()
          continue
        }
      }
      result.append(isAllowed(scalar) ? scalar : "\u{FFFD}")
    }
    return String(result)
  }

  /// The text cut to a number of UTF-8 bytes at a code point, with a closing remark when it was cut.
  public static func limited(_ text: String, bytes limit: Int) -> String {
    if text.utf8.count <= limit { return text }
    let remark = " … (cut)"
    var room = max(0, limit - remark.utf8.count)
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      let width = UTF8.width(scalar)
      if width > room { break }
      room -= width
      result.append(scalar)
    }
    return String(result) + remark
  }
}
