import AssayEvidence

extension Document {
  /// The facts whose values the document prints, in reading order, each once.
  public var shownEvidence: [Evidence] {
    var seen: Set<EvidenceID> = []
    var result: [Evidence] = []
    forEachInline { inline in
      if case .value(let evidence) = inline, seen.insert(evidence.id).inserted {
        result.append(evidence)
      }
    }
    return result
  }

  /// Visits all running text in reading order.
  func forEachInline(_ visit: (Inline) -> Void) {
    func walk(_ text: [Inline]) {
      for inline in text {
        visit(inline)
        switch inline {
        case .strong(let inner), .soft(let inner), .link(let inner, _): walk(inner)
        default: break
        }
      }
    }
    func walk(_ table: Table) {
      walk(table.caption)
      for row in table.rows {
        walk(row.head)
        walk(row.remark)
        for cell in row.cells {
          walk(cell.text)
          walk(cell.small)
        }
      }
    }
    for fact in facts { walk(fact.text) }
    walk(headline.lead)
    for remark in headline.remarks { walk(remark) }
    for figure in headline.figures { visit(.value(figure.evidence)) }
    walk(headline.counts)
    for block in sections.flatMap(\.blocks) {
      switch block {
      case .paragraph(let text), .note(let text): walk(text)
      case .list(let items), .box(let items): items.forEach(walk)
      case .table(let table): walk(table)
      case .figure(let figure):
        walk(figure.key)
        walk(figure.table)
      case .protections(let items):
        for item in items {
          walk(item.sentence)
          walk(item.limit)
          walk(item.checks)
        }
      case .checks(let group):
        for row in group.rows {
          walk(row.requirement)
          walk(row.state)
          row.found.forEach(walk)
        }
      case .definitions(let terms):
        for term in terms {
          walk(term.term)
          walk(term.meaning)
        }
      case .heading, .quote: break
      }
    }
  }
}
