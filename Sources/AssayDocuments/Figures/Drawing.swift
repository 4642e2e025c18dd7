/// A drawing as finished SVG, fluid in width: marks and labels stand at percent x and pixel y, so that
/// text keeps its size on a phone and on a wide screen. Presentation attributes only, no style, no script.
public struct Drawing: Hashable, Sendable {
  /// A short name for the title element.
  public var title: String
  /// What the drawing says, in numbers, for readers who do not see it.
  public var description: String
  /// Height in pixels.
  public var height: Int
  /// Whether it is a row plot, which widens on phones.
  public var isRowPlot: Bool
  /// The marks; every text in it is escaped.
  public var body: String
}

/// Colours of marks; each passes 3 : 1 on the light and the dark page.
enum MarkColour: String {
  /// Baseline and totals: the text's own colour.
  case ink = "currentColor"
  /// The federated arm without noise.
  case blue = "#2577c8"
  /// Arms with noise, limits, drop-outs.
  case orange = "#c65d00"
  /// Arms that are not candidates.
  case grey = "#7d838a"
}

/// Collects SVG elements.
struct SVGBuilder {
  private(set) var body = ""

  /// Starts an element that holds others; `end()` closes it.
  mutating func begin(_ name: String, _ attributes: [(String, String)]) {
    body += "<\(name)\(Self.text(of: attributes))>"
  }

  mutating func end(_ name: String) { body += "</\(name)>\n" }

  mutating func element(_ name: String, _ attributes: [(String, String)]) {
    body += "<\(name)\(Self.text(of: attributes))/>\n"
  }

  /// Words at percent `x` and pixel `y`.
  mutating func words(
    _ words: String, x: Double = 0, y: Double, anchor: String? = nil, dx: Double? = nil,
    bold: Bool = false, quiet: Bool = false, size: Int? = nil, hidesOnPhone: Bool = false
  ) {
    var attributes = [("x", Self.percent(x)), ("y", Self.pixels(y))]
    if let dx { attributes.append(("dx", Self.pixels(dx))) }
    if let anchor { attributes.append(("text-anchor", anchor)) }
    if bold { attributes.append(("font-weight", "650")) }
    if quiet { attributes.append(("fill-opacity", ".78")) }
    if let size { attributes.append(("font-size", "\(size)")) }
    if hidesOnPhone { attributes.append(("class", "w")) }
    body += "<text\(Self.text(of: attributes))>\(DisplayText.escaped(words))</text>\n"
  }

  /// A line between two points at percent x and pixel y.
  mutating func line(
    x1: Double, y1: Double, x2: Double, y2: Double, colour: MarkColour = .ink,
    width: String? = "2", opacity: String? = nil, dash: String? = nil
  ) {
    var attributes = [
      ("x1", Self.percent(x1)), ("x2", Self.percent(x2)), ("y1", Self.pixels(y1)),
      ("y2", Self.pixels(y2)), ("stroke", colour.rawValue),
    ]
    if let width { attributes.append(("stroke-width", width)) }
    if let opacity { attributes.append(("stroke-opacity", opacity)) }
    if let dash { attributes.append(("stroke-dasharray", dash)) }
    element("line", attributes)
  }

  /// A dot: filled, or hollow with the page showing through.
  mutating func dot(
    x: Double, y: Double, radius: Double = 4.5, colour: MarkColour, filled: Bool = true
  ) {
    let centre = [("cx", Self.percent(x)), ("cy", Self.pixels(y)), ("r", Self.pixels(radius))]
    if filled {
      element("circle", centre + [("fill", colour.rawValue)])
    } else {
      element(
        "circle",
        centre + [
          ("class", "hollow"), ("fill", "#fff"), ("stroke", colour.rawValue), ("stroke-width", "2"),
        ])
    }
  }

  /// A ring around a dot: the chosen or recommended point.
  mutating func ring(x: Double, y: Double, colour: MarkColour) {
    element(
      "circle",
      [
        ("cx", Self.percent(x)), ("cy", Self.pixels(y)), ("r", "9"), ("fill", "none"),
        ("stroke", colour.rawValue), ("stroke-width", "1.5"),
      ])
  }

  /// A path in a nested drawing that is stretched to its box.
  mutating func path(
    _ data: String, fill: String = "none", fillOpacity: String? = nil, stroke: MarkColour? = nil,
    width: String? = nil, opacity: String? = nil, dash: String? = nil
  ) {
    var attributes = [("d", data), ("fill", fill)]
    if let fillOpacity { attributes.append(("fill-opacity", fillOpacity)) }
    if let stroke {
      attributes.append(("stroke", stroke.rawValue))
      attributes.append(("vector-effect", "non-scaling-stroke"))
    }
    if let width { attributes.append(("stroke-width", width)) }
    if let opacity { attributes.append(("stroke-opacity", opacity)) }
    if let dash { attributes.append(("stroke-dasharray", dash)) }
    element("path", attributes)
  }

  private static func text(of attributes: [(String, String)]) -> String {
    attributes.map { " \($0)=\"\(DisplayText.escaped($1))\"" }.joined()
  }

  /// A percentage with at most two decimals.
  static func percent(_ value: Double) -> String {
    value == 0 ? "0" : Decimal.short(value, places: 2) + "%"
  }

  /// Pixels with at most one decimal.
  static func pixels(_ value: Double) -> String { Decimal.short(value, places: 1) }
}

/// Decimal text of coordinates and ticks, the same on every machine.
enum Decimal {
  /// The value with at most `places` decimals, closing zeros dropped. Not finite counts as 0.
  static func short(_ value: Double, places: Int) -> String {
    guard value.isFinite, abs(value) < 1e9 else { return "0" }
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    let scaled = Int((value * scale).rounded())
    return text(scaled, exponent: -places, trimmed: true)
  }

  /// `digits × 10^exponent` in plain decimals, with ASCII minus.
  static func text(_ digits: Int, exponent: Int, trimmed: Bool = false) -> String {
    if exponent >= 0 {
      return digits == 0 ? "0" : "\(digits)" + String(repeating: "0", count: exponent)
    }
    var text = "\(digits.magnitude)"
    let places = -exponent
    if text.count <= places {
      text = String(repeating: "0", count: places + 1 - text.count) + text
    }
    text.insert(".", at: text.index(text.endIndex, offsetBy: -places))
    if trimmed {
      while text.hasSuffix("0") { text.removeLast() }
      if text.hasSuffix(".") { text.removeLast() }
    }
    return (digits < 0 && text.contains { $0 >= "1" && $0 <= "9" } ? "-" : "") + text
  }
}
