extension JSONValue {
  /// Strict JSON text, UTF-8, the same bytes for the same value; ends with a line feed.
  ///
  /// Doubles are written as the shortest decimal that reads back to the same bits. NaN is written as
  /// `null`, infinities as the strings `"infinity"` and `"-infinity"`.
  /// - Parameter pretty: Two spaces a level; small arrays of plain values stay on one line.
  public func serialized(pretty: Bool = true) -> String {
    var out = ""
    write(into: &out, indent: pretty ? 0 : nil)
    if pretty { out += "\n" }
    return out
  }

  private func write(into out: inout String, indent: Int?) {
    switch self {
    case .null: out += "null"
    case .bool(let value): out += value ? "true" : "false"
    case .integer(let value): out += String(value)
    case .double(let value): out += JSONValue.text(of: value)
    case .string(let text): JSONValue.writeString(text, into: &out)
    case .array(let array):
      let flat = array.allSatisfy(\.isPlain)
      JSONValue.writeItems(
        array, open: "[", close: "]", into: &out, indent: flat ? nil : indent,
        spaced: indent != nil
      ) { item, out, inner in item.write(into: &out, indent: inner) }
    case .object(let object):
      let flat = object.members.count <= 7 && object.members.allSatisfy(\.value.isPlain)
      JSONValue.writeItems(
        object.members, open: "{", close: "}", into: &out, indent: flat ? nil : indent,
        spaced: indent != nil
      ) { member, out, inner in
        JSONValue.writeString(member.key, into: &out)
        out += indent == nil ? ":" : ": "
        member.value.write(into: &out, indent: inner ?? (indent == nil ? nil : 0))
      }
    }
  }

  private var isPlain: Bool {
    switch self {
    case .array(let array): array.isEmpty
    case .object(let object): object.members.isEmpty
    default: true
    }
  }

  private static func writeItems<Item>(
    _ items: [Item], open: String, close: String, into out: inout String, indent: Int?,
    spaced: Bool, write: (Item, inout String, Int?) -> Void
  ) {
    out += open
    let inner = indent.map { $0 + 2 }
    for (position, item) in items.enumerated() {
      if position > 0 { out += inner == nil && spaced ? ", " : "," }
      if let inner { out += "\n" + String(repeating: " ", count: inner) }
      write(item, &out, inner)
    }
    if let indent, !items.isEmpty { out += "\n" + String(repeating: " ", count: indent) }
    out += close
  }

  private static func text(of value: Double) -> String {
    if value.isNaN { return "null" }
    if value.isInfinite { return value < 0 ? "\"-infinity\"" : "\"infinity\"" }
    return value == 0 ? "0.0" : value.description
  }

  private static func writeString(_ text: String, into out: inout String) {
    out += "\""
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x22: out += "\\\""
      case 0x5C: out += "\\\\"
      case 0x0A: out += "\\n"
      case 0x0D: out += "\\r"
      case 0x09: out += "\\t"
      case 0..<0x20, 0x7F, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069:
        let hex = String(scalar.value, radix: 16)
        out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: out.unicodeScalars.append(scalar)
      }
    }
    out += "\""
  }
}
