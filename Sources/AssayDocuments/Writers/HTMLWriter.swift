import AssayDiagnostics
import AssayEvidence

/// Writes a document as one HTML file: no script, no network, well-formed as XML as well.
struct HTMLWriter {
  private let document: Document
  private let templates: TemplateLibrary
  private var anchored: Set<EvidenceID> = []
  private var shown: [EvidenceID: Evidence] = [:]
  private var order: [EvidenceID] = []
  private var tableCount = 0
  /// Notes that many facts of the appendix share: printed once, and referred to by number.
  private var sharedNotes: [String] = []

  private init(_ document: Document, templates: TemplateLibrary) {
    self.document = document
    self.templates = templates
  }

  /// The finished file.
  static func text(of document: Document, templates: TemplateLibrary) throws(Diagnostic) -> String {
    var writer = HTMLWriter(document, templates: templates)
    return try templates.render(writer.context())
  }

  private mutating func context() -> [String: Any] {
    // In reading order: the first place that shows a fact becomes its anchor.
    let facts = document.facts.map {
      ["label": $0.label, "text": inlines($0.text)] as [String: Any]
    }
    let headline = headlineContext()
    let sections = document.sections.map { section in
      [
        "id": section.id, "title": DisplayText.clean(section.title),
        "blocks": section.blocks.map { block($0) },
      ] as [String: Any]
    }
    let sources = evidenceSources()
    let count = sources.reduce(0) { $0 + (($1["rows"] as? [[String: Any]])?.count ?? 0) }
    return [
      "stylesheet": templates.stylesheet, "sprite": templates.sprite,
      "pageHead": Self.cssString(document.pageHead), "title": DisplayText.name(document.title),
      "kicker": document.kind.title, "foot": DisplayText.clean(document.foot), "facts": facts,
      "headline": headline, "sections": sections,
      "siblings": document.siblings.map {
        ["file": $0.fileName, "title": $0.shortTitle, "isCurrent": $0 == document.kind]
          as [String: Any]
      },
      "evidenceTitle": document.listed.isEmpty ? "Evidence in this document" : "All evidence",
      "evidenceNote": document.listedNote, "hasEvidence": count > 0, "evidenceCount": "\(count)",
      "evidenceSources": sources, "hasEvidenceNotes": !sharedNotes.isEmpty,
      "evidenceNotes": sharedNotes.map { ["text": $0] },
    ]
  }

  private mutating func headlineContext() -> [String: Any] {
    let headline = document.headline
    let figures = headline.figures.map { figure -> [String: Any] in
      let isWords = figure.evidence.value == nil
      var small: [String] = []
      if case .guarantee = figure.evidence.result {
        small.append(
          figure.evidence.lineAround.after.trimmingPrefixes([" ", ","]))
      }
      if let interval = figure.evidence.printedInterval { small.append(interval) }
      if let count = figure.evidence.printedCount { small.append(count) }
      if let remark = figure.remark { small.append(remark) }
      return [
        "label": DisplayText.name(figure.label), "isWords": isWords,
        "value": inlines([.value(figure.evidence)]), "small": small.map(DisplayText.clean),
      ]
    }
    return [
      "mark": headline.mark.rawValue, "words": DisplayText.clean(headline.words),
      "lead": inlines(headline.lead),
      "remarks": headline.remarks.map { ["text": inlines($0)] },
      "hasFigures": !figures.isEmpty, "figures": figures, "hasCounts": !headline.counts.isEmpty,
      "counts": inlines(headline.counts),
    ]
  }

  // MARK: - Blocks

  private mutating func block(_ block: Block) -> [String: Any] {
    switch block {
    case .paragraph(let text): return ["kind": "paragraph", "text": inlines(text)]
    case .note(let text): return ["kind": "note", "text": inlines(text)]
    case .heading(let title, let id):
      var context: [String: Any] = ["kind": "heading", "title": DisplayText.clean(title)]
      if let id { context["id"] = id }
      return context
    case .list(let items): return ["kind": "list", "items": texts(items)]
    case .box(let items): return ["kind": "box", "items": texts(items)]
    case .table(let table): return tableContext(table)
    case .figure(let figure): return figureContext(figure)
    case .quote(let quote): return Self.quoteContext(quote)
    case .protections(let protections):
      let items = protections.map { item in
        [
          "title": item.title, "sentence": inlines(item.sentence), "limit": inlines(item.limit),
          "checks": inlines(item.checks),
        ] as [String: Any]
      }
      return ["kind": "protections", "items": items]
    case .checks(let group): return checksContext(group)
    case .definitions(let terms):
      let items = terms.map {
        ["term": inlines($0.term), "meaning": inlines($0.meaning)] as [String: Any]
      }
      return ["kind": "definitions", "items": items]
    }
  }

