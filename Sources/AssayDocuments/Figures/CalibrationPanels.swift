import AssayEvidence

/// Observed share against mean score in bins, one panel an arm: dots for bins, dashed diagonal for
/// perfect calibration, bars for rows in each bin, a cross where a bin is withheld.
struct CalibrationPanels {
  /// One panel.
  struct Panel {
    var arm: String
    var colour: MarkColour
    var line: Series.Line
    /// Ends of the intervals beside the line; empty where there are none.
    var low: [Double?] = []
    var high: [Double?] = []
    /// The arm's calibration error.
    var error: Evidence?
  }

  var panels: [Panel]

  var drawings: [Drawing] { panels.map(draw) }

  private func draw(_ panel: Panel) -> Drawing {
    var svg = SVGBuilder()
    svg.words(CurvePanels.short(panel.arm), y: 12, bold: true)
    if let error = panel.error {
      let value = error.value == nil ? "undefined" : error.printedValue
      let interval = error.printedInterval.map { " (\($0))" } ?? ""
      svg.words("ECE \(value)\(interval)", y: 27, size: 11)
    }
    for (y, label) in [(196.0, ""), (121, "0.5"), (46, "1")] {
      svg.line(x1: 0, y1: y, x2: 100, y2: y, width: nil, opacity: ".16")
      if !label.isEmpty { svg.words(label, y: y - 3, quiet: true, size: 11) }
    }
    svg.line(x1: 0, y1: 196, x2: 100, y2: 46, width: nil, opacity: ".55", dash: "3 3")
    let largest = Double(panel.line.counts.max() ?? 0)
    var said: [String] = []
    for (index, x) in panel.line.x.enumerated() where x.isFinite && index < panel.line.y.count {
      let place = min(max(x, 0), 1) * 100
      let count = panel.line.counts.indices.contains(index) ? panel.line.counts[index] : 0
      if panel.low.indices.contains(index), panel.high.indices.contains(index),
        let low = panel.low[index], let high = panel.high[index]
      {
        svg.line(
          x1: place, y1: 196 - min(max(low, 0), 1) * 150, x2: place,
          y2: 196 - min(max(high, 0), 1) * 150, colour: panel.colour, width: "1.5")
      }
      if let y = panel.line.y[index], y.isFinite {
        svg.dot(x: place, y: 196 - min(max(y, 0), 1) * 150, radius: 3.5, colour: panel.colour)
        said.append(
          "score \(PrintedNumber.text(x, .fraction)): observed \(PrintedNumber.text(y, .fraction))")
      } else {
        svg.words("×", x: place, y: 200, anchor: "middle", size: 11)
        said.append("score \(PrintedNumber.text(x, .fraction)): withheld or empty")
      }
      if largest > 0, count > 0 {
        let height = Double(count) / largest * 26
        svg.element(
          "rect",
          [
            ("x", SVGBuilder.percent(min(max(place - 4, 0), 92))), ("width", "8%"),
            ("y", SVGBuilder.pixels(230 - height)), ("height", SVGBuilder.pixels(height)),
            ("fill", panel.colour.rawValue), ("fill-opacity", ".45"),
          ])
      }
    }
    svg.words("0", y: 243, quiet: true, size: 11)
    svg.words("predicted", x: 50, y: 243, anchor: "middle", quiet: true, size: 11)
    svg.words("1", x: 100, y: 243, anchor: "end", quiet: true, size: 11)
    return Drawing(
      title: "Reliability of \(DisplayText.name(panel.arm, limit: 60))",
      description: said.joined(separator: "; ") + ".", height: 248, isRowPlot: false,
      body: svg.body)
  }
}
