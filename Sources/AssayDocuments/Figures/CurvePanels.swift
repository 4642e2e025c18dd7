import AssayEvidence
import AssayStatistics

/// Curves of several arms as small multiples on one scale: mean of the seeds, band from the lowest to the
/// highest seed, the baseline's mean as a ghost.
struct CurvePanels {
  /// One panel.
  struct Panel {
    var arm: String
    var colour: MarkColour
    var series: Series
  }

  /// What is drawn, such as "Accuracy".
  var quantity: String
  var panels: [Panel]
  /// The baseline's curve, behind every other panel.
  var ghost: Series?
  var range: ClosedRange<Double>?

  /// A curve reduced to what is drawn: x, mean, lowest and highest seed.
  struct Summary {
    var points: [(x: Double, mean: Double, low: Double, high: Double)]

    /// Points at which every line that reaches them is defined.
    init(_ series: Series) {
      var places: [Double: [Double]] = [:]
      for line in series.lines {
        for (x, y) in zip(line.x, line.y) {
          guard x.isFinite, let y, y.isFinite else { continue }
          places[x, default: []].append(y)
        }
      }
      points = places.keys.sorted().map { x in
        let values = places[x] ?? []
        // Lines in the order of the series: the sum has one order.
        let mean = values.reduce(0, +) / Double(values.count)
        return (x, mean, values.min() ?? mean, values.max() ?? mean)
      }
    }
  }

  /// One drawing for each panel that has points.
  var drawings: [Drawing] {
    let summaries = panels.map { Summary($0.series) }
    let ghostPoints = ghost.map { Summary($0).points } ?? []
    let all = summaries.flatMap(\.points)
    guard !all.isEmpty else { return [] }
    let values = all.flatMap { [$0.low, $0.high] } + ghostPoints.map(\.mean)
    // The path lives in a box of 1000 x 700 that is stretched to 130 pixels of height.
    let vertical = Scale(of: values, start: 700, end: 0, limits: range)
    return zip(panels, summaries).compactMap { panel, summary in
      draw(panel, summary, ghost: panel.series == ghost ? [] : ghostPoints, on: vertical)
    }
  }

  private func draw(
    _ panel: Panel, _ summary: Summary,
    ghost: [(x: Double, mean: Double, low: Double, high: Double)], on vertical: Scale
  ) -> Drawing? {
    guard let first = summary.points.first, let last = summary.points.last else { return nil }
    let span = last.x > first.x ? last.x - first.x : 1
    func x(_ value: Double) -> String { Decimal.short((value - first.x) / span * 1000, places: 0) }
    func y(_ value: Double) -> String { Decimal.short(vertical.at(value), places: 0) }
    func path(_ points: [(Double, Double)]) -> String {
      points.enumerated().map { ($0 == 0 ? "M" : "L") + x($1.0) + " " + y($1.1) }.joined()
    }
    var svg = SVGBuilder()
    svg.words(Self.short(panel.arm), y: 12, bold: true)
    for tick in vertical.ticks {
      let at = 40 + vertical.at(tick.value) / 700 * 130
      svg.line(x1: 0, y1: at, x2: 100, y2: at, width: nil, opacity: ".16")
      svg.words(tick.text, y: at - 3, quiet: true, size: 11)
    }
    svg.begin(
      "svg",
      [
        ("x", "18%"), ("y", "40"), ("width", "82%"), ("height", "130"), ("viewBox", "0 0 1000 700"),
        ("preserveAspectRatio", "none"),
      ])
    if ghost.count > 1 {
      let ghostFirst = ghost[0].x
      let ghostSpan = max(ghost[ghost.count - 1].x - ghostFirst, 1e-9)
      let data = ghost.enumerated().map { index, point in
        (index == 0 ? "M" : "L")
          + Decimal.short((point.x - ghostFirst) / ghostSpan * 1000, places: 0) + " "
          + y(point.mean)
      }.joined()
      svg.path(data, stroke: .ink, opacity: ".6", dash: "3 3")
    }
    if summary.points.count > 1 {
      if summary.points.contains(where: { $0.high > $0.low }) {
        let band =
          summary.points.map { ($0.x, $0.low) }
          + summary.points.reversed().map { ($0.x, $0.high) }
        svg.path(path(band) + "z", fill: panel.colour.rawValue, fillOpacity: ".28")
      }
      svg.path(
        path(summary.points.map { ($0.x, $0.mean) }), stroke: panel.colour, width: "1.75")
    }
    svg.end("svg")
    if summary.points.count == 1 {
      svg.dot(x: 59, y: 40 + vertical.at(first.mean) / 700 * 130, colour: panel.colour)
    }
    svg.words(Decimal.short(first.x, places: 2), x: 18, y: 183, quiet: true, size: 11)
    svg.words(
      Decimal.short(last.x, places: 2), x: 100, y: 183, anchor: "end", quiet: true, size: 11)
    svg.words("round", x: 59, y: 183, anchor: "middle", quiet: true, size: 11)
    let end = PrintedNumber.text(last.mean, .fraction)
    svg.words(end, x: 100, y: 12, anchor: "end", bold: true)
    let name = DisplayText.name(panel.arm, limit: 60)
    return Drawing(
      title: "\(quantity) of \(name) by round",
      description: "\(name) starts at \(PrintedNumber.text(first.mean, .fraction)) in round "
        + "\(Decimal.short(first.x, places: 2)) and ends at \(end) in round "
        + "\(Decimal.short(last.x, places: 2)); the seeds end between "
        + "\(PrintedNumber.text(last.low, .fraction)) and "
        + "\(PrintedNumber.text(last.high, .fraction)). Every panel has the same vertical scale.",
      height: 188, isRowPlot: false, body: svg.body)
  }

  /// A name that fits a narrow panel.
  static func short(_ name: String) -> String {
    let clean = DisplayText.name(name)
    return clean.count > 18 ? clean.prefix(17) + "…" : clean
  }
}
