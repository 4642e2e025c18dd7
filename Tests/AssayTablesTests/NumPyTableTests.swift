import AssayDiagnostics
import AssayTestSupport
import Foundation
import Testing

@testable import AssayTables

/// An NPY file of a header and bytes.
private func array(
  _ header: String, _ data: [UInt8], version: UInt8 = 1, length: UInt32? = nil
) -> [UInt8] {
  let text = Array((header + "\n").utf8)
  let count = length ?? UInt32(text.count)
  let size = (0..<(version == 1 ? 2 : 4)).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
  return [0x93] + Array("NUMPY".utf8) + [version, 0] + size + text + data
}

private func header(_ type: String, _ shape: String, fortran: Bool = false) -> String {
  "{'descr': '\(type)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': (\(shape)), }"
}

private func refusal(_ bytes: [UInt8], path: String = "scores.npy") -> String {
  do {
    let table = try NumPyTable(path: path, bytes: bytes)
    _ = try table.read(table.columnNames.map { ColumnRequest($0, as: .text) }, threads: 2)
    return "read"
  } catch { return error.rendered }
}

@Suite("NumPy arrays")
struct NPYTests {
  @Test("an array of one axis is a column of the file's name", arguments: [UInt8(1), 2, 3])
  func vector(version: UInt8) throws {
    let table = try NumPyTable(
      path: "runs/y_true.npy",
      bytes: array(header("<i2", "3,"), [1, 0, 0xFF, 0xFF, 0, 1], version: version))
    #expect(table.columnNames == ["y_true"])
    #expect(try TypedTableReading.numbers(table, "y_true") == [1, -1, 256])
    #expect(try TypedTableReading.texts(table, "y_true") == ["1", "-1", "256"])
  }

  @Test("an array of two axes is a column for each index of the second, in either order of memory")
  func matrix() throws {
    for (isFortran, data) in [(false, [1, 2, 3, 4, 5, 6]), (true, [1, 3, 5, 2, 4, 6])] {
      let table = try NumPyTable(
        path: "scores.npy",
        bytes: array(header("|u1", "3, 2", fortran: isFortran), data.map { UInt8($0) }))
      #expect(table.columnNames == ["scores[0]", "scores[1]"])
      #expect(try TypedTableReading.numbers(table, "scores[0]") == [1, 3, 5])
      #expect(try TypedTableReading.numbers(table, "scores[1]") == [2, 4, 6])
    }
  }

  @Test("texts end before their zeros, and are told from what is no text")
  func texts() throws {
    let points: [UInt8] = [0x65, 0, 0, 0, 1, 3, 0, 0, 0, 0, 0, 0]
    let table = try NumPyTable(path: "t.npy", bytes: array(header("<U3", "1,"), points))
    #expect(try TypedTableReading.texts(table, "t") == ["e\u{301}"])
    let bytes = try NumPyTable(
      path: "t.npy", bytes: array(header("|S2", "2,"), [0x61, 0, 0xC3, 0xA9]))
    #expect(try TypedTableReading.texts(bytes, "t") == ["a", "é"])
    #expect(
      refusal(array(header("|S1", "2,"), [0x61, 0xC3]), path: "t.npy")
        == """
        t.npy (row 2, column 't'): error: expected text in column 't', found 'bytes that are not UTF-8'
        """)
    #expect(
      refusal(array(header(">U1", "1,"), [0, 0x11, 0, 0])).contains("a number that is no character")
    )
  }

  @Test("an array of objects is refused: it holds pickles")
  func objects() {
    #expect(
      refusal(array(header("|O", "2,"), [0x80, 4]))
        == """
        scores.npy: error: refused an array of Python objects: it holds pickles, which can run code \
        when they are loaded
          help: save numbers or texts, for example: array.astype(float) or array.astype(str)
        """)
  }

  @Test("NaN and infinity are problems where numbers are asked for, with row and column")
  func notFinite() throws {
    let data: [UInt8] = [0, 0, 0xC0, 0x7F, 0, 0, 0x80, 0x7F, 0, 0, 0x80, 0x3F]
    let table = try NumPyTable(path: "s.npy", bytes: array(header("<f4", "3,"), data))
    do {
      _ = try TypedTableReading.numbers(table, "s")
      Issue.record("read")
    } catch let error as DiagnosticList {
      #expect(error.diagnostics.count == 2)
      #expect(error.diagnostics.first?.location?.part == "row 1, column 's'")
      #expect(error.diagnostics.last?.location?.part == "row 2, column 's'")
    }
  }

  @Test(
    "damaged and strange headers are refused",
    arguments: [
      (array(header("<f8", "-4,"), []), "lengths from 0"),
      (array(header("<f8", "3,"), [1]), "an array of 24 bytes of which 1 are there"),
      (array(header("<f8", "0,"), [1]), "1 bytes behind the end of an array"),
      (array(header("<f8", "4611686018427387904, 4"), []), "a size of more than 64 bits"),
      (array(header("<f8", "99999999999999999999,"), []), "an array header that cannot be read"),
      (array(header("<f8", ""), Array(repeating: 0, count: 8)), "an array of shape ()"),
      (
        array(header("<f8", "1, 1, 1"), Array(repeating: 0, count: 8)),
        "an array of shape (1, 1, 1)"
      ),
      (array(header("<c16", "1,"), Array(repeating: 0, count: 16)), "an array of type '<c16'"),
      (array(header("<U99999999999", "1,"), []), "an array of type"),
      (array(header("|S0", "4611686018427387904,"), []), "rows in an array"),
      (
        array("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}", []),
        "a structured array"
      ),
      (array("{'descr': '<f8'}", []), "without 'fortran_order'"),
      (array("{'descr': __import__('os'), }", []), "an array header that cannot be read"),
      (array("{" + String(repeating: "(", count: 50), []), "an array header that cannot be read"),
      (array(header("<f8", "1,"), [], version: 2, length: 4_294_967_280), "bytes in the header"),
      (array(header("<f8", "1,"), [], version: 9), "versions 1, 2 and 3 exist"),
      ([0x93] + Array("NUMPY".utf8), "does not begin with the mark"),
    ])
  func damaged(bytes: [UInt8], part: String) {
    let text = refusal(bytes)
    #expect(text.contains(part), "\(text)")
  }
}

