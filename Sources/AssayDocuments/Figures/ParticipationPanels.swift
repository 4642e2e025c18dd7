import AssayEvidence

/// Clients that completed each round, as bars, below the clients that were selected, as a line.
struct ParticipationPanels {
  /// One panel: an arm and its lines `selected` and `completed`.
  struct Panel {
    var arm: String
    var colour: MarkColour
    var series: Series
  }

  var panels: [Panel]

  var drawings: [Drawing] { panels.compactMap(draw) }

  private func line(_ series: Series, _ word: String) -> [(x: Double, y: Double)] {
    guard let line = series.lines.first(where: { $0.name.contains(word) }) else { return [] }
    return zip(line.x, line.y).compactMap { x, y in
      if let y, x.isFinite, y.isFinite { (x, y) } else { nil }
    }
  }

  private func draw(_ panel: Panel) -> Drawing? {
    let completed = line(panel.series, "completed")
    let selected = line(panel.series, "selected")
    guard let last = completed.last, let first = completed.first else { return nil }
    let top = max((completed + selected).map(\.y).max() ?? 1, 1)
    let count = Double(completed.count)
    var svg = SVGBuilder()
    svg.words(CurvePanels.short(panel.arm), y: 12, bold: true)
    let scale = Scale(of: [0, top], start: 100, end: 0, limits: 0...top, wanted: 3)
    for tick in scale.ticks {
      let at = 32 + scale.at(tick.value)
      svg.line(x1: 0, y1: at, x2: 100, y2: at, width: nil, opacity: ".16")
      svg.words(tick.text, y: at - 3, quiet: true, size: 11)
    }
    svg.begin(
      "svg",
      [
        ("x", "18%"), ("y", "32"), ("width", "82%"), ("height", "100"),
        ("viewBox", "0 0 1000 1000"),
        ("preserveAspectRatio", "none"),
      ])
    let slot = 1000 / count
    var bars = ""
    for (index, point) in completed.enumerated() {
      let left = Decimal.short((Double(index) + 0.1) * slot, places: 1)
      let right = Decimal.short((Double(index) + 0.9) * slot, places: 1)
      let y = Decimal.short(scale.at(point.y) * 10, places: 0)
      bars += "M\(left) 1000V\(y)H\(right)V1000z"
    }
    svg.path(bars, fill: panel.colour.rawValue, fillOpacity: ".45")
    if selected.count == completed.count {
      let steps = selected.enumerated().map { index, point in
        let y = Decimal.short(scale.at(point.y) * 10, places: 0)
        return (index == 0 ? "M0 \(y)" : "V\(y)")
          + "H\(Decimal.short(Double(index + 1) * slot, places: 1))"
      }.joined()
      svg.path(steps, stroke: .ink, opacity: ".6", dash: "3 3")
    }
    svg.end("svg")
    svg.words(Decimal.short(first.x, places: 2), x: 18, y: 147, quiet: true, size: 11)
    svg.words(
      Decimal.short(last.x, places: 2), x: 100, y: 147, anchor: "end", quiet: true, size: 11)
    svg.words("round", x: 59, y: 147, anchor: "middle", quiet: true, size: 11)
    let low = completed.map(\.y).min() ?? 0
    let high = completed.map(\.y).max() ?? 0
    return Drawing(
      title: "Clients that completed each round, \(DisplayText.name(panel.arm, limit: 60))",
      description: "\(completed.count) rounds; between \(Decimal.short(low, places: 2)) and "
        + "\(Decimal.short(high, places: 2)) clients completed.",
      height: 152, isRowPlot: false, body: svg.body)
  }
}
