import AssayDiagnostics
import AssayTestSupport
import Foundation
import Testing

@testable import AssayTables

/// What the columns of a table came to: texts and numbers, or the problems.
private struct Columns: Equatable {
  var names: [String] = []
  var texts: [[String]] = []
  var codes: [[Int32]] = []
  var numbers: [[UInt64]] = []
  var sha256 = ""
  var problems: [Diagnostic] = []
  var omitted = 0

  /// By ``CSVReader``: columns of texts, then those of numbers where asked for.
  init(whole path: String, numbers wanted: [String], allowMissing: Bool) {
    do {
      let table = try CSVReader.read(path: path)
      names = table.columns
      sha256 = table.sha256
      for column in table.columns.indices {
        var coded = CodedTexts()
        coded.append(table, column: column)
        texts.append(coded.texts)
        codes.append(coded.codes)
      }
      for name in wanted where names.contains(name) {
        let column = names.firstIndex(of: name) ?? 0
        numbers.append(
          try table.numbers(column, allowMissing: allowMissing).map(\.bitPattern))
      }
    } catch { fail(error) }
  }

  /// By ``CSVColumns``.
  init(
    path: String, numbers wanted: [String], allowMissing: Bool, chunkSize: Int, threads: Int
  ) {
    do {
      let source = try CSVColumns(path: path, chunkSize: chunkSize)
      names = source.columnNames
      let present = wanted.filter { names.contains($0) }
      let table = try source.read(
        names.map { ColumnRequest($0, as: .text) }
          + present.map { ColumnRequest($0, as: .number(allowMissing: allowMissing)) },
        threads: threads)
      sha256 = table.sha256
      for column in table.columns {
        switch column {
        case .numbers(let values): numbers.append(values.map(\.bitPattern))
        case .texts(let codes, let texts):
          self.texts.append(texts)
          self.codes.append(codes)
        }
      }
    } catch { fail(error) }
  }

  private mutating func fail(_ error: DiagnosticList) {
    self = Columns()
    problems = error.diagnostics
    omitted = error.omitted
  }

  private init() {}
}

@Suite("Columns of a comma-separated table")
struct CSVColumnsTests {
  private static func check(
    _ bytes: [UInt8], numbers: [String] = [], allowMissing: Bool = true, _ comment: String = ""
  ) throws {
    let folder = TestData.temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/t.csv"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let whole = Columns(whole: path, numbers: numbers, allowMissing: allowMissing)
    for (size, threads) in [(1, 1), (2, 2), (3, 1), (7, 3), (16, 2), (64, 1), (1 << 19, 2)] {
      let found = Columns(
        path: path, numbers: numbers, allowMissing: allowMissing, chunkSize: size,
        threads: threads)
      #expect(found == whole, "chunks of \(size), \(threads) threads: \(comment)")
    }
  }

  @Test(
    "are those of a reading as a whole, whatever the chunks and threads",
    arguments: [
      "a,b\n1,2\n3,4\n", "a,b\n1,2\n3,4", "a,b\r\n1,2\r\n3,4\r\n", "a;b\n1;2\n", "a\tb\n1\t2\n",
      "a|b\n1|2\n", "\u{FEFF}a,b\n1,2\n", "a,b\n\n1,2\n\n\n3,4\n\n", "a,b\r\n\r\n1,2\r\n\r\n",
      "a\n1\n\n3\n\n\n", "a\n\n\n", "a\n1\n\r", "a,b\n1,2\n\r", "a\n1\r\n\r\n2\r\n\r\n\r\n",
      "a,b\n\"x,\"\"y\"\"\nz\",2\n\"\",\n", "\"a\n1\",b\n1,2\n", "a,b\n\u{FEFF}x,1\n",
      "ä,ö\nμ,😀\né,e\u{301}\n", "a,b\n1,\"2\"\r\n3,4\r\n", "a,b\n,\n,\n",
      "a,b\nx\"y,2\n\"p\",q\"\n",
      "a,b\nthis text is longer than sixteen bytes,1\nthis text is longer than sixteen bytes!,2\n",
      "a,b\n12345678,1\n1234567890123456,2\n12345678,3\n1234567890123456,4\n",
    ])
  func values(text: String) throws { try Self.check(Array(text.utf8)) }

