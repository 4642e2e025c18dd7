import AssayFiles
import AssayTestSupport
import Foundation
import Testing

/// Pilots whose label is a number, from the file to the gate.
@Suite("A pilot with a numeric label")
struct RegressionPilotTests {
  private static let arms = """
      - {name: trivial, kind: trivial}
      - {name: best, kind: optimum}
    """

  /// The small pilot with days in place of classes; two labels are missing.
  private static func pilot(model: String = "{kind: linear}") throws -> SmallPilot {
    let pilot = try SmallPilot()
    var lines = SmallPilot.data(rows: 240).split(separator: "\n").map(String.init)
    for index in lines.indices.dropFirst() {
      var fields = lines[index].split(separator: ",").map(String.init)
      fields[0] = "site-\(index * 5 % 7)"
      let age = Double(fields[4]) ?? 0
      let dose = Double(fields[5]) ?? 0
      fields[7] = index == 7 || index == 9 ? "" : "\((age - 50) / 10 + 4 * dose + 0.25)"
      lines[index] = fields.joined(separator: ",")
    }
    try pilot.write(lines.joined(separator: "\n") + "\n", to: "data.csv")
    try pilot.replace("model: {kind: softmax}", by: "model: \(model)")
    try pilot.replace(
      "metric: accuracy, margin: 0.05",
      by: "metric: mean_absolute_error, margin: 0.5}\n"
        + "  - {arm: federated, against: baseline, metric: r2_score, margin: 0.2")
    return pilot
  }

  private static func evidence(_ pilot: SmallPilot) throws -> [String: JSONValue] {
    let json = try RunTests.json(pilot.output + "/evidence.json")
    return Dictionary(
      (json["evidence"]?.array ?? []).map { ($0["id"]?.string ?? "", $0) },
      uniquingKeysWith: { first, _ in first })
  }

  @Test("is trained, judged, verified and reproduced")
  func whole() throws {
    let pilot = try Self.pilot()
    defer { pilot.remove() }
    try pilot.replace("arms:\n", by: "arms:\n\(Self.arms)\n")
    let run = try Executable.run(["run", pilot.path, "-o", pilot.output] + RunTests.clock)
    #expect(run.status == 1, "nobody attested anything: \(run.errors)")
    let evidence = try Self.evidence(pilot)
    func value(_ id: String) -> Double? { evidence[id]?["value"]?.double }
    // The label is linear in the inputs, so least squares is right up to the float32 of the weights.
    #expect(try #require(value("mean_absolute_error/best/overall")) < 1e-4)
    #expect(try #require(value("r2_score/best/overall")) > 0.999)
    for arm in ["baseline", "federated", "local"] {
      let error = try #require(value("mean_absolute_error/\(arm)/overall"))
      #expect(error < value("mean_absolute_error/trivial/overall") ?? 0, "\(arm)")
    }
    #expect(try #require(value("optimum_gap/federated/overall")) > 0)
    #expect(value("mean_squared_error_all_rows/local/site=site-3") != nil)
    #expect(value("mean_absolute_error/federated/region=north") != nil)
    #expect(value("mean_absolute_error_difference/federated/sex") != nil)
    #expect(evidence["mean_absolute_error_worst_decile_client/federated/overall"] != nil)
    #expect(value("dropped_rows/data/overall") == 2)
    #expect(evidence["clients_with_one_class/data/overall"] == nil)
    #expect(evidence.keys.allSatisfy { !$0.hasPrefix("accuracy/") })

    let record = try RunTests.json(pilot.output + "/evidence.json")
    #expect(record["subject"]?["task"]?.string == "regression")
    #expect(record["subject"]?["headline"]?.string == "mean_absolute_error")
    #expect(record["judgements"]?.array?.count == 2)
    #expect(record["feasibility"]?["verdict"]?.string == "not-assessed")
    let last = try RunTests.json(pilot.output + "/runs/federated-seed1/run.json")
    #expect(last["metrics"]?["accuracy"] == nil)
    let metrics = try #require(last["metrics"])
    #expect(metrics["mean_squared_error"]?.double == metrics["loss"]?.double.map { $0 * 2 })
    let predictions = try String(
      contentsOfFile: pilot.output + "/runs/best-seed1/predictions.csv", encoding: .utf8)
    #expect(predictions.hasPrefix("row,site,region,label,score\n"))

    let report = try String(contentsOfFile: pilot.output + "/evaluation.html", encoding: .utf8)
    #expect(report.contains("Test loss (half the mean squared error) by round"))
    #expect(report.contains("Mean absolute error"))
    #expect(report.contains("linear regression, 5 inputs, 6 weights"))
    #expect(!report.contains("Test accuracy"))
    #expect(!report.contains("range, last 10"))
    #expect(!report.contains("the share of every class"))

    let verified = try Executable.run(["verify", pilot.output])
    #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
    let again = try Executable.run(["reproduce", pilot.output])
    #expect(again.status == 0, "\(again.output)\(again.errors)")
  }

