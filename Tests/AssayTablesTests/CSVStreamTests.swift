import AssayDiagnostics
import AssayTestSupport
import Foundation
import Testing

@testable import AssayTables

/// What a reading of a table came to: names, fields and lines, or the problems.
private struct Reading: Equatable {
  var columns: [String] = []
  var rows: [[String]] = []
  var lines: [Int] = []
  var sha256 = ""
  var problems: [Diagnostic] = []
  var omitted = 0

  init(whole path: String) {
    do {
      let table = try CSVReader.read(path: path)
      columns = table.columns
      sha256 = table.sha256
      append(table)
    } catch { fail(error) }
  }

  init(parts path: String, of size: Int) {
    do {
      let stream = try CSVStream(path: path, partSize: size)
      columns = stream.header.columns
      while let part = try stream.next() { append(part) }
      #expect(stream.rowCount == rows.count)
      sha256 = stream.sha256
    } catch { fail(error) }
  }

  private mutating func append(_ table: Table) {
    for row in 0..<table.rowCount {
      rows.append(table.columns.indices.map { table.text(row, $0) })
      lines.append(table.line(of: row))
    }
  }

  private mutating func fail(_ error: DiagnosticList) {
    columns = []
    rows = []
    lines = []
    sha256 = ""
    problems = error.diagnostics
    omitted = error.omitted
  }
}

@Suite("Reading a table in parts")
struct CSVStreamTests {
  private static func check(_ bytes: [UInt8], _ comment: String = "") throws {
    let folder = TestData.temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/t.csv"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let whole = Reading(whole: path)
    for size in [1, 2, 3, 7, 64, 1 << 19] {
      #expect(Reading(parts: path, of: size) == whole, "parts of \(size): \(comment)")
    }
  }

  @Test(
    "gives the rows, lines and digest of a reading as a whole",
    arguments: [
      "a,b\n1,2\n3,4\n", "a,b\n1,2\n3,4", "a,b\r\n1,2\r\n3,4\r\n", "a;b\n1;2\n", "a\tb\n1\t2\n",
      "\u{FEFF}a,b\n1,2\n", "a,b\n\n1,2\n\n\n3,4\n\n", "a,b\r\n\r\n1,2\r\n\r\n", "a\n1\n\n3\n\n\n",
      "a\n\n\n", "a,b\n\"x,\"\"y\"\"\nz\",2\n\"\",\n", "\"a\n1\",b\n1,2\n", "a,b\n\u{FEFF}x,1\n",
      "ä,ö\nμ,😀\né,e\u{301}\n", "a,b\n1,\"2\"\r\n3,4\r\n", "a,b\n,\n,\n",
    ])
  func rows(text: String) throws { try Self.check(Array(text.utf8)) }

  @Test(
    "finds the problems of a reading as a whole, with their places",
    arguments: [
      "", "\n", "a,b\n", "a,a\n1,2\n", "a,\n1,2\n", "a,b\n1\n2,3\n4,5,6\n", "a,b\n\"x,1\n2,3\n",
      "a,b\n\"x\"y,1\n2,3\n\"z\n\"w,1\n", "a,b\r1,2\r", "\"a,b\n1,2\n", "a,b\n1,2\n\"",
      "a,b\n" + String(repeating: "1\n", count: 30),
      "a,b\n" + String(repeating: "1,2,3\n", count: 19),
      "a,b\nä,\"ö\"x\n",
    ])
  func problems(text: String) throws { try Self.check(Array(text.utf8)) }

  @Test("bytes that are no UTF-8 come before any other problem, wherever they stand")
  func invalid() throws {
    let good = Array("a,b\n1\n2,3\n".utf8)
    try Self.check(good + [0x66, 0xC3, 0x0A])
    try Self.check(good + [0xC3])
    try Self.check([0xFF, 0xFE, 0x61, 0x00, 0x0A, 0x00, 0x31, 0x00])
    try Self.check(Array("a,\u{e9}".utf8.dropLast()) + Array("\n1,2\n".utf8))
    try Self.check(Array("a,b\n".utf8) + [UInt8](repeating: 0x0A, count: 40) + [0xE2, 0x82])
  }

  @Test("any mixture of quotes, line ends and delimiters reads alike, seeded")
  func mixtures() throws {
    let pieces = ["a", "1", ",", ",", "\n", "\n", "\r\n", "\"", "\"\"", "ä", " ", "\r", "1.5"]
    var state: UInt64 = 5
    for _ in 0..<150 {
      var text = "x,y\n"
      for _ in 0..<24 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        text += pieces[Int(state >> 33) % pieces.count]
      }
      try Self.check(Array(text.utf8), text)
    }
  }

  @Test("a missing file and a folder are refused as by a reading as a whole")
  func missing() {
    for path in ["/nowhere/t.csv", "/"] {
      #expect(Reading(parts: path, of: 64) == Reading(whole: path))
    }
  }
}

