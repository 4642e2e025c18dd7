import AssayDiagnostics
import AssayTables

/// Which rows of several files are the same, by their ids.
struct TableJoin: Sendable {
  /// For each file the row of every matched record; records stand in the order of the first file.
  var rows: [[Int32]]
  var report: JoinReport

  /// Matches rows.
  /// - Parameters:
  ///   - ids: For each file its ids; each must stand once and none may be empty.
  ///   - column: The name of the column of ids.
  /// - Throws: The first twenty ids of a file that stand twice or are empty, or a note that no row has
  ///   a match.
  init(
    _ ids: [(codes: [Int32], texts: [String])], column: String, sources: [any ColumnSource]
  ) throws {
    for (file, given) in ids.enumerated() {
      try IdentifierCheck(column: column, sources: [sources[file]]).check([given])
    }
    let (codes, texts) = ids[0]
    // Ids are unique, so that codes and rows of the first file are one to one.
    var first: [String: Int32] = [:]
    first.reserveCapacity(texts.count)
    for (row, code) in codes.enumerated() { first[texts[Int(code)]] = Int32(row) }
    var places = ids.map { _ in [Int32](repeating: -1, count: codes.count) }
    for row in codes.indices { places[0][row] = Int32(row) }
    for file in ids.indices.dropFirst() {
      for (row, code) in ids[file].codes.enumerated() {
        if let record = first[ids[file].texts[Int(code)]] { places[file][Int(record)] = Int32(row) }
      }
    }
    let matched = codes.indices.filter { row in places.allSatisfy { $0[row] >= 0 } }
    rows = places.map { place in matched.map { place[$0] } }
    report = JoinReport(
      matched: matched.count,
      files: zip(sources, ids).map {
        JoinReport.File(path: $0.path, unmatched: $1.codes.count - matched.count)
      })
    if matched.isEmpty {
      throw Diagnostic(
        .other(
          found: "none", expected: "rows whose '\(column)' stands in all \(sources.count) files"),
        at: SourceLocation(path: sources[sources.count - 1].path),
        help: "ids are compared as texts: check that both files write them alike")
    }
  }
}

/// Checks that each id stands once.
struct IdentifierCheck {
  let column: String
  /// The files, one beneath the other.
  let sources: [any ColumnSource]

  /// Checks the ids of all files together.
  /// - Throws: The first twenty that are empty or stand for a second time.
  func check(_ ids: [(codes: [Int32], texts: [String])]) throws {
    // Codes count distinct texts: as many as rows means that each stands once.
    if ids.count == 1, ids[0].texts.count == ids[0].codes.count, !ids[0].texts.contains("") {
      return
    }
    var problems = DiagnosticList()
    var seen: [String: (file: Int, row: Int)] = [:]
    for (file, given) in ids.enumerated() {
      // Within one file codes tell; texts are only looked up for the first row of each.
      var first = [Int](repeating: -1, count: given.texts.count)
      for (row, code) in given.codes.enumerated() {
        let text = given.texts[Int(code)]
        if text.isEmpty {
          problems.append(
            sources[file].diagnostic(
              .missingValue(column: column), row: row, column: column, help: nil))
          continue
        }
        if first[Int(code)] >= 0 {
          problems.append(again(text, file, row, (file, first[Int(code)])))
          continue
        }
        first[Int(code)] = row
        if ids.count == 1 { continue }
        if let earlier = seen[text] {
          problems.append(again(text, file, row, earlier))
        } else {
          seen[text] = (file, row)
        }
      }
    }
    try problems.throwIfNotEmpty()
  }

  private func again(
    _ text: String, _ file: Int, _ row: Int, _ first: (file: Int, row: Int)
  ) -> Diagnostic {
    let source = sources[first.file]
    let earlier = source.diagnostic(
      .missingValue(column: column), row: first.row, column: column, help: nil)
    let fact: Fact
    if let line = earlier.location?.line, first.file == file {
      fact = .duplicateIdentifier(column: column, value: text, firstLine: line)
    } else {
      let place = earlier.location.map(\.description) ?? "row \(first.row + 1)"
      fact = .other(
        found: "'\(text)' again (first in \(place))", expected: "each id in column '\(column)' once"
      )
    }
    return sources[file].diagnostic(fact, row: row, column: column, help: nil)
  }
}
