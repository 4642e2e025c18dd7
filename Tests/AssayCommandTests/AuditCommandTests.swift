import AssayFiles
import AssayTestSupport
import Foundation
import Testing

@Suite("assay audit from outside")
struct AuditCommandTests {
  /// Fifty canaries with fair coins; the attacker is right about the first `right`.
  private func table(right: Int, header: String = "score,member", count: Int = 50) -> String {
    var lines = [header]
    for index in 0..<count {
      let isMember = index % 2 == 0
      let says = index < right ? isMember : !isMember
      lines.append("\(says ? 10 + index : -index),\(isMember ? 1 : 0)")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func inFolder(_ work: (String) throws -> Void) throws {
    let folder = TestData.temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try work(folder)
  }

  private func write(_ text: String, _ path: String) throws -> String {
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  /// Origin: by hand. All of 50 guesses right at δ = 0: q⁵⁰ = 0.05, ε = log(q/(1 − q)) = 2.78473.
  @Test("a claim below what the attack shows ends with 1, one above with 0")
  func verdicts() throws {
    try inFolder { folder in
      let path = try write(table(right: 50), folder + "/scores.csv")
      let arguments = ["audit", path, "--delta", "0", "--guesses", "50", "--json"]
      let broken = try Executable.run(arguments + ["--claimed-epsilon", "2"])
      #expect(broken.status == 1, "\(broken.errors)")
      let json = try JSONValue.parse(Array(broken.output.utf8), path: "stdout")
      #expect(json["schema"]?.string == "assay.audit/1")
      #expect(json["verdict"]?.string == "contradicted")
      let epsilon = try #require(json["epsilon_lower"]?.double)
      #expect(epsilon > 2.7847 && epsilon < 2.7848)
      #expect(json["guess"]?["correct"]?.integer == 50)
      #expect(json["epsilon_lower_possible"]?.double == epsilon)
      #expect(json["assumptions"]?.array?.isEmpty == false)
      let held = try Executable.run(arguments + ["--claimed-epsilon", "3"])
      #expect(held.status == 0)
      #expect(held.output.contains("not-contradicted"))
      #expect(held.output.contains("that is no proof of privacy"))
      let text = try Executable.run(["audit", path, "--delta", "1e-5"])
      #expect(text.status == 0)
      #expect(text.output.contains("verdict: this attack did not succeed in showing more than"))
    }
  }

  @Test("a Gaussian history chooses the white-box method, losses may be small for members")
  func history() throws {
    try inFolder { folder in
      let history = try write(#"[{"noise_multiplier": 20, "steps": 1}]"#, folder + "/h.json")
      let path = try write(table(right: 10, header: "loss,used", count: 60), folder + "/losses.csv")
      let outcome = try Executable.run([
        "audit", path, "--score", "loss", "--member", "used", "--lower-is-member", "--delta",
        "1e-5",
        "--history", history, "--json",
      ])
      let json = try JSONValue.parse(Array(outcome.output.utf8), path: "stdout")
      #expect(json["method"]?.string == "white-box")
      #expect(json["verdict"]?.string == "contradicted" && outcome.status == 1)
      #expect(try #require(json["mu_lower"]?.double) > 0)
    }
  }

  @Test("a JSON list is read like a table")
  func list() throws {
    try inFolder { folder in
      let entries = (0..<50).map { #"{"score": \#($0 % 2), "member": \#($0 % 2)}"# }
      let path = try write("[\(entries.joined(separator: ","))]", folder + "/scores.json")
      let outcome = try Executable.run(["audit", path, "--delta", "0", "--guesses", "50", "--json"])
      let json = try JSONValue.parse(Array(outcome.output.utf8), path: "stdout")
      #expect(try #require(json["epsilon_lower"]?.double) > 2.7847)
      _ = try write(#"[{"score": 1}, {"score": "x", "member": 2}]"#, path)
      let broken = try Executable.run(["audit", path, "--delta", "0"])
      #expect(broken.status == 2)
      #expect(broken.errors.contains("entry 1") && broken.errors.contains("entry 2"))
    }
  }

  @Test("broken input ends with 2 and says where")
  func badInput() throws {
    try inFolder { folder in
      func refused(_ text: String, _ expected: String, _ more: [String] = []) throws {
        let path = try write(text, folder + "/scores.csv")
        let outcome = try Executable.run(["audit", path, "--delta", "1e-5"] + more)
        #expect(outcome.status == 2, "\(expected): \(outcome.status)")
        #expect(outcome.errors.contains(expected), "\(outcome.errors)")
        #expect(outcome.output.isEmpty)
      }
      let good = table(right: 25)
      try refused("", "empty file")
      try refused("score,member\n", "at least one row")
      try refused("skore,member\n1,1\n", "--score")
      try refused("score,member\n1,2\n", "scores.csv:2:3: error")
      try refused("score,member\nhigh,1\n", "a number")
      try refused("score,member\n,1\n", "scores.csv:2")
      try refused("score,member\ninf,1\n", "scores.csv:2")
      try refused(good, "did you mean 'one-run'?", ["--method", "one-runn"])
      try refused(good, "1 to the 50 canaries", ["--guesses", "51"])
      try refused(good, "guesses", ["--guesses", "5", "--method", "gaussian"])
      try refused(good, "confidence", ["--confidence", "1"])
      try refused(good, "delta", ["--delta", "2"])
      try refused(good, "none.json", ["--history", folder + "/none.json"])
      let members = "score,member\n" + String(repeating: "1,1\n", count: 100)
      try refused(members, "fair coin")
      try refused(members, "two of each", ["--method", "clopper-pearson"])
      let missing = try Executable.run(["audit", folder + "/none.csv", "--delta", "1e-5"])
      #expect(missing.status == 2 && missing.errors.contains("none.csv"))
      let noDelta = try Executable.run(["audit", try write(good, folder + "/scores.csv")])
      #expect(noDelta.status == 2 && noDelta.errors.contains("--delta"))
      let both = try Executable.run([
        "audit", folder + "/scores.csv", "--delta", "1e-5", "--claimed-epsilon", "1", "--history",
        "h",
      ])
      #expect(both.status == 64)
    }
  }

  @Test("--help has an example")
  func help() throws {
    let outcome = try Executable.run(["audit", "--help"])
    #expect(outcome.status == 0 && outcome.output.contains("assay audit canaries.csv"))
  }

  @Test("the models of a run are attacked by their losses")
  func runFolder() throws {
    let pilot = try SmallPilot()
    defer { pilot.remove() }
    let run = try Executable.run(["run", pilot.path, "-o", pilot.output, "--quiet"])
    #expect(run.status == 0 || run.status == 1, "\(run.errors)")
    let noisy = try Executable.run([
      "audit", pilot.output, "--arm", "federated-dp", "--delta", "1e-5", "--json",
    ])
    #expect(noisy.status == 0, "\(noisy.errors)")
    let json = try JSONValue.parse(Array(noisy.output.utf8), path: "stdout")
    #expect(json["method"]?.string == "clopper-pearson")
    #expect(json["members"]?.integer == 180 && json["non_members"]?.integer == 60)
    #expect(json["verdict"]?.string == "not-contradicted")
    #expect(json["claim"]?["source"]?.string?.contains("runs/federated-dp-seed1/run.json") == true)
    let plain = try Executable.run([
      "audit", pilot.output, "--arm", "federated", "--seed", "2", "--delta", "1e-5", "--json",
    ])
    #expect(plain.status == 0 && plain.output.contains("no-claim"))
    func refused(_ arguments: [String], _ expected: String) throws {
      let outcome = try Executable.run(["audit", pilot.output, "--delta", "1e-5"] + arguments)
      #expect(outcome.status == 2, "\(arguments)")
      #expect(outcome.errors.contains(expected), "\(outcome.errors)")
    }
    try refused([], "--arm")
    try refused(["--arm", "federatd"], "did you mean 'federated'?")
    try refused(["--arm", "local"], "one model for each client")
    try refused(["--arm", "federated", "--seed", "7"], "a seed")
    try refused(["--arm", "federated", "--method", "one-run"], "fair coins")
    try pilot.replace("site-1,", by: "site-2,", in: "data.csv")
    try refused(["--arm", "federated"], "digest")
  }
}
