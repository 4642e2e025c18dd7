import AssayTraining

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Why a benchmark cannot run.
struct BenchmarkFailure: Error, CustomStringConvertible {
  /// One sentence.
  let description: String
}

/// Rows of a CSV file without quotes: a column `client_id`, a column `label` with classes from 0 on, and
/// features `f0`, `f1` and so on, last.
struct ClientTable {
  private(set) var features: [Float] = []
  private(set) var labels: [Int32] = []
  private(set) var clients: [Int32] = []
  private(set) var featureCount = 0

  /// No rows.
  init() {}

  /// Reads a file; clients get numbers in the order in which they appear.
  init(_ path: String, numbers: inout [String: Int32]) throws {
    let lines = try bytes(path).split(separator: UInt8(ascii: "\n"))
    let comma = UInt8(ascii: ",")
    func text(_ part: ArraySlice<UInt8>) -> String { String(decoding: part, as: UTF8.self) }
    let header = lines.first.map { $0.split(separator: comma).map { text($0) } } ?? []
    guard let client = header.firstIndex(of: "client_id"),
      let label = header.firstIndex(of: "label"), let first = header.firstIndex(of: "f0")
    else { throw BenchmarkFailure(description: "\(path): no columns client_id, label and f0") }
    featureCount = header.count - first
    for (number, line) in lines.enumerated().dropFirst() {
      let parts = line.split(separator: comma, omittingEmptySubsequences: false)
      let row = parts.dropFirst(first).compactMap { Float(text($0)) }
      guard parts.count == header.count, row.count == featureCount,
        let value = Int32(text(parts[label]))
      else { throw BenchmarkFailure(description: "\(path):\(number + 1): not a row of numbers") }
      let name = text(parts[client])
      let owner = numbers[name] ?? Int32(numbers.count)
      numbers[name] = owner
      clients.append(owner)
      labels.append(value)
      features += row
    }
  }
}

extension TrainingData {
  /// Training rows from one file, test rows from another or none.
  static func clientTable(_ path: String, test: String?) throws -> TrainingData {
    var numbers: [String: Int32] = [:]
    let train = try ClientTable(path, numbers: &numbers)
    let judged = try test.map { try ClientTable($0, numbers: &numbers) } ?? ClientTable()
    return try TrainingData(
      featureCount: train.featureCount,
      classCount: Int((train.labels + judged.labels).max() ?? 0) + 1,
      clientCount: numbers.count, trainFeatures: train.features, trainLabels: train.labels,
      trainClients: train.clients, testFeatures: judged.features, testLabels: judged.labels,
      testClients: judged.clients)
  }
}

/// A whole file as text.
func text(_ path: String) throws -> String { String(decoding: try bytes(path), as: UTF8.self) }

/// A whole file.
func bytes(_ path: String) throws -> [UInt8] {
  guard let file = fopen(path, "rb") else {
    throw BenchmarkFailure(description: "\(path): cannot be opened")
  }
  defer { fclose(file) }
  var all: [UInt8] = []
  var block = [UInt8](repeating: 0, count: 1 << 20)
  while true {
    let count = fread(&block, 1, block.count, file)
    if count == 0 { return all }
    all += block[..<count]
  }
}
