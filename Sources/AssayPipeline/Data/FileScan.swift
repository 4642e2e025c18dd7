import AssayDiagnostics
import AssayRuns
import AssayTables

/// A data file after its first reading: labels and groups as codes, and what its columns are. The
/// numbers of the inputs follow in a second reading, see ``InputMatrix``, so that neither the file
/// nor its fields are ever in memory as a whole.
struct FileScan {
  /// The path that was opened.
  let path: String
  /// The names of the columns, for messages.
  let header: Table
  let sha256: String
  let rowCount: Int
  /// Where the plan's columns stand, or why one does not.
  let columns: Result<Columns, any Error>
  /// The labels, −1 where missing, or what is wrong with them.
  let labels: Result<LabelColumn, any Error>
  /// Texts of the columns with a role; `nil` where the plan names none.
  let clients: CodedTexts?
  let identifiers: CodedTexts?
  let segments: [CodedTexts]
  let sensitive: [CodedTexts]
  /// The column that says which rows test.
  let split: CodedTexts?
  /// Rows, with label and client, whose split is neither `train` nor `test`.
  let splitProblems: DiagnosticList
  /// The input columns by their place in this file, `nil` where it has no column of that name.
  let inputs: [(place: Int, check: NumberCheck)?]

  /// Reads a file.
  /// - Parameters:
  ///   - features: The input columns; `nil` for those of this file.
  ///   - classCount: The number of classes, where another file told it.
  ///   - isRegression: Whether the label is a number.
  /// - Throws: Problems with the file and its rows. What is wrong with columns and labels is kept, so
  ///   that it is reported after the structure of all files.
  init(
    path: String, plan: Pilot.DataPlan, features: [String]?, classCount: Int?,
    isRegression: Bool = false
  ) throws(DiagnosticList) {
    let stream = try openRows(path)
    let header = stream.header
    let columns = Result { try Columns(plan, in: header) }
    let found = try? columns.get()
    let wanted = features ?? found?.features.map { header.columns[$0] } ?? []
    let places = wanted.map { header.columns.firstIndex(of: $0) }
    var checks = places.map { _ in NumberCheck() }
    var labels = LabelColumnReader(isRegression: isRegression, classCount: classCount)
    var clients = CodedTexts()
    var identifiers = CodedTexts()
    var split = CodedTexts()
    var splitProblems = DiagnosticList()
    var segments = (found?.segments ?? []).map { _ in CodedTexts() }
    var sensitive = (found?.sensitive ?? []).map { _ in CodedTexts() }
    while let part = try stream.next() {
      guard let found else { continue }
      let start = labels.count
      labels.append(part, column: found.label)
      if let column = found.client { clients.append(part, column: column) }
      if let column = found.identifier { identifiers.append(part, column: column) }
      if let column = found.split {
        split.append(part, column: column)
        for row in 0..<part.rowCount where !labels.isMissing(start + row) {
          if let client = found.client, part.isMissing(row, client) { continue }
          let text = split[start + row]
          if text == "train" || text == "test" { continue }
          splitProblems.append(
            part.diagnostic(
              .wrongType(
                column: header.columns[column], found: text, expected: "'train' or 'test'"),
              row: row, column: column))
        }
      }
      for (index, places) in found.segments.enumerated() {
        segments[index].append(part, crossing: places)
      }
      for (index, places) in found.sensitive.enumerated() {
        sensitive[index].append(part, crossing: places)
      }
      for (index, place) in places.enumerated() {
        if let place { checks[index].append(part, column: place) }
      }
    }
    for (named, coded) in zip(plan.segments + plan.sensitive, segments + sensitive)
    where CrossedColumn(named.name, columns: header.columns) != nil {
      if var excess = CrossedColumn.excess(named.name, groups: coded.texts.count) {
        excess.location = named.location
        excess.sourceLine = named.sourceLine
        excess.width = named.name.count
        throw DiagnosticList([excess])
      }
    }
    self.path = path
    self.header = header
    sha256 = stream.sha256
    rowCount = stream.rowCount
    self.columns = columns
    self.labels = Result { try labels.finish() }
    self.clients = found?.client == nil ? nil : clients
    self.identifiers = found?.identifier == nil ? nil : identifiers
    self.split = found?.split == nil ? nil : split
    self.splitProblems = splitProblems
    self.segments = segments
    self.sensitive = sensitive
    inputs = zip(places, checks).map { place, check in place.map { ($0, check) } }
  }
}

extension CodedTexts {
  /// Adds the rows of a part of a table: of one column, or of several crossed.
  fileprivate mutating func append(_ table: Table, crossing columns: [Int]) {
    if columns.count == 1 {
      append(table, column: columns[0])
      return
    }
    for row in 0..<table.rowCount {
      append(CrossedColumn.group(columns.map { table.text(row, $0) }))
    }
  }
}
