import AssayTestSupport
import Testing

@testable import AssayTables

@Suite("rows of typed tables")
struct RowStreamTests {
  private func path(_ name: String) -> String {
    TestData.packageRoot + "/Tests/AssayTablesTests/Fixtures/" + name
  }

  @Test(
    "rows hold the texts of the columns, and the digest is the file's",
    arguments: [
      "parquet/polars.parquet", "parquet/duckdb.parquet", "parquet/pyarrow-groups.parquet",
    ])
  func texts(_ name: String) throws {
    let source = try openTable(path(name))
    let expected = try source.read(
      source.columnNames.map { ColumnRequest($0, as: .text) }, threads: 1)
    let rows = try openRows(path(name))
    #expect(rows.header.columns == source.columnNames)
    var row = 0
    while let part = try rows.next() {
      for inside in 0..<part.rowCount {
        for column in source.columnNames.indices {
          guard case .texts(let codes, let texts) = expected.columns[column] else { continue }
          #expect(part.text(inside, column) == texts[Int(codes[row])])
        }
        row += 1
      }
    }
    #expect(row == expected.rowCount && rows.rowCount == row)
    #expect(try rows.sha256 == digestOfTable(path(name)))
  }

  @Test("a table without rows is refused, as an empty CSV is")
  func empty() {
    #expect(throws: (any Error).self) { try openRows(path("parquet/pyarrow-empty.parquet")) }
  }
}
