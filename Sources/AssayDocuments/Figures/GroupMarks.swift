import AssayEvidence

/// One mark for each check of a group, worst first; underlined where the check blocks.
struct GroupMarks {
  /// One group.
  struct Row {
    var title: String
    var met: Int
    var applicable: Int
    var marks: [(mark: Mark, blocks: Bool)]
    var summary: String
  }

  var rows: [Row]

  var drawing: Drawing {
    var svg = SVGBuilder()
    var y = 8.0
    for row in rows {
      // Eleven marks fit beside the label on a narrow phone; more go on further lines.
      let lines = max(1, (row.marks.count + 10) / 11)
      let name = DisplayText.name(row.title)
      let label = name.count > 25 ? name.prefix(24) + "…" : name
      svg.words(label, y: y + 13)
      svg.words("\(row.met)/\(row.applicable)", x: 44, y: y + 13, anchor: "end", bold: true)
      for line in 0..<lines {
        svg.begin(
          "svg",
          [("x", "47%"), ("y", SVGBuilder.pixels(y + Double(line) * 24)), ("overflow", "visible")])
        for (index, item) in row.marks.dropFirst(line * 11).prefix(11).enumerated() {
          let x = SVGBuilder.pixels(Double(index) * 17)
          svg.element(
            "use",
            [
              ("href", "#i-\(item.mark.rawValue)"), ("x", x), ("width", "16"), ("height", "16"),
              ("class", "s-\(item.mark.rawValue)"), ("color", item.mark.printColour),
            ])
          if item.blocks {
            svg.element("rect", [("x", x), ("y", "19"), ("width", "16"), ("height", "2")])
          }
        }
        svg.end("svg")
      }
      y += Double(lines) * 24 + 2
    }
    return Drawing(
      title: "Checks by group and state",
      description: rows.map { "\(DisplayText.name($0.title, limit: 60)): \($0.summary)" }
        .joined(separator: "; ") + ".",
      height: Int(y + 6), isRowPlot: false, body: svg.body)
  }
}

extension Mark {
  /// The colour of the shape where no stylesheet reaches it.
  var printColour: String {
    switch self {
    case .met: "#0b6645"
    case .not: "#b0231c"
    case .thin: "#7d4e00"
    case .err: "#7a2a86"
    case .wait: "#0a4c96"
    case .waive: "#5c5210"
    case .na: "#545b64"
    }
  }
}
