import AssayDiagnostics
import AssayFiles
import AssayTestSupport
import Foundation
import Testing

@testable import AssayTables

/// Calls `body` with the path of a file of that content.
private func withFile<Result>(
  _ text: String, name: String = "t.jsonl", _ body: (String) throws -> Result
) throws -> Result {
  let folder = TestData.temporaryFolder()
  defer { try? FileManager.default.removeItem(atPath: folder) }
  let path = folder + "/" + name
  try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  return try body(path)
}

/// The problems of opening a file and reading a column, with the folder left out.
private func problems(
  _ text: String, _ column: String = "a", as role: ColumnRequest.Role = .text
) throws -> String {
  try withFile(text) { path in
    do {
      let table = try JSONRecordsTable(path: path)
      _ = try table.read([ColumnRequest(column, as: role)], threads: 2)
      return "read"
    } catch let error as DiagnosticList {
      let folder = path.dropLast("t.jsonl".count)
      return error.rendered.replacingOccurrences(of: folder, with: "")
    }
  }
}

@Suite("JSON records")
struct JSONRecordsTests {
  @Test("records give columns by name, in lines and in an array")
  func forms() throws {
    let records = [#"{"a": 1, "b": "x"}"#, #"{"b": "é", "c": true}"#, #"{"a": null}"#]
    for text in [
      records.joined(separator: "\n"), records.joined(separator: "\r\n\r\n") + "\r\n",
      "[" + records.joined(separator: ",") + "]",
      " [\n" + records.joined(separator: " ,\n") + "\n]\n",
    ] {
      try withFile(text) { path in
        let table = try JSONRecordsTable(path: path)
        #expect(table.columnNames == ["a", "b", "c"])
        #expect(try TypedTableReading.texts(table, "a") == ["1", "", ""])
        #expect(try TypedTableReading.texts(table, "b") == ["x", "é", ""])
        #expect(try TypedTableReading.texts(table, "c") == ["", "True", ""])
        #expect(
          try TypedTableReading.numbers(table, "c").map { $0.isNaN ? -1 : $0 } == [-1, 1, -1])
        let digest = try SHA256.hexDigest(ofFile: path)
        #expect(try table.read([ColumnRequest("a", as: .text)], threads: 1).sha256 == digest)
      }
    }
  }

