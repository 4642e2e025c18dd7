import AssayEvidence

/// Estimates with their intervals, one row each: ladders, forests and segments.
struct RowPlot {
  /// One row.
  struct Row {
    /// The label; cut to fit, the table holds it whole.
    var label: String
    /// The fact; without a value its reason is printed instead.
    var evidence: Evidence?
    /// The colour of the mark.
    var colour: MarkColour
    /// Filled, or hollow.
    var isFilled: Bool
    /// Whether a ring marks it.
    var isRinged = false
    /// Whether the label is strong.
    var isStrong = false
  }

  var title: String
  var rows: [Row]
  /// What stands above the labels.
  var corner: String
  /// A solid line at zero, for differences.
  var zeroLine = false
  /// A dashed orange line: a limit, with its label.
  var limit: (value: Double, label: String)?
  /// The range of the metric, where it has one.
  var range: ClosedRange<Double>?

  static let rowHeight = 24.0
  static let labelLimit = 27

  /// The finished drawing.
  var drawing: Drawing {
    var values: [Double] = []
    for row in rows {
      guard let evidence = row.evidence, let value = evidence.value else { continue }
      values.append(value)
      if let interval = evidence.interval { values += [interval.low, interval.high] }
    }
    if zeroLine { values.append(0) }
    if let limit, !values.isEmpty { values.append(limit.value) }
    let scale = Scale(of: values, start: 32, end: 67, limits: range, signed: zeroLine)
    let top = limit == nil ? 26.0 : 32
    let height = top + Double(rows.count) * Self.rowHeight + 4
    var svg = SVGBuilder()
    for tick in scale.ticks where !values.isEmpty {
      let x = scale.at(tick.value)
      svg.line(x1: x, y1: top, x2: x, y2: height, width: nil, opacity: ".16")
      svg.words(tick.text, x: x, y: top - 6, anchor: "middle", quiet: true)
    }
    svg.words(corner, y: top - 6, quiet: true)
    if zeroLine, !values.isEmpty {
      svg.line(x1: scale.at(0), y1: top, x2: scale.at(0), y2: height, width: "1.5")
    }
    if let limit, !values.isEmpty {
      let x = scale.at(limit.value)
      svg.line(x1: x, y1: top, x2: x, y2: height, colour: .orange, width: "1.5", dash: "4 3")
      svg.words(limit.label, x: x, y: 10, anchor: "middle")
    }
    for (index, row) in rows.enumerated() {
      let y = top + (Double(index) + 0.5) * Self.rowHeight
      draw(row, at: y, on: scale, into: &svg)
    }
    return Drawing(
      title: title, description: description, height: Int(height), isRowPlot: true, body: svg.body)
  }

  private func draw(_ row: Row, at y: Double, on scale: Scale, into svg: inout SVGBuilder) {
    let name = DisplayText.name(row.label)
    let label = name.count > Self.labelLimit ? name.prefix(Self.labelLimit - 1) + "…" : name
    svg.words(label, y: y + 4, bold: row.isStrong)
    guard let evidence = row.evidence else {
      svg.words("not in this record", x: 80, y: y + 4, anchor: "end", quiet: true, size: 11)
      return
    }
    guard let value = evidence.value, value.isFinite else {
      let reason = evidence.printedValue
      let short = reason.count > 44 ? reason.prefix(43) + "…" : reason
      svg.words(short, x: 100, y: y + 4, anchor: "end", quiet: true, size: 11)
      return
    }
    if let interval = evidence.interval {
      svg.line(
        x1: scale.at(interval.low), y1: y, x2: scale.at(interval.high), y2: y, colour: row.colour)
    }
    if row.isRinged { svg.ring(x: scale.at(value), y: y, colour: row.colour) }
    svg.dot(x: scale.at(value), y: y, colour: row.colour, filled: row.isFilled)
    svg.words(evidence.printedValue, x: 80, y: y + 4, anchor: "end", bold: true)
    svg.words(
      evidence.printedInterval ?? "no interval", x: 100, y: y + 4, anchor: "end", quiet: true,
      hidesOnPhone: true)
  }

  private var description: String {
    rows.prefix(60).map { row in
      let name = DisplayText.name(row.label, limit: 60)
      guard let evidence = row.evidence else { return "\(name): not in this record" }
      let interval = evidence.printedInterval.map { " (\($0))" } ?? ""
      return "\(name): \(evidence.printedValue)\(interval)"
    }.joined(separator: "; ") + "."
  }
}