  @Test("a changed prediction is found by verify")
  func changed() throws {
    let pilot = try Self.pilot()
    defer { pilot.remove() }
    _ = try Executable.run(["run", pilot.path, "-o", pilot.output] + RunTests.clock)
    let path = "out/runs/baseline-seed1/predictions.csv"
    let text = try String(contentsOfFile: pilot.folder + "/" + path, encoding: .utf8)
    var lines = text.split(separator: "\n").map(String.init)
    var fields = lines[2].split(separator: ",").map(String.init)
    fields[fields.count - 1] = "99"
    lines[2] = fields.joined(separator: ",")
    try pilot.write(lines.joined(separator: "\n") + "\n", to: path)
    let verified = try Executable.run(["verify", pilot.output])
    #expect(verified.status == 1)
    #expect(verified.output.contains("mean_absolute_error/baseline/overall"))
  }

  @Test("privacy is judged by the error when the pilot states how much worse it may be")
  func feasibility() throws {
    let pilot = try Self.pilot(model: "{kind: mlp, hidden: [6], loss: squared}")
    defer { pilot.remove() }
    try pilot.replace(
      "success:\n",
      by: "success:\n  - {arm: federated-dp, against: federated, metric: mean_absolute_error, "
        + "margin: 100}\n")
    try pilot.replace(
      "  - {name: local, kind: local, epochs: 3, batch_size: 16, "
        + "learning_rate: 0.1}\n", by: "")
    try pilot.replace("learning_rate: 0.1", by: "learning_rate: 0.02")
    let run = try Executable.run(["run", pilot.path, "-o", pilot.output] + RunTests.clock)
    #expect(run.status == 1, "\(run.errors)")
    let record = try RunTests.json(pilot.output + "/evidence.json")
    // Any error of a few days is within a hundred.
    #expect(record["feasibility"]?["verdict"]?.string == "feasible", "\(run.output)")
    #expect(record["feasibility"]?["margin"]?.double == 100)
    let report = try String(contentsOfFile: pilot.output + "/evaluation.html", encoding: .utf8)
    #expect(report.contains("squared error"))
    #expect(try Executable.run(["verify", pilot.output, "--quiet"]).status == 0)
  }

  @Test(
    "clients are dealt and compared by deciles of the label",
    arguments: [
      ("{kind: dirichlet, clients: 6, alpha: 0.3}", "the shares of every decile drawn from"),
      ("{kind: shards, clients: 6, shards_per_client: 2}", "2 shards of the rows sorted by decile"),
    ])
  func deciles(_ partition: String, _ sentence: String) throws {
    let pilot = try Self.pilot()
    defer { pilot.remove() }
    try pilot.replace("client: site", by: "partition: \(partition)")
    try pilot.replace("clients_per_round: 6", by: "clients_per_round: 4")
    _ = try Executable.run(["run", pilot.path, "-o", pilot.output] + RunTests.clock)
    let evidence = try Self.evidence(pilot)
    #expect(evidence["partition/data/overall"]?["value"]?.string?.contains(sentence) == true)
    let divergence = try #require(evidence["label_divergence_mean/data/overall"])
    // Six clients with the same deciles would have a divergence near 0.
    #expect(divergence["value"]?.double ?? 0 > 0.1)
    #expect(divergence["note"]?.string?.contains("10 deciles of the label") == true)
    #expect(try Executable.run(["verify", pilot.output, "--quiet"]).status == 0)
  }