@Suite("Columns read part by part")
struct ColumnPartTests {
  private func parts(_ text: String, _ body: (Table) -> Void) throws {
    let folder = TestData.temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/t.csv"))
    let stream = try CSVStream(path: folder + "/t.csv", partSize: 8)
    while let part = try stream.next() { body(part) }
  }

  @Test("kinds, labels and codes are those of the whole column")
  func columns() throws {
    let text = "n,t,l,g\n1,x,0,p\n,y,1,q\nx,2,,p\n" + String(repeating: "2.5,z,2,\n", count: 20)
    let table = try CSVReader.parse(Array(text.utf8), path: "t.csv")
    var checks = [NumberCheck(), NumberCheck()]
    var labels = LabelReader(classCount: nil)
    var groups = CodedTexts()
    try parts(text) { part in
      for column in 0...1 { checks[column].append(part, column: column) }
      labels.append(part, column: 2)
      groups.append(part, column: 3)
    }
    #expect(checks.map(\.kind) == [.number, .text])
    #expect(checks.map(\.kind) == [table.kind(0), table.kind(1)])
    // By hand: column n has 22 filled fields, of which 'x' on line 4 is no number.
    #expect((checks[0].filled, checks[0].numeric) == (22, 21))
    #expect(checks[0].problems.diagnostics.map { $0.location?.line } == [4])
    let (values, count) = try labels.finish()
    #expect(values == (try table.labels(2).labels))
    #expect((values.prefix(3), count) == ([0, 1, -1], 3))
    #expect(groups.codes.map { groups.texts[Int($0)] } == table.texts(3))
    #expect(groups.texts == ["p", "q", ""])
  }

  @Test("a gap in the labels is pointed at, although its part is gone")
  func gap() throws {
    var labels = LabelReader(classCount: nil)
    try parts("l,m\n0,1\n1,1\n7,1\n0,1\n") { labels.append($0, column: 0) }
    let problem = try #require(throws: DiagnosticList.self) { _ = try labels.finish() }
    #expect(problem.diagnostics.first?.location?.line == 4)
    #expect(problem.diagnostics.first?.sourceLine == "7,1")
  }

  @Test("a text column of many rows keeps twenty problems and counts the rest")
  func manyProblems() throws {
    var check = NumberCheck()
    try parts("t\n" + String(repeating: "x\n", count: 500)) { check.append($0, column: 0) }
    #expect(check.problems.diagnostics.count == 20)
    #expect(check.problems.omitted == 480)
  }
}

@Suite("Numbers in text")
struct NumberTextTests {
  private func parse(_ text: String) -> Double? {
    Array(text.utf8).withUnsafeBufferPointer { NumberText.parse($0) }
  }

  @Test(
    "are those of the standard library, bit by bit",
    arguments: [
      "0", "-0", "+1", "1.", ".5", "-.5", "123456789012345", "1234567890123456", "0.1",
      "0.000000000000001", "12345.678901234", "1234567.8901234567", "1e5", "-1.5E-7", "4.9e-324",
      "1.7976931348623157e308", "9007199254740993", "0.30000000000000004", "000000000000000000001",
      "3.14159265358979", "99999999999999.9",
    ])
  func numbers(text: String) {
    #expect(parse(text)?.bitPattern == Double(text)?.bitPattern)
  }

  @Test("any decimal of up to seventeen digits is correctly rounded, seeded")
  func random() {
    var state: UInt64 = 9
    func next(_ bound: UInt64) -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (state >> 11) % bound
    }
    for _ in 0..<20_000 {
      var text = next(2) == 0 ? "" : "-"
      let digits = Int(next(17)) + 1
      let point = Int(next(UInt64(digits) + 1))
      for position in 0..<digits {
        if position == point { text += "." }
        text += "\(next(10))"
      }
      #expect(parse(text)?.bitPattern == Double(text)?.bitPattern, "\(text)")
    }
  }

  @Test("what is no number is none; undefined and infinite ones are recognised")
  func others() {
    for text in ["", ".", "-", "+", "x", "1x", "0x10", "1,5", "1 2", "--1", "1..2", "e5", "١"] {
      #expect(parse(text) == nil, "\(text)")
    }
    for text in ["nan", "NaN", "-nan", "+NAN"] { #expect(parse(text)?.isNaN == true) }
    #expect(parse("inf") == .infinity)
    #expect(parse("-Infinity") == -.infinity)
    #expect(parse(" 1.5 ") == 1.5)
  }
}
