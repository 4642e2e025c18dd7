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

extension TrainingData {
  /// Reads the training rows of a CSV file without quotes: a column `client_id`, a column `label` with
  /// classes from 0 on, and features `f0`, `f1` and so on, last.
  static func clientTable(_ path: String) throws -> TrainingData {
    let lines = try bytes(path).split(separator: UInt8(ascii: "\n"))
    let comma = UInt8(ascii: ",")
    func text(_ part: ArraySlice<UInt8>) -> String { String(decoding: part, as: UTF8.self) }
    let header = lines.first.map { $0.split(separator: comma).map { text($0) } } ?? []
    guard let client = header.firstIndex(of: "client_id"),
      let label = header.firstIndex(of: "label"), let first = header.firstIndex(of: "f0")
    else { throw BenchmarkFailure(description: "\(path): no columns client_id, label and f0") }
    var numbers: [String: Int32] = [:]
    var values: [Float] = []
    var labels: [Int32] = []
    var owners: [Int32] = []
    for (number, line) in lines.enumerated().dropFirst() {
      let parts = line.split(separator: comma, omittingEmptySubsequences: false)
      let row = parts.dropFirst(first).compactMap { Float(text($0)) }
      guard parts.count == header.count, row.count == header.count - first,
        let value = Int32(text(parts[label]))
      else { throw BenchmarkFailure(description: "\(path):\(number + 1): not a row of numbers") }
      let name = text(parts[client])
      let owner = numbers[name] ?? Int32(numbers.count)
      numbers[name] = owner
      owners.append(owner)
      labels.append(value)
      values += row
    }
    return try TrainingData(
      featureCount: header.count - first, classCount: Int(labels.max() ?? 0) + 1,
      clientCount: numbers.count, trainFeatures: values, trainLabels: labels,
      trainClients: owners, testFeatures: [], testLabels: [], testClients: [])
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