  private mutating func texts(_ items: [[Inline]]) -> [[String: Any]] {
    items.map { ["text": inlines($0)] }
  }

  private mutating func nextCaption() -> String {
    tableCount += 1
    return "t\(tableCount)"
  }

  private mutating func tableContext(_ table: Table) -> [String: Any] {
    let caption = nextCaption()
    let rows = table.rows.map { row -> [String: Any] in
      let cells = row.cells.enumerated().map { index, cell -> [String: Any] in
        let column = table.columns.indices.contains(index + 1) ? table.columns[index + 1] : nil
        var context: [String: Any] = [
          "label": DisplayText.clean(column?.title ?? ""), "isNumeric": column?.isNumeric ?? false,
          "text": inlines(cell.text),
        ]
        if !cell.small.isEmpty {
          // Intervals and conditions of numbers keep their lines.
          context["small"] =
            ["text": inlines(cell.small), "isNumeric": column?.isNumeric ?? false]
            as [String: Any]
        }
        return context
      }
      var context: [String: Any] = ["head": inlines(row.head), "cells": cells]
      if !row.remark.isEmpty { context["remark"] = ["text": inlines(row.remark)] as [String: Any] }
      return context
    }
    let frame = (table.isText ? "cards" : "scroll") + (table.isWide ? " wide" : "")
    return [
      "kind": "table", "captionID": caption, "caption": inlines(table.caption),
      "frame": frame, "isScroll": !table.isText, "isText": table.isText,
      "columns": table.columns.map {
        ["title": DisplayText.name($0.title), "isNumeric": $0.isNumeric] as [String: Any]
      },
      "rows": rows,
    ]
  }

  private mutating func figureContext(_ figure: Figure) -> [String: Any] {
    let drawings = figure.drawings.enumerated().map { index, drawing in
      [
        "isRowPlot": drawing.isRowPlot, "titleID": "\(figure.id)-t\(index)",
        "descriptionID": "\(figure.id)-d\(index)", "height": "\(drawing.height)",
        "title": DisplayText.clean(drawing.title),
        "description": DisplayText.clean(drawing.description), "body": drawing.body,
      ] as [String: Any]
    }
    return [
      "kind": "figure", "id": figure.id, "title": DisplayText.clean(figure.title),
      "caption": DisplayText.clean(figure.caption), "isWide": figure.isWide,
      "frame": figure.drawings.count > 1 ? "panels p4" : "clip", "drawings": drawings,
      "hasKey": !figure.key.isEmpty, "key": inlines(figure.key),
      "table": [tableContext(figure.table)],
    ]
  }

  private static func quoteContext(_ quote: Quote) -> [String: Any] {
    [
      "kind": "quote", "isGap": quote.paragraphs.isEmpty, "title": quote.title, "key": quote.key,
      "role": quote.role, "paragraphs": quote.paragraphs.map(DisplayText.clean),
      "signature": DisplayText.clean(quote.signature),
    ]
  }

  private mutating func checksContext(_ group: CheckGroup) -> [String: Any] {
    let rows = group.rows.map { row in
      [
        "id": DisplayText.name(row.id), "anchor": DisplayText.anchor(row.id), "weight": row.weight,
        "state": inlines(row.state), "requirement": inlines(row.requirement),
        "found": texts(row.found), "owner": DisplayText.name(row.owner),
      ] as [String: Any]
    }
    return [
      "kind": "checks", "id": group.id, "title": DisplayText.name(group.title),
      "summary": group.summary, "isOpen": group.isOpen, "captionID": nextCaption(), "rows": rows,
    ]
  }

  // MARK: - Inline text

  private mutating func inlines(_ text: [Inline]) -> [[String: Any]] { text.map { inline($0) } }

  private mutating func inline(_ inline: Inline) -> [String: Any] {
    switch inline {
    case .plain(let text): return ["isPlain": true, "text": DisplayText.clean(text)]
    case .strong(let text): return ["isStrong": true, "children": inlines(text)]
    case .soft(let text): return ["isSoft": true, "children": inlines(text)]
    case .code(let text): return ["isCode": true, "text": DisplayText.clean(text)]
    case .value(let evidence): return valueContext(evidence)
    case .interval(let evidence):
      return ["isPlain": true, "text": evidence.printedInterval ?? "no interval"]
    case .count(let evidence): return ["isPlain": true, "text": evidence.printedCount ?? ""]
    case .state(let mark, let word, let check):
      var context: [String: Any] = ["isState": true, "mark": mark.rawValue, "word": word]
      if let check { context["check"] = ["id": check.id, "verdict": check.verdict.rawValue] }
      return context
    case .gap(let role): return ["isGap": true, "role": role]
    case .link(let text, let target):
      return ["isLink": true, "href": href(target), "children": inlines(text)]
    case .lineBreak: return ["isBreak": true]
    }
  }

