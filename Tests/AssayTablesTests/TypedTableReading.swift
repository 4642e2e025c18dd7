import AssayDiagnostics
import AssayFiles
import AssayTestSupport
import Foundation

@testable import AssayTables

/// Opens tables of the typed formats and compares what they hold.
enum TypedTableReading {
  /// The source for a file, by what it is found to be.
  static func open(_ path: String) throws -> any ColumnSource {
    switch try TableFormat.detect(path) {
    case .arrowFile, .arrowStream: try ArrowTable(path: path)
    case .npy, .npz: try NumPyTable(path: path)
    case .jsonLines, .jsonRecords: try JSONRecordsTable(path: path)
    case let other: throw Unexpected(format: other)
    }
  }

  struct Unexpected: Error { var format: TableFormat }

  /// A column as texts.
  static func texts(
    _ source: any ColumnSource, _ name: String, threads: Int = 1
  ) throws -> [String] {
    guard
      case .texts(let codes, let texts) =
        try source.read([ColumnRequest(name, as: .text)], threads: threads).columns[0]
    else { return [] }
    return codes.map { texts[Int($0)] }
  }

  /// A column as numbers; NaN where missing.
  static func numbers(
    _ source: any ColumnSource, _ name: String, threads: Int = 1
  ) throws -> [Double] {
    let request = ColumnRequest(name, as: .number(allowMissing: true))
    guard case .numbers(let values) = try source.read([request], threads: threads).columns[0] else {
      return []
    }
    return values
  }

  /// Compares a file with the list of its columns that `write_cases.py` wrote.
  /// - Returns: What differs, and how many values were compared.
  static func differences(
    expected path: String, in folder: String
  ) throws -> (problems: [String], values: Int) {
    let list = try JSONValue.parse(try InputFile.read(path), path: path)
    let file = list["file"]?.string ?? ""
    var problems: [String] = []
    var values = 0
    let source: any ColumnSource
    do { source = try open(folder + "/" + file) } catch {
      return (["\(file): \(error)"], 0)
    }
    let columns = list["columns"]?.array ?? []
    for (index, column) in columns.enumerated() {
      let name = column["name"]?.string ?? ""
      // One thread and several in turn; the result must not depend on it.
      let threads = index % 2 == 0 ? 1 : 3
      do {
        let found = try texts(source, name, threads: threads)
        let wanted = column["texts"]?.array?.map { $0.string ?? "" } ?? []
        values += wanted.count
        if found.map({ Array($0.utf8) }) != wanted.map({ Array($0.utf8) }) {
          let row = zip(found, wanted).enumerated().first { $1.0 != $1.1 }
          problems.append(
            "\(file), '\(name)' as text: \(found.count) of \(wanted.count) rows, \(String(describing: row))"
          )
        }
      } catch { problems.append("\(file), '\(name)' as text: \(error)") }
      problems += numberDifferences(source, file, column, name, threads: threads, &values)
    }
    for name in list["unread"]?.array?.compactMap(\.string) ?? [] {
      if !source.columnNames.contains(name) { problems.append("\(file): no name '\(name)'") }
      if (try? texts(source, name)) != nil { problems.append("\(file): '\(name)' was read") }
    }
    return (problems, values)
  }

  private static func numberDifferences(
    _ source: any ColumnSource, _ file: String, _ column: JSONValue, _ name: String, threads: Int,
    _ values: inout Int
  ) -> [String] {
    do {
      let found = try numbers(source, name, threads: threads)
      guard let wanted = column["numbers"]?.array else {
        return ["\(file), '\(name)': read as numbers"]
      }
      values += wanted.count
      let bits = wanted.map { Double($0.string ?? "nan")?.bitPattern ?? 0 }
      if zip(found, bits).allSatisfy({
        $0.isNaN ? $1 == Double.nan.bitPattern : $0.bitPattern == $1
      }),
        found.count == bits.count
      {
        return []
      }
      return ["\(file), '\(name)' as numbers: \(found.prefix(20)), not \(wanted.prefix(20))"]
    } catch {
      return column["numbers"]?.array == nil ? [] : ["\(file), '\(name)' as numbers: \(error)"]
    }
  }
}
