import AssayEvidence

/// ROC or precision–recall curves of several arms as small multiples on one scale from 0 to 1, the
/// reference arm's curve as a ghost and, for ROC, the diagonal of guessing.
struct ScoreCurvePanels {
  /// One panel.
  struct Panel {
    var arm: String
    var colour: MarkColour
    var line: Series.Line
    /// The area beneath the curve.
    var area: Evidence?
  }

  var isROC: Bool
  var panels: [Panel]
  /// The baseline's curve, behind every other panel.
  var ghost: Series.Line?

  var drawings: [Drawing] { panels.map(draw) }

  private var names: (x: String, y: String, area: String) {
    isROC
      ? ("false-positive rate", "recall", "ROC AUC") : ("recall", "precision", "average precision")
  }

  private func draw(_ panel: Panel) -> Drawing {
    var svg = SVGBuilder()
    svg.words(CurvePanels.short(panel.arm), y: 12, bold: true)
    let area = panel.area.map { area in
      let value = area.value == nil ? "undefined" : area.printedValue
      return "\(names.area) \(value)" + (area.printedInterval.map { " (\($0))" } ?? "")
    }
    if let area { svg.words(area, y: 27, size: 11) }
    for (y, label) in [(196.0, ""), (121, "0.5"), (46, "1")] {
      svg.line(x1: 0, y1: y, x2: 100, y2: y, width: nil, opacity: ".16")
      if !label.isEmpty { svg.words(label, y: y - 3, quiet: true, size: 11) }
    }
    if isROC {
      svg.line(x1: 0, y1: 196, x2: 100, y2: 46, width: nil, opacity: ".55", dash: "2 4")
    }
    svg.begin(
      "svg",
      [
        ("x", "0"), ("y", "46"), ("width", "100%"), ("height", "150"), ("viewBox", "0 0 1000 1000"),
        ("preserveAspectRatio", "none"),
      ])
    if let ghost, ghost != panel.line {
      svg.path(path(ghost), stroke: .ink, opacity: ".6", dash: "3 3")
    }
    svg.path(path(panel.line), stroke: panel.colour, width: "1.75")
    svg.end("svg")
    svg.words("0", y: 210, quiet: true, size: 11)
    svg.words(names.x, x: 50, y: 210, anchor: "middle", quiet: true, size: 11)
    svg.words("1", x: 100, y: 210, anchor: "end", quiet: true, size: 11)
    let name = DisplayText.name(panel.arm, limit: 60)
    let places = [0, panel.line.x.count / 4, panel.line.x.count / 2, 3 * panel.line.x.count / 4]
    let said = Set(places).sorted().compactMap { place -> String? in
      guard panel.line.x.indices.contains(place), let y = panel.line.y[place] else { return nil }
      return "\(names.y) \(PrintedNumber.text(y, .fraction)) at \(names.x) "
        + PrintedNumber.text(panel.line.x[place], .fraction)
    }
    return Drawing(
      title: (isROC ? "ROC curve of " : "Precision–recall curve of ") + name,
      description: ([area].compactMap { $0 } + said).joined(separator: "; ") + ".", height: 215,
      isRowPlot: false, body: svg.body)
  }

  /// The curve in a box of 1000 × 1000. A precision–recall curve starts at its first point: nothing is
  /// known of fewer rows.
  private func path(_ line: Series.Line) -> String {
    var data = ""
    for (x, y) in zip(line.x, line.y) {
      guard x.isFinite, let y, y.isFinite else { continue }
      data += data.isEmpty ? "M" : "L"
      data += Decimal.short(min(max(x, 0), 1) * 1000, places: 0) + " "
      data += Decimal.short((1 - min(max(y, 0), 1)) * 1000, places: 0)
    }
    return data
  }
}
