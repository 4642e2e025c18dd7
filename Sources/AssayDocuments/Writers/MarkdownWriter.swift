import AssayEvidence

/// Writes a document as Markdown; everything from outside is escaped, so that it can only be text.
struct MarkdownWriter {
  private var out = ""
  private var shown: [Evidence] = []
  private var seen: Set<EvidenceID> = []

  /// The finished text.
  static func text(of document: Document) -> String {
    var writer = MarkdownWriter()
    writer.write(document)
    return writer.out
  }

  /// Text with every character that Markdown or HTML could read as markup escaped by a backslash, on one
  /// line.
  static func escaped(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in DisplayText.clean(text).unicodeScalars {
      switch scalar {
      case "\n": result.append(" ")
      case "\\", "`", "*", "_", "{", "}", "[", "]", "<", ">", "(", ")", "#", "+", "-", ".", "!",
        "|", "~",
        "&", "\"", "'":
        result.append("\\")
        result.append(scalar)
      default: result.append(scalar)
      }
    }
    return String(result)
  }

  private mutating func paragraph(_ text: String) { out += text + "\n\n" }

  private mutating func write(_ document: Document) {
    paragraph("# \(Self.escaped(document.title))")
    for fact in document.facts { out += "- \(Self.escaped(fact.label)): \(inline(fact.text))\n" }
    out += "\n"
    paragraph("## \(Self.escaped(document.headline.words))")
    paragraph(inline(document.headline.lead))
    for remark in document.headline.remarks { paragraph(inline(remark)) }
    for figure in document.headline.figures {
      out += "- \(Self.escaped(figure.label)): \(line(of: figure.evidence))\n"
    }
    if !document.headline.figures.isEmpty { out += "\n" }
    for section in document.sections {
      paragraph("## \(Self.escaped(section.title))")
      for block in section.blocks { write(block) }
    }
    paragraph("## Evidence in this document")
    paragraph(Self.escaped(document.listedNote))
    for evidence in shown {
      let (before, after) = evidence.lineAround
      out +=
        "- `\(Self.code(evidence.id.description))`: \(Self.escaped(Phrases.caption(evidence))): "
        + Self.escaped(before + evidence.printedValue + after) + "\n"
    }
    if !shown.isEmpty { out += "\n" }
    out += Self.escaped(document.foot) + "\n"
  }

  private mutating func write(_ block: Block) {
    switch block {
    case .paragraph(let text), .note(let text): paragraph(inline(text))
    case .heading(let title, _): paragraph("### \(Self.escaped(title))")
    case .list(let items):
      for item in items { out += "- \(inline(item))\n" }
      out += "\n"
    case .box(let items):
      for item in items { out += "> \(inline(item))\n>\n" }
      out += "\n"
    case .table(let table): write(table)
    case .figure(let figure):
      paragraph("**\(Self.escaped(figure.title))** \(Self.escaped(figure.caption))")
      write(figure.table)
    case .quote(let quote):
      guard !quote.paragraphs.isEmpty else {
        paragraph("**\(Self.escaped(quote.title))**: *not provided by \(Self.escaped(quote.role))*")
        return
      }
      paragraph("**\(Self.escaped(quote.title))**")
      for text in quote.paragraphs { out += "> \(Self.escaped(text))\n>\n" }
      paragraph("> — \(Self.escaped(quote.signature))")
    case .protections(let items):
      for item in items {
        paragraph("**\(Self.escaped(item.title)).** \(inline(item.sentence))")
        paragraph("Does not protect \(inline(item.limit)) (\(inline(item.checks)))")
      }
    case .checks(let group):
      paragraph("### \(Self.escaped(group.title))")
      for row in group.rows {
        out +=
          "- \(Self.escaped(row.id)) (\(row.weight)): \(inline(row.state)). \(inline(row.requirement))\n"
        for text in row.found { out += "  \(inline(text))\n" }
      }
      out += "\n"
    case .definitions(let terms):
      for term in terms { out += "- \(inline(term.term)): \(inline(term.meaning))\n" }
      out += "\n"
    }
  }

  private mutating func write(_ table: Table) {
    paragraph("*\(inline(table.caption))*")
    out += "| " + table.columns.map { Self.escaped($0.title) }.joined(separator: " | ") + " |\n"
    out += "|" + table.columns.map { $0.isNumeric ? " ---: |" : " --- |" }.joined() + "\n"
    for row in table.rows {
      var cells = [inline(row.head) + (row.remark.isEmpty ? "" : " (\(inline(row.remark)))")]
      for cell in row.cells {
        cells.append(inline(cell.text) + (cell.small.isEmpty ? "" : " (\(inline(cell.small)))"))
      }
      out += "| " + cells.joined(separator: " | ") + " |\n"
    }
    out += "\n"
  }

  private mutating func line(of evidence: Evidence) -> String { inline(evidence.inlineLine) }

  private mutating func inline(_ text: [Inline]) -> String {
    text.map { inline in
      switch inline {
      case .plain(let text): return Self.escaped(text)
      case .strong(let text): return "**\(self.inline(text))**"
      case .soft(let text): return self.inline(text)
      case .code(let text): return "`\(Self.code(text))`"
      case .value(let evidence):
        if seen.insert(evidence.id).inserted { shown.append(evidence) }
        return Self.escaped(evidence.printedValue)
      case .interval(let evidence): return Self.escaped(evidence.printedInterval ?? "no interval")
      case .count(let evidence): return Self.escaped(evidence.printedCount ?? "")
      case .state(_, let word, _): return Self.escaped(word)
      case .gap(let role): return "*not provided by \(Self.escaped(role))*"
      case .link(let text, _): return self.inline(text)
      case .lineBreak: return ", "
      }
    }.joined()
  }

  /// Text inside a code span: a back quote would end it.
  private static func code(_ text: String) -> String {
    DisplayText.clean(text).map {
      $0 == "`" ? "'" : ($0 == "|" ? "¦" : ($0.isNewline ? " " : String($0)))
    }
    .joined()
  }
}