  @Test("numbers are texts in their shortest form, whole ones with all digits")
  func numberTexts() throws {
    let text = [
      "1", "-0", "1.0", "1e2", "0.10", "1e-7", "12345678901234567890123", "NaN", "Infinity",
    ]
    .map { "{\"a\": \($0)}" }.joined(separator: "\n")
    try withFile(text) { path in
      let table = try JSONRecordsTable(path: path)
      #expect(
        try TypedTableReading.texts(table, "a") == [
          "1", "-0", "1.0", "100.0", "0.1", "1e-07", "12345678901234567890123", "", "inf",
        ])
    }
  }

  @Test("NaN and Infinity as Python writes them are no finite numbers, with line and column")
  func notFinite() throws {
    #expect(
      try problems(
        "{\"a\": 1}\n{\"b\": 2, \"a\": NaN}\n{\"a\": -Infinity}\n{\"a\": \"nan\"}\n{\"a\": 1e999}",
        as: .number(allowMissing: true)) == """
          t.jsonl:2:15: error: expected a finite number in column 'a', found 'NaN'
            2 | {"b": 2, "a": NaN}
              |               ^
            help: leave the value out (null) where it is not known
          t.jsonl:3:7: error: expected a finite number in column 'a', found '-Infinity'
            3 | {"a": -Infinity}
              |       ^
            help: leave the value out (null) where it is not known
          t.jsonl:4:7: error: expected a finite number in column 'a', found 'nan'
            4 | {"a": "nan"}
              |       ^
            help: leave the value out (null) where it is not known
          t.jsonl:5:7: error: expected a finite number in column 'a', found '1e999'
            5 | {"a": 1e999}
              |       ^
            help: leave the value out (null) where it is not known
          """)
  }

  @Test("a missing value is an error where none may miss: at the null, or at the record")
  func missing() throws {
    let text = try problems("{\"a\": null}\n {\"b\": 1}", as: .number(allowMissing: false))
    #expect(text.contains("t.jsonl:1:7: error: expected a value in column 'a', found none"))
    #expect(text.contains("t.jsonl:2:2: error: expected a value in column 'a', found none"))
  }

  @Test(
    "texts that are no JSON records are errors with line and column",
    arguments: [
      (
        "{\"a\": 1}\n{\"a\": 1, \"a\": 2}",
        "t.jsonl:2:10: error: expected valid JSON: the name 'a' stands twice"
      ),
      (
        "{\"a\": 1}\n{\"a\": 2",
        "t.jsonl:2:8: error: expected valid JSON: expected ',' or '}', found the end"
      ),
      (
        "{\"a\": 1} {\"a\": 2}",
        "t.jsonl:1:10: error: expected valid JSON: expected the end of the line"
      ),
      ("{\"a\": 01}", "t.jsonl:1:7: error: expected valid JSON: a number that begins with a zero"),
      ("{\"a\": 1.}", "expected a digit after the point"),
      (
        "{\"a\": \"x\ty\"}",
        "t.jsonl:1:9: error: expected valid JSON: a control character in a string"
      ),
      ("{\"a\": \"\\x\"}", "an unknown escape"),
      ("{\"a\": \"\\u12\"}", "expected four hexadecimal digits"),
      ("{\"a\": \"x}", "t.jsonl:1:7: error: expected valid JSON: a string without an end"),
      ("{\"a\": nul}", "t.jsonl:1:7: error: expected valid JSON: expected a value"),
      ("{a: 1}", "t.jsonl:1:2: error: expected valid JSON: expected a name in quotes"),
      ("[{\"a\": 1} {\"a\": 1}]", "t.jsonl:1:11: error: expected valid JSON: expected ',' or ']'"),
      ("[{\"a\": 1},]", "t.jsonl:1:11: error: expected valid JSON: expected a record"),
      ("[{\"a\": 1}", "found the end"),
      ("[{\"a\": 1}] x", "t.jsonl:1:12: error: expected valid JSON: expected the end of the file"),
      ("[1, 2]", "t.jsonl:1:2: error: expected valid JSON: expected a record, which is an object"),
      ("7", "expected a record, which is an object"),
      (
        "{\"a\": {\"b\": 1}}",
        "t.jsonl:1:7: error: expected a text or a number in column 'a', found 'an object'"
      ),
      ("{\"a\": [1]}", "expected a text or a number in column 'a', found 'a list'"),
      ("{\"a\": " + String(repeating: "[", count: 70), "nesting deeper than 64 levels is refused"),
      ("{\"b\": 1}", "expected one of the columns 'b', found 'a'"),
      ("", "found an empty file"),
      ("\n \n", "expected at least one row"),
      ("[]", "expected at least one row"),
    ])
  func broken(text: String, part: String) throws {
    let found = try problems(text)
    #expect(found.contains(part), "\(found)")
  }

  @Test("bytes that are not UTF-8 are an error at their value")
  func notUTF8() throws {
    let folder = TestData.temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/t.jsonl"
    try Data(Array("{\"a\": \"x".utf8) + [0xE9] + Array("\"}".utf8)).write(
      to: URL(fileURLWithPath: path))
    let table = try JSONRecordsTable(path: path)
    do {
      _ = try TypedTableReading.texts(table, "a")
      Issue.record("read")
    } catch let error as DiagnosticList {
      #expect(error.diagnostics.first?.location?.column == 7)
      #expect(error.rendered.contains("bytes that are not UTF-8"))
    }
  }

  @Test("the first twenty problems are listed and the others counted")
  func manyProblems() throws {
    let text = (0..<53).map { _ in "{\"a\": \"x\"}" }.joined(separator: "\n")
    let found = try problems(text, as: .number(allowMissing: true))
    #expect(found.contains("t.jsonl:20:7: error: expected a number in column 'a', found 'x'"))
    #expect(!found.contains("t.jsonl:21:"))
    #expect(found.hasSuffix("and 33 more"))
  }

  @Test("escapes are replaced, in names as well; a lone surrogate becomes U+FFFD")
  func escapes() throws {
    try withFile(#"{"\u0061\n": "\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud83d x"}"#) { path in
      let table = try JSONRecordsTable(path: path)
      #expect(table.columnNames == ["a\n"])
      #expect(
        try TypedTableReading.texts(table, "a\n") == ["\"\\/\u{8}\u{C}\n\r\té😀\u{FFFD} x"])
    }
  }

  @Test("blocks of any size cut a file into the same records", arguments: [16, 17, 64, 1_000])
  func blocks(size: Int) throws {
    let records = (0..<40).map { row in
      "{\"a\": \"\(String(repeating: "}]\\\"[{", count: row % 5))é\", \"n\": [\(row), {\"x\": []}], \"k\": \(row)}"
    }
    for text in [
      records.joined(separator: "\n"), "\u{FEFF}[" + records.joined(separator: ", ") + "]",
      "[\n  " + records.joined(separator: ",\n  ") + "\n]\n",
    ] {
      try withFile(text) { path in
        var splitter = try JSONRecordSplitter(path, blockSize: size)
        var rows: [Double] = []
        var (places, whole): ([Int], [UInt8]) = ([], [])
        while let block = try splitter.next() {
          let outcome = JSONRecordReader(
            block, path: path, requests: [ColumnRequest("k", as: .number(allowMissing: false))],
            target: (0, 0)
          ).read()
          #expect(outcome.problems.isEmpty, "\(outcome.problems.rendered)")
          if case .numbers(let values) = outcome.columns[0] { rows += values }
          whole += block.bytes
          if let offset = outcome.targetOffset {
            let place = block.diagnostic(.fileEmpty, path: path, offset: offset).location
            let line = UTF8Text.lines(text)[(place?.line ?? 1) - 1].drop { $0 == "\u{FEFF}" }
            // The place is where the value stands: its digits are the row's number.
            places.append(
              Int(line.dropFirst((place?.column ?? 1) - 1).prefix { $0.isNumber }) ?? -1)
            #expect(places.last == rows.count - outcome.rowCount)
          }
        }
        #expect(rows == (0..<40).map { Double($0) })
        #expect(whole == Array(text.utf8))
        #expect(splitter.sha256 == SHA256.hexDigest(text))
      }
    }
  }

  @Test("a place of a value after reading is its line and column")
  func place() throws {
    try withFile("{\"a\": 1}\n\n{\"b\": 2, \"a\": \"é\"}\n{\"b\": 1}\n") { path in
      let table = try JSONRecordsTable(path: path)
      let value = table.diagnostic(.fileEmpty, row: 1, column: "a", help: "h")
      #expect(value.location == SourceLocation(path: path, line: 3, column: 15))
      #expect(value.sourceLine == "{\"b\": 2, \"a\": \"é\"}")
      let missing = table.diagnostic(.fileEmpty, row: 2, column: "a", help: nil)
      #expect(missing.location == SourceLocation(path: path, line: 4, column: 1))
    }
  }
}
