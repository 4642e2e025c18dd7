import AssayFiles
import AssayRuns

/// `predictions.csv`: one line for each test row with its client, segments, label and scores.
///
/// Holds no inputs and no sensitive column, so that a folder of results is not a copy of the data.
struct PredictionFile {
  let data: PreparedData
  /// Segment columns that may be written: neither input nor sensitive.
  let segments: [GroupColumn]
  private let prefix: [String]

  init(data: PreparedData) {
    self.data = data
    let withheld = Set(data.inputColumns + data.sensitive.map(\.name))
    let kept = data.segments.filter { !withheld.contains($0.name) }
    segments = kept
    let clients = data.clientColumn
    prefix = data.test.rows.indices.map { row in
      var fields = [
        "\(data.test.rows[row])", Self.quoted(clients.groups[Int(clients.codes[row])]),
      ]
      for column in kept {
        let code = Int(column.codes[row])
        let isMissing = column.hasMissing && code == column.groups.count - 1
        fields.append(isMissing ? "" : Self.quoted(column.groups[code]))
      }
      fields.append("\(data.test.labels[row])")
      return fields.joined(separator: ",")
    }
  }

  /// Names of the score columns.
  static func scoreColumns(classCount: Int) -> [String] {
    classCount == 2 ? ["score"] : (0..<classCount).map { "score_\($0)" }
  }

  /// The file for one run.
  func content(scores: [Double]) -> [UInt8] {
    let columns = Self.scoreColumns(classCount: data.classCount)
    var header =
      ["row", Self.quoted(data.clientColumn.name)] + segments.map { Self.quoted($0.name) }
    header += ["label"] + columns
    var text = header.joined(separator: ",") + "\n"
    text.reserveCapacity(prefix.count * (40 + 12 * columns.count))
    for (row, start) in prefix.enumerated() {
      text += start
      for column in 0..<columns.count {
        text += ","
        // The shortest decimal that reads back to the same bits.
        text += "\(scores[row * columns.count + column])"
      }
      text += "\n"
    }
    return Array(text.utf8)
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