@Suite("NumPy archives")
struct NPZTests {
  private static let three = array(header("|u1", "3,"), [1, 2, 3])
  private static let two = array(header("|u1", "2,"), [1, 2])

  private static func open(_ members: [ZIPWriter.Member], comment: String = "") throws -> NumPyTable
  {
    try NumPyTable(path: "p.npz", bytes: ZIPWriter.archive(members, comment: comment))
  }

  private static func refusal(_ members: [ZIPWriter.Member]) -> String {
    AssayTablesTests.refusal(ZIPWriter.archive(members), path: "p.npz")
  }

  @Test("each array of an archive is a column, also under ZIP64 and with a comment")
  func columns() throws {
    for isLarge in [false, true] {
      let table = try Self.open(
        [
          .init(name: "y.npy", content: Self.three, isLarge: isLarge),
          .init(
            name: "s.npy", content: array(header("|u1", "3, 2"), [1, 2, 3, 4, 5, 6]),
            isLarge: isLarge),
        ], comment: "PK\u{5}\u{6} is no directory")
      #expect(table.columnNames == ["y", "s[0]", "s[1]"])
      #expect(try TypedTableReading.numbers(table, "s[1]", threads: 2) == [2, 4, 6])
    }
  }

  @Test("columns of different length are an error that names them; others may stand beside")
  func lengths() throws {
    let table = try Self.open([
      .init(name: "y.npy", content: Self.three), .init(name: "classes.npy", content: Self.two),
    ])
    #expect(try TypedTableReading.numbers(table, "classes") == [1, 2])
    do {
      _ = try table.read(
        [ColumnRequest("y", as: .text), ColumnRequest("classes", as: .text)], threads: 1)
      Issue.record("read")
    } catch {
      #expect(
        error.rendered
          == "p.npz: error: expected columns of one length, found 2 rows in 'classes' and 3 in 'y'")
    }
  }

  @Test("an array of objects may stand in an archive and cannot be asked for")
  func objects() throws {
    let table = try Self.open([
      .init(name: "y.npy", content: Self.three),
      .init(name: "names.npy", content: array(header("|O", "3,"), [0x80])),
      .init(name: "threshold.npy", content: array(header("|u1", ""), [1])),
    ])
    #expect(table.columnNames == ["y", "names", "threshold"])
    #expect(try TypedTableReading.numbers(table, "y") == [1, 2, 3])
    #expect(throws: DiagnosticList.self) { try TypedTableReading.texts(table, "names") }
    #expect(throws: DiagnosticList.self) { try TypedTableReading.numbers(table, "threshold") }
  }

  @Test(
    "hostile members are refused",
    arguments: [
      ([ZIPWriter.Member(name: "../../evil.npy", content: [])], "would lead out of a folder"),
      ([.init(name: "/etc/evil.npy", content: [])], "would lead out of a folder"),
      ([.init(name: "a\\..\\evil.npy", content: [])], "would lead out of a folder"),
      ([.init(name: "a.npy", content: [], flags: 1)], "the encrypted member 'a.npy'"),
      ([.init(name: "a.npy", content: [], method: 12)], "of compression method 12"),
      ([.init(name: "a.npy", content: [7, 8], method: 8)], "deflate data"),
      ([.init(name: "a.npy", content: [7], checksumError: 1)], "does not have its checksum"),
      ([.init(name: "a.npy", content: [7])], "does not begin with the mark of NPY"),
      (
        [.init(name: "a.npy", content: []), .init(name: "a.npy", content: [])],
        "two members of the name 'a.npy'"
      ),
      (
        (0..<100).map {
          .init(name: "\($0).npy", content: Array(repeating: 0, count: 999), sharesPlace: $0 > 0)
        }, "members that are more than the archive"
      ),
      ([], "an archive without arrays"),
    ] as [([ZIPWriter.Member], String)])
  func hostile(members: [ZIPWriter.Member], part: String) {
    let text = Self.refusal(members)
    #expect(text.contains(part), "\(text)")
  }
}