  @Test("neither threads nor instruction sets show in any file", arguments: ["1", "3"])
  func threads(_ count: String) throws {
    let pilot = try Self.pilot(model: "{kind: mlp, hidden: [6], loss: squared}")
    defer { pilot.remove() }
    for (threads, kernels) in [("1", "scalar"), (count, "auto")] {
      _ = try Executable.run(
        [
          "run", pilot.path, "-o", pilot.folder + "/" + kernels, "--threads", threads, "--kernels",
          kernels,
        ] + RunTests.clock)
    }
    var first = try RunTests.files(pilot.folder + "/scalar")
    var second = try RunTests.files(pilot.folder + "/auto")
    first["timings.json"] = nil
    second["timings.json"] = nil
    #expect(first.count > 20)
    #expect(first == second)
  }

  struct Bad: CustomTestStringConvertible, Sendable {
    var name: String
    var from: String
    var to: String
    var file = "pilot.yaml"
    var expected: String
    var testDescription: String { name }
  }

  @Test(
    "what does not fit is named with its place",
    arguments: [
      Bad(
        name: "text for a label", from: "data.csv", to: "abc", file: "data.csv",
        expected: "data.csv:242:31: error: expected a number in column 'label', found 'abc'\n"
          + "  242 | site-1,train,north,F,30,0.5,A,abc\n"
          + "      |                               ^~~\n"
          + "  help: leave the field empty where the value is not known\n"),
      Bad(
        name: "a label without end", from: "data.csv", to: "inf", file: "data.csv",
        expected: "data.csv:242:31: error: expected a finite number in column 'label', found 'inf'"),
      Bad(
        name: "a label that float32 cannot hold", from: "data.csv", to: "1e39", file: "data.csv",
        expected:
          "data.csv:242:31: error: expected a number of at most 3.4e38 in magnitude in column "
          + "'label', found '1e39'"),
      Bad(
        name: "hidden layers of a line", from: "{kind: linear}", to: "{kind: linear, hidden: [3]}",
        expected:
          "error: 'hidden' and kind: linear cannot stand together: linear has no hidden layers\n"),
      Bad(
        name: "a loss for a line", from: "{kind: linear}", to: "{kind: linear, loss: squared}",
        expected:
          "error: 'loss' and kind: linear cannot stand together: linear always has the squared "
          + "error\n"),
      Bad(
        name: "a loss for softmax", from: "{kind: linear}", to: "{kind: softmax, loss: squared}",
        expected: "error: 'loss' and kind: softmax cannot stand together: softmax always has the "
          + "cross-entropy\n"),
      Bad(
        name: "an unknown loss", from: "{kind: linear}",
        to: "{kind: mlp, hidden: [3], loss: square}",
        expected: "error: expected a value for 'loss', one of 'cross-entropy', 'squared', found "
          + "'square'\n"),
      Bad(
        name: "an unknown model", from: "{kind: linear}", to: "{kind: liner}",
        expected: "did you mean 'linear'?"),
      Bad(
        name: "an optimum of hidden layers", from: "arms:\n",
        to: "arms:\n  - {name: best, kind: optimum}\n",
        expected: "help: leave the arm 'best' out, or use model: {kind: linear}\n"),
    ])
  func refused(_ bad: Bad) throws {
    let pilot = try Self.pilot(
      model: bad.name == "an optimum of hidden layers"
        ? "{kind: mlp, hidden: [3], loss: squared}" : "{kind: linear}")
    defer { pilot.remove() }
    if bad.file == "data.csv" {
      let text = try String(contentsOfFile: pilot.folder + "/data.csv", encoding: .utf8)
      try pilot.write(text + "site-1,train,north,F,30,0.5,A,\(bad.to)\n", to: "data.csv")
    } else {
      try pilot.replace(bad.from, by: bad.to)
    }
    let outcome = try Executable.run(["run", pilot.path, "-o", pilot.output, "--quiet"])
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains(bad.expected), "\(outcome.errors)")
  }
}
