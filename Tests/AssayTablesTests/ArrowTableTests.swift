import AssayDiagnostics
import AssayTestSupport
import Foundation
import Testing

@testable import AssayTables

@Suite("Arrow files and streams")
struct ArrowTableTests {
  /// The message of the first problem.
  private static func refusal(_ bytes: [UInt8], path: String = "t.arrow") -> String {
    do {
      _ = try ArrowTable(path: path, bytes: bytes)
      return "opened"
    } catch { return error.rendered }
  }

  @Test("Feather version 1 is refused by name, with advice")
  func feather1() {
    let text = Self.refusal(Array("FEA1".utf8) + Array(repeating: 0, count: 40))
    #expect(
      text == """
        t.arrow: error: refused Feather version 1: it was given up in 2020; version 2 is read
          help: write the file again, for example with pandas' DataFrame.to_feather
        """)
  }

  @Test("big-endian data are refused by name")
  func bigEndian() {
    let text = Self.refusal(FlatBufferWriter.schema(endianness: 1) { _ in nil })
    #expect(text.contains("refused big-endian Arrow data: only little-endian files are read"))
  }

  @Test("metadata of the years before version 4 are refused by name")
  func oldVersion() {
    let text = Self.refusal(FlatBufferWriter.schema(version: 2) { _ in nil })
    #expect(text.contains("refused Arrow metadata of version 3"))
  }

  @Test("a stream of a schema alone is a table without rows")
  func noRows() throws {
    let bytes = FlatBufferWriter.schema { writer in
      let list = writer.list(2)
      for (index, name) in ["a", "b"].enumerated() {
        writer.link(list.offsets[index], to: writer.field(name).place)
      }
      return list.place
    }
    let table = try ArrowTable(path: "t.arrows", bytes: bytes)
    #expect(table.columnNames == ["a", "b"])
    #expect(try table.read([ColumnRequest("b", as: .text)], threads: 2).rowCount == 0)
    #expect(try TypedTableReading.numbers(table, "a").isEmpty)
  }

  @Test("two columns of one name are an error")
  func duplicates() {
    let bytes = FlatBufferWriter.schema { writer in
      let list = writer.list(2)
      for offset in list.offsets { writer.link(offset, to: writer.field("score").place) }
      return list.place
    }
    #expect(
      Self.refusal(bytes)
        == "t.arrow: error: expected each column once, found 'score' again (first in column 1)")
  }

  @Test("a name that is not there gets the nearest one")
  func unknown() throws {
    let bytes = FlatBufferWriter.schema { writer in
      let list = writer.list(1)
      writer.link(list.offsets[0], to: writer.field("score").place)
      return list.place
    }
    let table = try ArrowTable(path: "t.arrow", bytes: bytes)
    #expect(throws: DiagnosticList.self) { try TypedTableReading.texts(table, "scores") }
  }

  /// Each list has one child twice: 2^60 fields if all were walked through.
  @Test("fields that share their children do not multiply")
  func sharedChildren() {
    let bytes = FlatBufferWriter.schema { writer in
      let list = writer.list(1)
      var places = [list.offsets[0]]
      for level in 0..<60 {
        let field = writer.field("f\(level)", kind: 13, children: true)
        for place in places { writer.link(place, to: field.place) }
        let children = writer.list(2)
        if let offset = field.children { writer.link(offset, to: children.place) }
        places = children.offsets
      }
      let last = writer.field("last")
      for place in places { writer.link(place, to: last.place) }
      return list.place
    }
    #expect(Self.refusal(bytes).contains("expected at most 100000 fields in a schema"))
  }

  @Test("nesting without end is refused")
  func deep() {
    let bytes = FlatBufferWriter.schema { writer in
      let list = writer.list(1)
      var place = list.offsets[0]
      for _ in 0..<200 {
        let field = writer.field("f", kind: 13, children: true)
        writer.link(place, to: field.place)
        let children = writer.list(1)
        if let offset = field.children { writer.link(offset, to: children.place) }
        place = children.offsets[0]
      }
      writer.link(place, to: writer.field("last").place)
      return list.place
    }
    #expect(Self.refusal(bytes).contains("expected at most 64 levels of nested fields"))
  }

  @Test("an empty file, one of the mark alone and one without footer are refused")
  func cutOff() {
    #expect(Self.refusal([]).contains("found an empty file"))
    #expect(Self.refusal(Array("ARROW1".utf8)).contains("without the mark of its footer"))
    #expect(Self.refusal([0xFF, 0xFF, 0xFF, 0xFF]).contains("the file ends within a message"))
    let schema = FlatBufferWriter.schema { _ in nil }
    #expect(Self.refusal(Array(schema.dropLast())).contains("longer than the file"))
  }
}

@Suite("Half precision")
struct HalfPrecisionTests {
  /// Expected: IEEE 754-2019, table 3.5; the largest finite, the smallest normal and subnormal.
  @Test("numbers of 16 bits are widened exactly")
  func widened() {
    #expect(HalfPrecision.widened(0x0000) == 0)
    #expect(HalfPrecision.widened(0x8000).sign == .minus)
    #expect(HalfPrecision.widened(0x3C00) == 1)
    #expect(HalfPrecision.widened(0xC000) == -2)
    #expect(HalfPrecision.widened(0x7BFF) == 65_504)
    #expect(HalfPrecision.widened(0x0400) == 0x1p-14)
    #expect(HalfPrecision.widened(0x0001) == 0x1p-24)
    #expect(HalfPrecision.widened(0x7C00) == .infinity)
    #expect(HalfPrecision.widened(0x7E00).isNaN)
  }
}

@Suite("Decimal texts")
struct DecimalTextTests {
  @Test("a decimal keeps all digits of its scale")
  func scale() {
    #expect(DecimalText.of(12_345, scale: 2) == "123.45")
    #expect(DecimalText.of(-5, scale: 2) == "-0.05")
    #expect(DecimalText.of(0, scale: 2) == "0.00")
    #expect(DecimalText.of(12, scale: 0) == "12")
    #expect(DecimalText.of(12, scale: -3) == "12000")
    #expect(
      DecimalText.of(.min, scale: 10) == "-17014118346046923173168730371.5884105728")
  }
}
