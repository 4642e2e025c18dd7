import AssayEvidence

/// A finished document: titled sections of blocks. It holds printed values; writers compute nothing.
public struct Document: Hashable, Sendable {
  /// Which of the documents it is.
  public var kind: DocumentKind
  /// The one heading of the page.
  public var title: String
  /// The line at the head of every printed page.
  public var pageHead: String
  /// What it is about: label and words.
  public var facts: [LabelledText]
  /// The answer, before anything else.
  public var headline: Headline
  /// Sections in reading order.
  public var sections: [DocumentSection]
  /// What stands at the foot.
  public var foot: String
  /// Facts listed in the appendix, in order.
  public var listed: [Evidence]
  /// Why the appendix holds what it holds.
  public var listedNote: String
  /// Documents of the same run; the others that exist.
  public var siblings: [DocumentKind]
}

/// A label and its words.
public struct LabelledText: Hashable, Sendable {
  /// The label.
  public var label: String
  /// The words.
  public var text: [Inline]

  init(_ label: String, _ text: [Inline]) {
    self.label = label
    self.text = text
  }
}

/// One headline, one paragraph, at most four figures.
public struct Headline: Hashable, Sendable {
  /// The state's shape.
  public var mark: Mark
  /// The state in words.
  public var words: String
  /// One paragraph beneath it.
  public var lead: [Inline]
  /// Remarks beneath the paragraph, such as a trial's pending attestations.
  public var remarks: [[Inline]]
  /// Key figures: label and fact.
  public var figures: [KeyFigure]
  /// Counts by state.
  public var counts: [Inline]

  /// A fact in large print.
  public struct KeyFigure: Hashable, Sendable {
    /// What it is.
    public var label: String
    /// The fact.
    public var evidence: Evidence
    /// What stands beneath, after interval and count.
    public var remark: String?
  }
}

/// A titled part of a document.
public struct DocumentSection: Hashable, Sendable {
  /// The anchor.
  public var id: String
  /// The heading.
  public var title: String
  /// What it holds, in reading order.
  public var blocks: [Block]

  init(_ id: String, _ title: String, _ blocks: [Block]) {
    self.id = id
    self.title = title
    self.blocks = blocks
  }
}

/// A block of a section.
public enum Block: Hashable, Sendable {
  /// A paragraph.
  case paragraph([Inline])
  /// A margin note.
  case note([Inline])
  /// A heading inside a section.
  case heading(String, id: String?)
  /// A list.
  case list([[Inline]])
  /// A set-off paragraph group: the statement of a guarantee.
  case box([[Inline]])
  /// A table.
  case table(Table)
  /// A figure with its table.
  case figure(Figure)
  /// What a person wrote, signed; or the gap where nobody did.
  case quote(Quote)
  /// The three privacy sentences side by side.
  case protections([Protection])
  /// A group of checks, folded when nothing is open in it.
  case checks(CheckGroup)
  /// Terms and what they mean.
  case definitions([LabelledTerm])
}

/// A term and its meaning.
public struct LabelledTerm: Hashable, Sendable {
  /// The term.
  public var term: [Inline]
  /// The meaning.
  public var meaning: [Inline]
}

/// A human text, never mixed with computed text.
public struct Quote: Hashable, Sendable {
  /// What it is called.
  public var title: String
  /// The field in `statements.yaml`.
  public var key: String
  /// Paragraphs; empty where nobody wrote anything.
  public var paragraphs: [String]
  /// Who signed, in which role, when.
  public var signature: String
  /// Whose turn it is, when there are no paragraphs.
  public var role: String
}

/// One protection: what it does, what it does not, and the checks it stands on.
public struct Protection: Hashable, Sendable {
  /// What it is about.
  public var title: String
  /// What holds in this run.
  public var sentence: [Inline]
  /// What it does not protect against.
  public var limit: [Inline]
  /// The checks it rests on, with their state.
  public var checks: [Inline]
}

/// A group of checks with all they say.
public struct CheckGroup: Hashable, Sendable {
  /// The anchor.
  public var id: String
  /// The group's name.
  public var title: String
  /// Its counts in words.
  public var summary: String
  /// Whether it stands open.
  public var isOpen: Bool
  /// Its findings.
  public var rows: [Row]

  /// One check.
  public struct Row: Hashable, Sendable {
    /// The check's id, its anchor.
    public var id: String
    /// `blocks` or `warns`.
    public var weight: String
    /// Title, requirement and origin of the threshold.
    public var requirement: [Inline]
    /// The verdict.
    public var state: [Inline]
    /// Reason, evidence, rationale, what to do.
    public var found: [[Inline]]
    /// Who answers for it.
    public var owner: String
  }
}

/// A table of finished cells.
public struct Table: Hashable, Sendable {
  /// What it shows and how to read it.
  public var caption: [Inline]
  /// Column headings.
  public var columns: [Column]
  /// Rows.
  public var rows: [Row]
  /// Text tables become cards on a phone; number tables scroll.
  public var isText: Bool
  /// Whether it may use the margin as well.
  public var isWide: Bool

  /// A column heading.
  public struct Column: Hashable, Sendable {
    /// The heading.
    public var title: String
    /// Whether it holds numbers, set to the right.
    public var isNumeric: Bool

    init(_ title: String, numeric: Bool = false) {
      self.title = title
      isNumeric = numeric
    }
  }

  /// A row: its heading and the cells beneath the other columns.
  public struct Row: Hashable, Sendable {
    /// The heading cell.
    public var head: [Inline]
    /// Beneath the heading, in small print.
    public var remark: [Inline]
    /// The cells.
    public var cells: [Cell]

    init(_ head: [Inline], remark: [Inline] = [], _ cells: [Cell]) {
      self.head = head
      self.remark = remark
      self.cells = cells
    }
  }

  /// A cell: a line, and small print beneath it.
  public struct Cell: Hashable, Sendable {
    /// The line.
    public var text: [Inline]
    /// The small print.
    public var small: [Inline]

    init(_ text: [Inline], small: [Inline] = []) {
      self.text = text
      self.small = small
    }
  }

  init(
    _ caption: [Inline], columns: [Column], rows: [Row], text: Bool = false, wide: Bool = false
  ) {
    self.caption = caption
    self.columns = columns
    self.rows = rows
    isText = text
    isWide = wide
  }
}

/// A figure: caption, drawing, and the table with all its numbers.
public struct Figure: Hashable, Sendable {
  /// The anchor.
  public var id: String
  /// The title; a finding only where an interval or a verdict carries it.
  public var title: String
  /// How to read it.
  public var caption: String
  /// Drawings side by side, each complete SVG.
  public var drawings: [Drawing]
  /// Whether it may use the margin as well.
  public var isWide: Bool
  /// Shapes explained beneath.
  public var key: [Inline]
  /// The numbers.
  public var table: Table
}