  private mutating func valueContext(_ evidence: Evidence) -> [String: Any] {
    note(evidence)
    var context: [String: Any] = [
      "isValue": true, "id": evidence.id.description, "raw": evidence.rawValue,
      "text": DisplayText.clean(evidence.printedValue),
    ]
    if anchored.insert(evidence.id).inserted {
      context["anchor"] = DisplayText.anchor(evidence.id.description)
    }
    return context
  }

  private mutating func note(_ evidence: Evidence) {
    if shown.updateValue(evidence, forKey: evidence.id) == nil { order.append(evidence.id) }
  }

  private func href(_ link: Inline.Link) -> String {
    switch link {
    case .document(let kind): kind.fileName
    case .place(let id, let kind): file(kind) + "#" + DisplayText.fragment(id)
    case .evidence(let id, let kind): file(kind) + "#" + DisplayText.fragment(id.description)
    }
  }

  private func file(_ kind: DocumentKind?) -> String {
    guard let kind, kind != document.kind else { return "" }
    return kind.fileName
  }

  // MARK: - Appendix

  /// Above that many facts their links back are left out, to keep the file small.
  private static let linkLimit = 1000

  /// Listed facts first, then shown ones that are not listed; grouped by where they come from, in order of
  /// the first fact of each source.
  private mutating func evidenceSources() -> [[String: Any]] {
    struct Key: Hashable {
      var path: String
      var how: String
      var sha256: String?
    }
    let listed = Set(document.listed.map(\.id))
    let all = document.listed + order.compactMap { listed.contains($0) ? nil : shown[$0] }
    var counts: [String: Int] = [:]
    for evidence in all {
      guard let note = Self.note(of: evidence) else { continue }
      counts[note, default: 0] += 1
      if counts[note] == Self.sharedFrom { sharedNotes.append(note) }
    }
    let numbers = Dictionary(
      uniqueKeysWithValues: sharedNotes.enumerated().map { ($0.element, $0.offset + 1) })
    var keys: [Key] = []
    var groups: [Key: [[String: Any]]] = [:]
    for evidence in all {
      let source = evidence.source
      let key = Key(path: source.path, how: source.how, sha256: source.sha256)
      if groups[key] == nil { keys.append(key) }
      groups[key, default: []].append(
        row(evidence, isLinked: all.count <= Self.linkLimit, notes: numbers))
    }
    return keys.map { key in
      var context: [String: Any] = [
        "path": DisplayText.clean(key.path), "how": DisplayText.clean(key.how),
        "rows": groups[key] ?? [],
      ]
      if let sha256 = key.sha256 { context["sha256"] = sha256 }
      return context
    }
  }

  /// From so many facts on, a note is printed once.
  private static let sharedFrom = 4

  /// What a reader must know beside the number, and who was left out.
  private static func note(of evidence: Evidence) -> String? {
    var notes: [String] = []
    if let note = evidence.note { notes.append(note) }
    if !evidence.leftOut.isEmpty {
      notes.append(
        "left out: " + evidence.leftOut.map { DisplayText.name($0) }.joined(separator: ", "))
    }
    return notes.isEmpty ? nil : DisplayText.clean(notes.joined(separator: "; "))
  }

  private func row(_ evidence: Evidence, isLinked: Bool, notes: [String: Int]) -> [String: Any] {
    let id = evidence.id.description
    let around = evidence.lineAround
    var context: [String: Any] = [
      "id": id, "shown": DisplayText.clean(id), "title": Phrases.caption(evidence),
      "before": around.before,
      "text": DisplayText.clean(evidence.printedValue), "after": DisplayText.clean(around.after),
      "raw": evidence.rawValue,
    ]
    if anchored.contains(evidence.id) {
      if isLinked { context["href"] = "#" + DisplayText.fragment(id) }
    } else {
      context["anchor"] = DisplayText.anchor(id)
    }
    if let note = Self.note(of: evidence) {
      context["note"] = notes[note].map { "note \($0)" } ?? note
    }
    return context
  }

  /// Text inside a CSS string: everything but plain words is written as a hexadecimal escape.
  static func cssString(_ text: String) -> String {
    DisplayText.name(text).unicodeScalars.map { scalar in
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", " ", ".", ",", "-", "_", ":": String(scalar)
      default: "\\" + String(scalar.value, radix: 16) + " "
      }
    }.joined()
  }
}

extension String {
  /// The text without any of the given leading characters.
  func trimmingPrefixes(_ characters: Set<Character>) -> String {
    String(drop { characters.contains($0) })
  }
}
