import AssayFiles
import AssayMetrics
import AssayRuns
import AssayTestSupport
import Testing

/// Prediction files and reference numbers as tests need them.
struct GoldenTable {
  let header: [String]
  let rows: [[String]]

  static let folder = TestData.packageRoot + "/Tests/AssayMetricsTests/Golden"
  /// The folder of the larger sets; tests that use it are enabled only where it exists.
  static let externalFolder = (TestData.external ?? "") + "/golden/metrics"

  init(_ path: String) throws {
    var table: [[String]] = []
    var row: [String] = []
    var field: [UInt8] = []
    var quoted = false
    let bytes = try InputFile.read(path)
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      switch byte {
      case UInt8(ascii: "\""):
        if quoted, index + 1 < bytes.count, bytes[index + 1] == byte {
          field.append(byte)
          index += 1
        } else {
          quoted.toggle()
        }
      case UInt8(ascii: ",") where !quoted:
        row.append(String(decoding: field, as: UTF8.self))
        field = []
      case UInt8(ascii: "\n") where !quoted:
        row.append(String(decoding: field, as: UTF8.self))
        field = []
        table.append(row)
        row = []
      default: field.append(byte)
      }
      index += 1
    }
    header = table.first ?? []
    rows = Array(table.dropFirst())
  }

  func column(_ name: String) throws -> [String] {
    let at = try #require(header.firstIndex(of: name))
    return rows.map { $0[at] }
  }

  func numbers(_ name: String) throws -> [Double] { try column(name).map { Double($0) ?? .nan } }

  func groups(_ name: String) throws -> GroupColumn {
    GroupColumn(name: name, values: try column(name))
  }

  static func reference(_ path: String) throws -> JSONValue {
    try JSONValue.parse(InputFile.read(path), path: path)
  }

  /// A binary table with the given arms and columns.
  func binary(
    arms: [String: String], order: [String], columns: [String], client: Bool
  ) throws -> ScoredTable {
    try ScoredTable(
      task: .binary, labels: column("label").map { Int32($0) ?? -1 },
      arms: order.map { name in
        ScoredArm(
          name: name,
          seeds: [.init(seed: nil, scores: try numbers(arms[name] ?? ""))])
      },
      segments: columns.map { try groups($0) }, sensitive: columns.map { try groups($0) },
      client: client ? groups("client_id") : nil)
  }
}

/// Options that show every cell; few replicates, because tests compare values.
func allCells(replicates: Int = 0) -> EvaluationOptions {
  var options = EvaluationOptions()
  options.minimumCount = 1
  options.replicates = replicates
  return options
}

/// Expects 1e-9 relative agreement, or that both are undefined.
///
/// 1e-9: sums of thousands of doubles in another order than numpy's.
func expectClose(
  _ value: Double?, _ reference: JSONValue?, _ what: String, absolute: Double = 1e-12,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard let reference else {
    Issue.record("no reference for \(what)", sourceLocation: sourceLocation)
    return
  }
  guard let expected = reference.double else {
    #expect(value == nil, "\(what): expected undefined", sourceLocation: sourceLocation)
    return
  }
  guard let value else {
    Issue.record("\(what): expected \(expected), found undefined", sourceLocation: sourceLocation)
    return
  }
  #expect(
    abs(value - expected) <= max(absolute, 1e-9 * abs(expected)),
    "\(what): expected \(expected), found \(value)", sourceLocation: sourceLocation)
}
