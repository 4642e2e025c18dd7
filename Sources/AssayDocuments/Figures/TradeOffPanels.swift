import AssayEvidence
import AssayStatistics

/// The highest detection rate of any attack against its rate of false alarms: on linear axes for the idea, on
/// logarithmic ones for few false alarms. The chosen budget is thick; the diagonal is guessing.
struct TradeOffPanels {
  /// One budget.
  struct Curve {
    var label: String
    var line: Series.Line
    var isChosen: Bool
  }

  /// Where the logarithmic panel begins.
  static let least = 1e-4

  /// By falling ε, so that curves do not cross.
  var curves: [Curve]

  var drawings: [Drawing] { [panel(isLogarithmic: false), panel(isLogarithmic: true)] }

  /// The place of a rate on an axis, in `0...1`.
  private func place(_ rate: Double, _ isLogarithmic: Bool) -> Double {
    guard isLogarithmic else { return min(max(rate, 0), 1) }
    let log = PortableMath.log(Swift.max(rate, Self.least))
    return Swift.min(1, 1 - log / PortableMath.log(Self.least))
  }

  private func panel(isLogarithmic: Bool) -> Drawing {
    var svg = SVGBuilder()
    let (top, height) = (48.0, 220.0)
    svg.words(
      isLogarithmic ? "The same, logarithmic: few false alarms" : "All false-alarm rates", y: 12,
      bold: true)
    svg.words("detection rate", y: 28, quiet: true, size: 11)
    let ticks: [(Double, String)] =
      isLogarithmic
      ? [(1e-4, "0.0001"), (1e-3, "0.001"), (0.01, "0.01"), (0.1, "0.1"), (1, "1")]
      : [(0, "0"), (0.5, "0.5"), (1, "1")]
    for (value, text) in ticks {
      let share = place(value, isLogarithmic)
      let y = top + (1 - share) * height
      svg.line(x1: 0, y1: y, x2: 100, y2: y, width: nil, opacity: ".16")
      if share > 0 { svg.words(text, y: y - 3, quiet: true, size: 11) }
      svg.words(
        text, x: 100 * share, y: top + height + 15,
        anchor: share == 0 ? nil : share == 1 ? "end" : "middle", quiet: true, size: 11)
    }
    svg.words(
      "false-alarm rate", x: 100, y: top + height + 30, anchor: "end", quiet: true, size: 11)
    svg.begin(
      "svg",
      [
        ("x", "0"), ("y", SVGBuilder.pixels(top)), ("width", "100%"),
        ("height", SVGBuilder.pixels(height)), ("viewBox", "0 0 1000 1000"),
        ("preserveAspectRatio", "none"),
      ])
    svg.path("M0 1000L1000 0", stroke: .ink, opacity: ".6", dash: "2 4")
    for curve in curves {
      svg.path(
        path(curve.line, isLogarithmic), stroke: .orange, width: curve.isChosen ? "2.5" : "1.25")
    }
    svg.end("svg")
    // Named below the diagonal, where no curve runs, in the order in which they stand.
    for (position, curve) in curves.enumerated() where isLogarithmic {
      let y = top + height - 10 - Double(curves.count - 1 - position) * 14
      svg.words(
        "\(position == 0 ? "from above: " : "")\(curve.label)", x: 100, y: y, anchor: "end",
        bold: curve.isChosen, size: 11)
    }
    return Drawing(
      title: isLogarithmic ? "Few false alarms" : "All false-alarm rates",
      description: description, height: Int(top + height + 36), isRowPlot: false, body: svg.body)
  }

  private func path(_ line: Series.Line, _ isLogarithmic: Bool) -> String {
    var data = ""
    for (x, y) in zip(line.x, line.y) {
      guard let y, x.isFinite, y.isFinite, !isLogarithmic || x >= Self.least else { continue }
      data += data.isEmpty ? "M" : "L"
      data += Decimal.short(place(x, isLogarithmic) * 1000, places: 0) + " "
      data += Decimal.short((1 - place(y, isLogarithmic)) * 1000, places: 0)
    }
    return data
  }

  private var description: String {
    curves.map { curve in
      let said = zip(curve.line.x, curve.line.y).compactMap { x, y -> String? in
        guard [0.001, 0.01, 0.1].contains(x), let y else { return nil }
        return "at most \(PrintedNumber.text(y, .bound)) at \(PrintedNumber.text(x, .fraction))"
      }
      return "\(curve.label): \(said.joined(separator: ", "))"
    }.joined(separator: "; ") + ". The diagonal is guessing."
  }
}