  @Test(
    "have the problems of a reading as a whole, with their places",
    arguments: [
      "", "\n", "a,b\n", "a,a\n1,2\n", "a,\n1,2\n", "a,b\n1\n2,3\n4,5,6\n", "a,b\n\"x,1\n2,3\n",
      "a,b\n\"x\"y,1\n2,3\n\"z\n\"w,1\n", "a,b\r1,2\r", "\"a,b\n1,2\n", "a,b\n1,2\n\"",
      "a,b\n" + String(repeating: "1\n", count: 30), "a,b\n1,2,", "a,b\n1,2,3\n",
      "a,b\n" + String(repeating: "1,2,3\n", count: 19),
      "a,b\nä,\"ö\"x\n",
    ])
  func problems(text: String) throws { try Self.check(Array(text.utf8)) }

  @Test("bytes that are no UTF-8 come before any other problem, wherever they stand")
  func invalid() throws {
    let good = Array("a,b\n1\n2,3\n".utf8)
    try Self.check(good + [0x66, 0xC3, 0x0A])
    try Self.check(good + [0xC3])
    try Self.check(Array("a,a\n1,2\n".utf8) + [0xC3])
    try Self.check([0xFF, 0xFE, 0x61, 0x00, 0x0A, 0x00, 0x31, 0x00])
    try Self.check(Array("a,\u{e9}".utf8.dropLast()) + Array("\n1,2\n".utf8))
  }

  @Test("numbers, and the fields that are none, are those of a reading as a whole")
  func numbers() throws {
    let good = "x,y\n1,0.5\n-2.25,1e-3\n+7,.5\n0.1234567890123456789,123456789012345678\n 4 ,1.\n"
    try Self.check(Array(good.utf8), numbers: ["x", "y"])
    let bad = good + ",nan\nabc,inf\n\"1.5\",\"2\"\"\"\n0x10,-\n.,1e400\n,\n5,6"
    try Self.check(Array(bad.utf8), numbers: ["x"])
    try Self.check(Array(bad.utf8), numbers: ["y"], allowMissing: false)
    let many = "x,y\n" + (0..<50).map { "a\($0),\($0)\n" }.joined()
    try Self.check(Array(many.utf8), numbers: ["x"])
    try Self.check(Array(many.utf8), numbers: ["y"])
  }

  @Test("any mixture of quotes, line ends and delimiters reads alike, seeded")
  func mixtures() throws {
    let pieces = [
      "a", "1", ",", ",", "\n", "\n", "\r\n", "\"", "\"\"", "ä", " ", "\r", "1.5", "\"\n\"",
    ]
    var state: UInt64 = 11
    for header in ["x,y\n", "x\n", "x,y\n", "x;y;z\n"] {
      for _ in 0..<60 {
        var text = header
        for _ in 0..<24 {
          state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          text += pieces[Int(state >> 33) % pieces.count]
        }
        try Self.check(Array(text.utf8), text)
      }
    }
  }

  @Test("sound tables of quoted and plain fields read alike, seeded")
  func soundTables() throws {
    var state: UInt64 = 3
    func draw(_ count: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % count
    }
    let plain = ["", "a", "phone-low", "région", "0.25", "x\"y", "a text of more than 16 bytes"]
    let quoted = ["", "a,b", "line one\nline two", "say \"\"so\"\"", "\r\n", "\"\""]
    for _ in 0..<40 {
      let columns = 1 + draw(4)
      let end = draw(2) == 0 ? "\n" : "\r\n"
      var rows = [(0..<columns).map { "c\($0)" }.joined(separator: ",")]
      for _ in 0..<draw(30) {
        rows.append(
          (0..<columns).map { _ in
            draw(3) > 0 ? plain[draw(plain.count)] : "\"\(quoted[draw(quoted.count)])\""
          }.joined(separator: ","))
      }
      let text = rows.joined(separator: end) + (draw(2) == 0 ? end : "")
      try Self.check(Array(text.utf8), text)
    }
  }

  @Test("the place of a value is found again after reading")
  func places() throws {
    let folder = TestData.temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let text = "id,v\na,1\n\n\"b\nb\",2\nc,30\n"
    try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/t.csv"))
    for size in [1, 9, 4096] {
      let source = try CSVColumns(path: folder + "/t.csv", chunkSize: size)
      let found = source.diagnostic(
        .missingValue(column: "v"), row: 2, column: "v", help: nil)
      // By hand: 'c,30' stands on line 6, the blank line and the broken field counted.
      #expect(found.location == SourceLocation(path: folder + "/t.csv", line: 6, column: 3))
      #expect(found.sourceLine == "c,30")
      #expect(found.width == 2)
    }
  }

