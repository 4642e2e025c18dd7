import AssayTestSupport
import Foundation
import Testing

/// Every kind of bad input: the message names the place, what was expected and how to mend it; the exit
/// code is right; nothing half-written stays.
@Suite("Bad input")
struct BadInputTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var name: String
    var mend: @Sendable (SmallPilot) throws -> Void
    var expected: [String]
    var status: Int32 = 2
    var testDescription: String { name }
  }

  static let cases: [Case] = [
    Case(
      name: "a missing data file is named with the place that names it",
      mend: { try $0.replace("path: data.csv", by: "path: date.csv") },
      expected: ["date.csv: error: expected a file, found nothing", "pilot.yaml:4:"]),
    Case(
      name: "a folder in place of the data",
      mend: { pilot in
        try FileManager.default.removeItem(atPath: pilot.folder + "/data.csv")
        try FileManager.default.createDirectory(
          atPath: pilot.folder + "/data.csv", withIntermediateDirectories: false)
      }, expected: ["data.csv: error: expected a file, found a folder"]),
    Case(
      name: "an empty data file", mend: { try $0.write("", to: "data.csv") },
      expected: ["data.csv: error: expected content, found an empty file"]),
    Case(
      name: "a header without rows",
      mend: { try $0.write("site,split,region,sex,age,dose,ward,label\n", to: "data.csv") },
      expected: ["data.csv:1: error: expected at least one row"]),
    Case(
      name: "a ragged row",
      mend: { try $0.write(SmallPilot.data(rows: 40) + "site-1,train,north\n", to: "data.csv") },
      expected: ["data.csv:42:1: error: expected 8 fields as in the header, found 3", "help:"]),
    Case(
      name: "a quote that never ends",
      mend: {
        try $0.write(
          SmallPilot.data(rows: 40) + "site-1,train,\"north,F,30,0.5,A,1\n", to: "data.csv")
      },
      expected: ["data.csv:42:14: error: expected a closing quotation mark"]),
    Case(
      name: "text after a closing quote",
      mend: {
        try $0.write(
          SmallPilot.data(rows: 40) + "site-1,train,\"north\"x,F,30,0.5,A,1\n", to: "data.csv")
      }, expected: ["data.csv:42:21: error: expected a delimiter"]),
    Case(
      name: "bytes that are not UTF-8",
      mend: { pilot in
        var bytes = Array(SmallPilot.data(rows: 40).utf8)
        bytes += Array("site-1,train,n".utf8) + [0xF6] + Array("rd,F,30,0.5,A,1\n".utf8)
        try Data(bytes).write(to: URL(fileURLWithPath: pilot.folder + "/data.csv"))
      }, expected: ["data.csv:42:15: error: expected UTF-8 text, found byte 0xF6", "iconv"]),
    Case(
      name: "an unknown column, with the nearest name",
      mend: { try $0.replace("label: label", by: "label: labl") },
      expected: ["pilot.yaml:6:10: error:", "found 'labl'", "did you mean 'label'?"]),
    Case(
      name: "text in a numeric column",
      mend: {
        try $0.write(
          SmallPilot.data(rows: 40) + "site-1,train,north,F,thirty,0.5,A,1\n", to: "data.csv")
      },
      expected: ["data.csv:42:22: error: expected a number in column 'age', found 'thirty'"]),
    Case(
      name: "a label that is no class",
      mend: {
        try $0.write(
          SmallPilot.data(rows: 40) + "site-1,train,north,F,30,0.5,A,-1\n", to: "data.csv")
      },
      expected: ["data.csv:42:31: error: expected a label in", "found '-1'"]),
    Case(
      name: "a label beyond the classes",
      mend: {
        try $0.write(
          SmallPilot.data(rows: 40) + "site-1,train,north,F,30,0.5,A,7\n", to: "data.csv")
      },
      expected: ["data.csv:42:31: error: expected a label in 0…2", "found '7'"]),
    Case(
      name: "NaN in a numeric column",
      mend: {
        try $0.write(
          SmallPilot.data(rows: 40) + "site-1,train,north,F,nan,0.5,A,1\n", to: "data.csv")
      },
      expected: ["data.csv:42:22: error: expected a finite number in column 'age', found 'nan'"]),
    Case(
      name: "an infinity in a numeric column",
      mend: {
        try $0.write(
          SmallPilot.data(rows: 40) + "site-1,train,north,F,30,inf,A,1\n", to: "data.csv")
      },
      expected: ["data.csv:42:25: error: expected a finite number in column 'dose', found 'inf'"]),
    Case(
      name: "a column twice",
      mend: { try $0.replace("age,dose", by: "age,age", in: "data.csv") },
      expected: ["data.csv:1:27: error: expected each column once, found 'age' again"]),
    Case(
      name: "one class only",
      mend: { pilot in
        let lines = SmallPilot.data(rows: 80).split(separator: "\n")
        try pilot.write(
          lines.filter { $0.hasSuffix("label") || $0.hasSuffix(",0") }.joined(separator: "\n")
            + "\n",
          to: "data.csv")
      }, expected: ["expected at least two classes in column 'label', found only '0'"]),
    Case(
      name: "an unknown key, with the nearest name",
      mend: { try $0.replace("    rounds: 4", by: "    round: 4") },
      expected: ["pilot.yaml:17:5: error:", "found 'round'", "did you mean 'rounds'?"]),
    Case(
      name: "wrong indentation",
      mend: { try $0.replace("  client: site", by: "   client: site") },
      expected: ["pilot.yaml:5:", "error: expected valid YAML", "help:"]),
    Case(
      name: "a tab in the indentation",
      mend: { try $0.replace("  client: site", by: "\tclient: site") },
      expected: ["pilot.yaml:5:1: error: expected valid YAML", "tab"]),
    Case(
      name: "an impossible value",
      mend: { try $0.replace("dropout: 0.1", by: "dropout: 1.5") },
      expected: ["pilot.yaml:20:14: error: expected a probability below 1 for 'dropout'"]),
    Case(
      name: "more clients than there are",
      mend: { try $0.replace("clients_per_round: 6", by: "clients_per_round: 9") },
      expected: ["pilot.yaml:18:24", "at most the 8 clients"]),
    Case(
      name: "a key twice", mend: { try $0.replace("name: small", by: "name: small\nname: again") },
      expected: ["pilot.yaml:3:1: error: expected each key once, found 'name' again"]),
    Case(
      name: "an arm that no hypothesis can mean",
      mend: { try $0.replace("arm: federated, against", by: "arm: federatd, against") },
      expected: ["found 'federatd'", "did you mean 'federated'?"]),
    Case(
      name: "a δ above 1/N",
      mend: { try $0.replace("noise_multiplier: 1.0}", by: "noise_multiplier: 1.0, delta: 0.2}") },
      expected: ["pilot.yaml:", "at most 1/8, the number of units for 'delta'"]),
    Case(
      name: "a split that says something else",
      mend: {
        try $0.write(
          SmallPilot.data(rows: 40) + "site-1,valid,north,F,30,0.5,A,1\n", to: "data.csv")
      },
      expected: [
        "data.csv:42:8: error: expected 'train' or 'test' in column 'split', found 'valid'"
      ]),
    Case(
      name: "a missing checklist",
      mend: { try $0.replace("success:", by: "checklist: {file: nothing.yaml}\nsuccess:") },
      expected: ["nothing.yaml: error: expected a file", "pilot.yaml:25:19"]),
    Case(
      name: "an empty pilot file", mend: { try $0.write("", to: "pilot.yaml") },
      expected: ["pilot.yaml: error: expected content, found an empty file"]),
  ]

  @Test("is named with its place, and nothing is written", arguments: cases)
  func isNamed(_ bad: Case) throws {
    let pilot = try SmallPilot()
    defer { pilot.remove() }
    try bad.mend(pilot)
    let outcome = try Executable.run(["run", pilot.path, "-o", pilot.output, "--quiet"])
    #expect(outcome.status == bad.status, "\(outcome.errors)")
    for text in bad.expected {
      #expect(outcome.errors.contains(text), "\(outcome.errors)")
    }
    #expect(outcome.output.isEmpty)
    let left = try FileManager.default.contentsOfDirectory(atPath: pilot.folder)
    #expect(Set(left) == ["pilot.yaml", "data.csv"] || bad.name.contains("missing data"))
  }

  @Test("only the first twenty problems of a file are listed, the rest are counted")
  func manyProblems() throws {
    let pilot = try SmallPilot()
    defer { pilot.remove() }
    var text = SmallPilot.data(rows: 400)
    for _ in 0..<30 { text += "site-1,train,north,F,x,0.5,A,1\n" }
    try pilot.write(text, to: "data.csv")
    let outcome = try Executable.run(["run", pilot.path, "-o", pilot.output])
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("and 10 more"), "\(outcome.errors)")
  }

  @Test("a pipe in place of the data does not hang")
  func pipe() throws {
    let pilot = try SmallPilot()
    defer { pilot.remove() }
    try FileManager.default.removeItem(atPath: pilot.folder + "/data.csv")
    #expect(mkfifo(pilot.folder + "/data.csv", 0o600) == 0)
    let outcome = try Executable.run(["run", pilot.path, "-o", pilot.output])
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("expected a regular file"))
  }
}
