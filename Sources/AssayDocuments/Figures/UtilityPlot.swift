import AssayEvidence

/// Utility against ε: ε on a logarithmic axis, "no noise" apart, the allowed loss shaded. Points are
/// joined only when five or more budgets were measured: nothing was measured between them.
struct UtilityPlot {
  /// One budget.
  struct Point {
    var arm: String
    var epsilon: Evidence
    var utility: Evidence
    var isRecommended: Bool
  }

  var quantity: String
  var points: [Point]
  /// The arm without noise, and how much worse is tolerated.
  var reference: (name: String, utility: Evidence)?
  var margin: Double
  /// Whether larger is better.
  var isHigherBetter: Bool
  /// Dashed reference lines: local-only, centralised.
  var lines: [(name: String, utility: Evidence)]
  /// Whether the quantity is a change against the arm without noise: the tolerated loss starts at zero.
  var isChange = false

  var drawing: Drawing {
    var values: [Double] = []
    for evidence in points.map(\.utility) + lines.map(\.utility)
      + [reference?.utility].compactMap({ $0 })
    {
      if let value = evidence.value { values.append(value) }
      if let interval = evidence.interval { values += [interval.low, interval.high] }
    }
    let level = isChange ? 0 : reference?.utility.value
    if let level { values += [level, isHigherBetter ? level - margin : level + margin] }
    let vertical = Scale(of: values, start: 240, end: 34, signed: isChange)
    let finite = points.filter { $0.epsilon.value.map { $0.isFinite && $0 > 0 } ?? false }
    let horizontal = LogarithmicScale(
      of: finite.compactMap { $0.epsilon.value }, start: 14, end: 63)
    var svg = SVGBuilder()
    svg.words(quantity, y: 14, quiet: true)
    if let value = level, value.isFinite {
      let worst = vertical.at(isHigherBetter ? value - margin : value + margin)
      let top = min(vertical.at(value), worst)
      svg.element(
        "rect",
        [
          ("width", "100%"), ("y", SVGBuilder.pixels(top)),
          ("height", SVGBuilder.pixels(abs(vertical.at(value) - worst))),
          ("fill", MarkColour.blue.rawValue), ("fill-opacity", ".1"),
        ])
      svg.words(
        "shaded: tolerated loss \(PrintedNumber.text(margin, .fraction))", x: 100, y: 14,
        anchor: "end", quiet: true, size: 11)
    }
    for tick in vertical.ticks {
      let y = vertical.at(tick.value)
      svg.line(x1: 0, y1: y, x2: 100, y2: y, width: nil, opacity: ".16")
      svg.words(tick.text, y: y - 4, quiet: true)
    }
    if isChange {
      let y = vertical.at(0)
      svg.line(x1: 0, y1: y, x2: 100, y2: y, width: "1.5")
    }
    for line in lines {
      guard let value = line.utility.value, value.isFinite else { continue }
      let y = vertical.at(value)
      svg.line(x1: 0, y1: y, x2: 100, y2: y, colour: .grey, width: "1.5", dash: "3 3")
      svg.words(
        "\(CurvePanels.short(line.name)) \(line.utility.printedValue)", y: y - 4, dx: 36, size: 11)
    }
    if finite.count >= 5 { join(finite, horizontal, vertical, into: &svg) }
    for point in finite {
      guard let epsilon = point.epsilon.value else { continue }
      draw(
        point.utility, at: horizontal.at(epsilon), on: vertical, colour: .orange,
        label: "ε \(point.epsilon.printedValue)", strong: point.isRecommended, into: &svg)
      if point.isRecommended, let value = point.utility.value {
        let x = horizontal.at(epsilon)
        svg.ring(x: x, y: vertical.at(value), colour: .orange)
        svg.words("recommended", x: x, y: 289, anchor: "middle", size: 11)
      }
    }
    svg.line(x1: 72, y1: 26, x2: 72, y2: 276, width: nil, opacity: ".4", dash: "2 3")
    for point in points where point.epsilon.value == .infinity {
      draw(
        point.utility, at: 80, on: vertical, colour: .orange, label: "clipped", strong: false,
        isAbove: true, into: &svg)
    }
    if let reference {
      draw(
        reference.utility, at: 93, on: vertical, colour: .blue, label: "no noise", strong: false,
        isAbove: true, into: &svg)
    }
    let chosen = finite.first(where: \.isRecommended).flatMap(\.epsilon.value).map(horizontal.at)
    if chosen.map({ $0 > 40 }) ?? true {
      svg.words("more private", x: 14, y: 290, anchor: "middle", quiet: true, size: 11)
    }
    svg.words("no guarantee", x: 100, y: 290, anchor: "end", quiet: true, size: 11)
    let said = points.map { point in
      "ε \(point.epsilon.printedValue): \(point.utility.printedLine)"
        + (point.isRecommended ? ", recommended" : "")
    }
    let without = reference.map { ["no noise: \($0.utility.printedLine)"] } ?? []
    return Drawing(
      title: "\(quantity) against privacy budget",
      description: (said + without).joined(separator: "; ") + ".", height: 294, isRowPlot: false,
      body: svg.body)
  }

  private func join(
    _ points: [Point], _ horizontal: LogarithmicScale, _ vertical: Scale,
    into svg: inout SVGBuilder
  ) {
    let sorted = points.sorted { ($0.epsilon.value ?? 0) < ($1.epsilon.value ?? 0) }
    for (a, b) in zip(sorted, sorted.dropFirst()) {
      guard let xa = a.epsilon.value, let xb = b.epsilon.value, let ya = a.utility.value,
        let yb = b.utility.value
      else { continue }
      svg.line(
        x1: horizontal.at(xa), y1: vertical.at(ya), x2: horizontal.at(xb), y2: vertical.at(yb),
        colour: .orange, width: "1.5", opacity: ".6")
    }
  }

  private func draw(
    _ utility: Evidence, at x: Double, on vertical: Scale, colour: MarkColour, label: String,
    strong: Bool, isAbove: Bool = false, into svg: inout SVGBuilder
  ) {
    svg.words(label, x: x, y: 272, anchor: "middle", bold: strong)
    guard let value = utility.value, value.isFinite else {
      svg.words("undefined", x: x, y: 230, anchor: "middle", quiet: true, size: 11)
      return
    }
    if let interval = utility.interval {
      svg.line(
        x1: x, y1: vertical.at(interval.low), x2: x, y2: vertical.at(interval.high), colour: colour)
    }
    svg.dot(x: x, y: vertical.at(value), radius: 5, colour: colour)
    if isAbove {
      let top = vertical.at(utility.interval?.high ?? value)
      svg.words(utility.printedValue, x: x, y: top - 6, anchor: "middle", bold: true)
    } else {
      svg.words(
        utility.printedValue, x: x, y: vertical.at(value) + 4, dx: strong ? 14 : 9, bold: true)
    }
  }
}