  @Test("a file that is UTF-16 without a mark is named as such")
  func utf16() throws {
    let folder = TestData.temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let bytes = "a,b\n1,2\n".utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    try Data(bytes).write(to: URL(fileURLWithPath: folder + "/t.csv"))
    let error = #expect(throws: DiagnosticList.self) { try CSVColumns(path: folder + "/t.csv") }
    #expect(error?.rendered.contains("UTF-16") == true)
  }
}

@Suite("Decimal commas")
struct DecimalCommaTests {
  private func numbers(
    _ text: String, _ mark: DecimalMark = .automatic
  ) throws -> [Double] {
    let folder = TestData.temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/t.csv"))
    let table = try CSVColumns(path: folder + "/t.csv", decimalMark: mark, chunkSize: 8)
      .read([ColumnRequest("x", as: .number(allowMissing: true))], threads: 2)
    guard case .numbers(let values) = table.columns[0] else { return [] }
    return values
  }

  @Test("are read where nothing else makes numbers of a table that commas do not divide")
  func automatic() throws {
    #expect(try numbers("x;y\n0,25;a\n1;b\n-1,5e-3;c\n") == [0.25, 1, -0.0015])
    #expect(try numbers("x\ty\n0,999983405922187\ta\n") == [0.999983405922187])
  }

  @Test("beside decimal points are errors that point at the commas")
  func mixed() {
    let error = #expect(throws: DiagnosticList.self) { try numbers("x;y\n0,25;a\n0.5;b\n") }
    #expect(error?.diagnostics.map { $0.location?.line } == [2])
    #expect(error?.rendered.contains("expected a number in column 'x', found '0,25'") == true)
  }

  @Test("that may divide thousands are not guessed at")
  func thousands() throws {
    let error = #expect(throws: DiagnosticList.self) { try numbers("x;y\n1,234;a\n12,500;b\n") }
    #expect(error?.rendered.contains("--decimal comma or --decimal point") == true)
    #expect(try numbers("x;y\n1,234;a\n12,500;b\n", .comma) == [1.234, 12.5])
    // One that cannot be a thousand tells for all.
    #expect(try numbers("x;y\n1,234;a\n0,5;b\n") == [1.234, 0.5])
    let strict = #expect(throws: DiagnosticList.self) { try numbers("x;y\n0,5;a\n", .point) }
    #expect(strict?.rendered.contains("expected a number") == true)
  }

  @Test("are never read in a table that commas divide")
  func commaTable() {
    #expect(throws: DiagnosticList.self) { try numbers("x,y\n\"0,5\",a\n") }
  }
}

@Suite("Decimal numbers")
struct DecimalRoundingTests {
  @Test("are rounded as the C library rounds them, seeded")
  func rounding() {
    var state: UInt64 = 17
    func draw() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ (state >> 29)
    }
    var compared = 0
    for _ in 0..<200_000 {
      let significand = draw() >> (draw() % 64)
      let exponent = Int(draw() % 55) - 27
      let text = "\(significand)e\(exponent)"
      guard let found = DecimalRounding.nearest(significand, exponent: exponent) else { continue }
      compared += 1
      // Independent: `Double.init` of the standard library, correctly rounded for any length.
      if found != Double(text) { Issue.record("\(text): \(found)") }
    }
    #expect(compared == 200_000)
  }

  @Test("half-way cases go to even")
  func ties() {
    // 2^53 + 1 and 2^53 + 3, by hand: ties between neighbours of distance 2.
    #expect(DecimalRounding.nearest(9_007_199_254_740_993, exponent: 0) == 9_007_199_254_740_992)
    #expect(DecimalRounding.nearest(9_007_199_254_740_995, exponent: 0) == 9_007_199_254_740_996)
    // The same half as 90071992547409930 · 10^-1 and 9007199254740993 · 10^1.
    #expect(DecimalRounding.nearest(90_071_992_547_409_930, exponent: -1) == 9_007_199_254_740_992)
    #expect(DecimalRounding.nearest(1, exponent: 28) == nil)
  }
}
