import AssayEvidence
import AssayFiles
import AssayXML

/// Text from outside, made safe to show.
enum DisplayText {
  /// The most characters of a name that are shown.
  static let nameLimit = 200

  /// The text with control, invisible and direction-changing characters shown as U+FFFD, for running
  /// text and attributes; line feeds stay.
  static func clean(_ text: String) -> String {
    if !text.unicodeScalars.contains(where: isHidden) { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { result.append(isHidden(scalar) ? "\u{FFFD}" : scalar) }
    return String(result)
  }

  /// A name, cleaned, on one line and cut; a cut name ends in the start of its digest, so that two long
  /// names stay distinct.
  static func name(_ text: String, limit: Int = nameLimit) -> String {
    let flat = text.split(whereSeparator: \.isNewline).joined(separator: " ")
    let cleaned = clean(flat)
    guard cleaned.count > limit else { return cleaned }
    return cleaned.prefix(limit - 10) + "…" + SHA256.hexDigest(text).prefix(8)
  }

  /// Whether a code point would be invisible or change what stands around it.
  static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A: false
    case 0..<0x20, 0x7F..<0xA0, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF,
      0xFFF9...0xFFFB, 0xFFFE, 0xFFFF, 0xE0000...0xE007F:
      true
    default: false
    }
  }

  /// Text escaped for HTML and XML, code point by code point: a combining mark after `<` or `"` joins
  /// them into one character, and must not hide them.
  static func escaped(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in XMLText.sanitized(text).unicodeScalars {
      switch scalar {
      case "<": result.append(contentsOf: "&lt;".unicodeScalars)
      case ">": result.append(contentsOf: "&gt;".unicodeScalars)
      case "&": result.append(contentsOf: "&amp;".unicodeScalars)
      case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
      case "'": result.append(contentsOf: "&#39;".unicodeScalars)
      // White space in an attribute would otherwise be read back as a blank.
      case "\t": result.append(contentsOf: "&#9;".unicodeScalars)
      case "\n": result.append(contentsOf: "&#10;".unicodeScalars)
      case "\r": result.append(contentsOf: "&#13;".unicodeScalars)
      default: result.append(scalar)
      }
    }
    return String(result)
  }

  /// The anchor of a name: the text itself, with white space and hidden characters percent-encoded.
  static func anchor(_ text: String) -> String {
    encode(text) { $0.properties.isWhitespace || isHidden($0) || $0.value < 0x20 }
  }

  /// The link fragment that leads to ``anchor(_:)``: everything but plain ASCII percent-encoded, so that
  /// a browser that decodes it arrives at the anchor's text.
  static func fragment(_ text: String) -> String {
    encode(anchor(text)) { scalar in
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", "-", ".", "_", "~", "/", "=", "+", ",", ":", "@", "!",
        "(", ")", "*", ";", "$":
        false
      default: true
      }
    }
  }

  private static func encode(_ text: String, where isEncoded: (Unicode.Scalar) -> Bool) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      guard isEncoded(scalar) else {
        result.unicodeScalars.append(scalar)
        continue
      }
      for byte in String(scalar).utf8 {
        result += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
      }
    }
    return result
  }
}

extension Evidence {
  /// The raw value as an attribute carries it; empty where there is none.
  var rawValue: String {
    switch result {
    case .flag(let flag): return flag ? "true" : "false"
    case .text(let text): return text
    case .count(let count): return "\(count)"
    default:
      guard let value, !value.isNaN else { return "" }
      if value.isInfinite { return value < 0 ? "-infinity" : "infinity" }
      return value.description
    }
  }

  /// What stands before and after ``printedValue`` in ``printedLine``.
  var lineAround: (before: String, after: String) {
    let line = printedLine
    let before = if case .guarantee = result { "ε " } else { "" }
    return (before, String(line.dropFirst(before.count + printedValue.count)))
  }

  /// Whether there is a number, a flag or words, rather than a reason why not.
  var isKnown: Bool {
    switch result {
    case .estimate(let estimate): estimate.value != nil
    case .missing: false
    default: true
    }
  }
}
