import AssayFiles
import AssayRuns

/// `predictions.csv`: one line for each test row with its client, segments, label and scores.
///
/// Holds no inputs and no sensitive column, so that a folder of results is not a copy of the data.
struct PredictionFile {
  let data: PreparedData
  /// Segment columns that may be written: neither input nor sensitive.
  let segments: [GroupColumn]

  init(data: PreparedData) {
    self.data = data
    let withheld = Set(data.inputColumns + data.sensitive.map(\.name))
    // A crossed column tells its parts.
    segments = data.segments.filter { segment in
      !withheld.contains(segment.name)
        && !data.crossedParts[segment.name, default: []].contains { withheld.contains($0) }
    }
  }

  /// Names of the score columns; `score` holds the prediction where the label is a number.
  static func scoreColumns(classCount: Int) -> [String] {
    classCount == 2 || classCount == 0 ? ["score"] : (0..<classCount).map { "score_\($0)" }
  }

  /// The file for one run.
  func content(scores: [Double]) -> [UInt8] {
    let columns = Self.scoreColumns(classCount: data.classCount)
    var header =
      ["row", Self.quoted(data.clientColumn.name)] + segments.map { Self.quoted($0.name) }
    header += ["label"] + columns
    var bytes = Array(header.joined(separator: ",").utf8)
    bytes.append(0x0A)
    let rows = data.test.rows
    bytes.reserveCapacity(rows.count * (32 + 22 * columns.count))
    let groups = ([data.clientColumn] + segments).map { column in
      (codes: column.codes, texts: Self.fields(of: column))
    }
    for (row, number) in rows.enumerated() {
      bytes += "\(number)".utf8
      for group in groups {
        bytes.append(0x2C)
        bytes += group.texts[Int(group.codes[row])]
      }
      bytes.append(0x2C)
      bytes +=
        data.isRegression ? "\(data.test.targets[row])".utf8 : "\(data.test.labels[row])".utf8
      for column in 0..<columns.count {
        bytes.append(0x2C)
        // The shortest decimal that reads back to the same bits.
        bytes += "\(scores[row * columns.count + column])".utf8
      }
      bytes.append(0x0A)
    }
    return bytes
  }

  /// The groups of a column as fields; the missing group is an empty one.
  private static func fields(of column: GroupColumn) -> [[UInt8]] {
    column.groups.enumerated().map { index, group in
      column.hasMissing && index == column.groups.count - 1 ? [] : Array(quoted(group).utf8)
    }
  }

  /// A field as RFC 4180 has it; text that a spreadsheet would run as a formula is not changed, since
  /// the file must read back to the same names.
  static func quoted(_ text: String) -> String {
    let needsQuotes = text.utf8.contains { [0x2C, 0x22, 0x0A, 0x0D].contains($0) }
    if !needsQuotes { return text }
    return "\""
      + text.split(separator: "\"", omittingEmptySubsequences: false)
      .joined(separator: "\"\"") + "\""
  }
}
