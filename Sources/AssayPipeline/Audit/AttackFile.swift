import AssayDiagnostics
import AssayFiles
import AssayPrivacy
import AssayTables

/// Attack scores in a file: a CSV table, or a JSON list of objects, with one entry for each canary or row.
struct AttackFile {
  let path: String
  /// Column or member with the score.
  let score: String
  /// Column or member with 1 for what was in training and 0 for what was not.
  let member: String
  /// Whether small scores speak for membership, as losses do.
  let isLowerMember: Bool

  func read() throws -> AttackScores {
    let (scores, isMember) = path.hasSuffix(".json") ? try json() : try table()
    do {
      return try AttackScores(
        scores: isLowerMember ? scores.map { -$0 } : scores, isMember: isMember)
    } catch {
      throw Diagnostic(error.fact, at: SourceLocation(path: path))
    }
  }

  private func table() throws -> ([Double], [Bool]) {
    let table = try CSVReader.read(path: path)
    let scoreColumn = try column(score, of: table, flag: "--score")
    let memberColumn = try column(member, of: table, flag: "--member")
    let scores = try table.numbers(scoreColumn, allowMissing: false)
    var problems = DiagnosticList()
    var isMember: [Bool] = []
    isMember.reserveCapacity(table.rowCount)
    for row in 0..<table.rowCount {
      switch table.text(row, memberColumn) {
      case "0", "0.0", "false", "False": isMember.append(false)
      case "1", "1.0", "true", "True": isMember.append(true)
      case let found:
        problems.append(
          table.diagnostic(
            .outOfRange(column: member, found: found, expected: "0 or 1"), row: row,
            column: memberColumn,
            help: "write 1 for what was used in training and 0 for what was not"))
        isMember.append(false)
      }
    }
    try problems.throwIfNotEmpty()
    return (scores, isMember)
  }

  private func column(_ name: String, of table: Table, flag: String) throws(Diagnostic) -> Int {
    do {
      return try table.index(of: name)
    } catch {
      throw Diagnostic(
        error.fact, at: error.location, help: "name the column with \(flag)")
    }
  }

  private func json() throws -> ([Double], [Bool]) {
    let json = try JSONValue.parse(InputFile.read(path, limit: 1 << 30), path: path)
    guard let list = json.array else {
      throw Diagnostic(
        .other(
          found: "another value", expected: "a list of objects with '\(score)' and '\(member)'"),
        at: SourceLocation(path: path, line: 1, column: 1))
    }
    var problems = DiagnosticList()
    var scores: [Double] = []
    var isMember: [Bool] = []
    for (index, entry) in list.enumerated() {
      func problem(_ fact: Fact) {
        problems.append(
          Diagnostic(fact, at: SourceLocation(path: path, part: "entry \(index + 1)")))
      }
      if let value = entry[score]?.double, value.isFinite {
        scores.append(value)
      } else if entry[score] == nil {
        problem(.missingKey(key: score, inside: "the entry"))
      } else {
        problem(.badValue(key: score, found: "another value", expected: "a number"))
      }
      if let flag = entry[member]?.bool {
        isMember.append(flag)
      } else if let number = entry[member]?.integer, number == 0 || number == 1 {
        isMember.append(number == 1)
      } else if entry[member] == nil {
        problem(.missingKey(key: member, inside: "the entry"))
      } else {
        problem(.badValue(key: member, found: "another value", expected: "0 or 1"))
      }
    }
    try problems.throwIfNotEmpty()
    return (scores, isMember)
  }
}
