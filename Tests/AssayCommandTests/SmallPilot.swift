import AssayTestSupport
import Foundation

/// A pilot small enough to run in a fraction of a second, in a folder of its own.
struct SmallPilot {
  let folder: String

  /// Eight clients, two numeric inputs and one text, a segment and a sensitive column.
  init(rows: Int = 240) throws {
    folder = TestData.temporaryFolder()
    try Self.pilot.write(toFile: folder + "/pilot.yaml", atomically: true, encoding: .utf8)
    try Self.data(rows: rows).write(
      toFile: folder + "/data.csv", atomically: true, encoding: .utf8)
  }

  var path: String { folder + "/pilot.yaml" }
  var output: String { folder + "/out" }

  func write(_ text: String, to name: String) throws {
    try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
  }

  func replace(_ text: String, by other: String, in name: String = "pilot.yaml") throws {
    let before = try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
    try write(before.replacingOccurrences(of: text, with: other), to: name)
  }

  func remove() { try? FileManager.default.removeItem(atPath: folder) }

  static let pilot = """
    assay: 1
    name: small
    data:
      path: data.csv
      client: site
      label: label
      segments: [region]
      sensitive: [sex]
      split: {column: split}
    model: {kind: softmax}
    seeds: [1, 2]
    arms:
      - {name: baseline, kind: centralized, epochs: 3, batch_size: 16, learning_rate: 0.1}
      - {name: local, kind: local, epochs: 3, batch_size: 16, learning_rate: 0.1}
      - name: federated
        kind: federated
        rounds: 4
        clients_per_round: 6
        local: {epochs: 1, batch_size: 16, learning_rate: 0.1}
        dropout: 0.1
      - name: federated-dp
        extends: federated
        clients_per_round: all
        privacy: {unit: client, clip: 1.0, noise_multiplier: 1.0}
    success:
      - {arm: federated, against: baseline, metric: accuracy, margin: 0.05}

    """

  static func data(rows: Int) -> String {
    var text = "site,split,region,sex,age,dose,ward,label\n"
    var state: UInt64 = 7
    func next() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) / 9_007_199_254_740_992
    }
    for row in 0..<rows {
      let age = 20 + 60 * next()
      let dose = next()
      let signal = (age - 50) / 20 + 2 * dose - 1 + (next() - 0.5)
      let fields = [
        "site-\(row % 8)", row % 4 == 0 ? "test" : "train", row % 3 == 0 ? "north" : "south",
        next() < 0.5 ? "F" : "M", "\(Int(age))", String(format: "%.3f", dose),
        ["A", "B", "C"][row % 3], signal > 0 ? "1" : "0",
      ]
      text += fields.joined(separator: ",") + "\n"
    }
    return text
  }
}
