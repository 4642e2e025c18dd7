import AssayFiles
import AssayTestSupport
import Foundation
import Testing

/// `assay stats --noise-multiplier`, its ledger, and what becomes of its files, from outside.
@Suite("Noised statistics on the command line")
struct NoisedStatisticsCommandTests {
  let folder = TestData.temporaryFolder()

  private func table(_ name: String, rows: Int, seed: UInt64 = 1) throws -> String {
    var state = 88_172_645_463_325_252 &+ seed
    func next() -> Double {
      // Xorshift64: any sequence will do.
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Double(state >> 11) * 0x1p-53
    }
    var lines = ["label,p0,p1,region,sex,client"]
    for row in 0..<rows {
      let p = next()
      let label = next() < p ? 1 : 0
      let other = max(0, min(1, p + 0.4 * (next() - 0.5)))
      let region = ["north", "south", ""][Int(next() * 3)]
      lines.append(
        "\(label),\(other),\(p),\(region),\(next() < 0.4 ? "f" : "m"),\(name)-\(row / 4)")
    }
    let path = "\(folder)/\(name).csv"
    try (lines.joined(separator: "\n") + "\n").write(
      toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  static let columns = [
    "--label", "label", "--score", "baseline=p0", "--score", "federated=p1", "--segment", "region",
    "--sensitive", "sex", "--groups", "region=north,south,(missing)", "--groups", "sex=f,m",
    "--client", "client",
  ]

  private func release(
    _ table: String, _ output: String, ledger: String = "ledger.json", _ more: [String] = [],
    noise: [String] = ["--noise", "seeded", "--seed", "5"]
  ) throws -> Executable.Outcome {
    try Executable.run(
      ["stats", table] + Self.columns + [
        "--noise-multiplier", "4", "--rows-per-unit", "4", "--delta", "1e-6", "--ledger",
        "\(folder)/\(ledger)", "-o", "\(folder)/\(output)", "--as-of", "2026-01-31T08:00:00Z",
      ] + noise + more)
  }

  private func json(_ arguments: [String]) throws -> JSONValue {
    let outcome = try Executable.run(arguments)
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try JSONValue.parse(Array(outcome.output.utf8), path: "stdout")
  }

  @Test("a release is charged to a new ledger, whose total is the accountant's for its history")
  func charged() throws {
    let outcome = try release(table("a", rows: 2_000), "a.stats")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("charged to"))
    let ledger = try JSONValue.parse(
      InputFile.read(folder + "/ledger.json"), path: "ledger.json")
    #expect(ledger["schema"]?.string == "assay.ledger/1")
    #expect(ledger["unit"]?.string == "client")
    let entry = try #require(ledger["releases"]?[0])
    #expect(entry["name"]?.string == "a.stats" && entry["kind"]?.string == "histogram")
    #expect(entry["at"]?.string == "2026-01-31T08:00:00Z")
    #expect(entry["note"]?.string?.contains("simulation") == true)
    let event = try #require(entry["events"]?[0])
    #expect(event["mechanism"]?.string == "discrete-gaussian")
    #expect(event["sensitivity"]?.integer == 4)
    // Two arms, and all rows, region and sex.
    #expect(event["steps"]?.integer == 6)
    let account = try json([
      "account", "--history", folder + "/ledger.json", "--delta", "1e-6", "--json",
    ])
    // σ = 4 · sensitivity, six times: the Gaussian of μ = √6/4 has ε = 2.903… at 1e-6; wide discrete noise
    // is as good to four digits.
    let gaussian = try json([
      "account", "--noise-multiplier", "4", "--steps", "6", "--delta", "1e-6", "--json",
    ])
    let (ours, theirs) = (
      try #require(account["epsilon"]?.double), try #require(gaussian["epsilon"]?.double)
    )
    #expect(abs(ours - theirs) < 1e-3)
    #expect(account["ledger"]?["complete"]?.bool == true)
    // The file says the same of itself.
    let result = try json(["evaluate", folder + "/a.stats", "--json"])
    let privacy = try #require(result["privacy"])
    #expect(privacy["epsilon"] == account["epsilon"])
    #expect(privacy["delta"]?.double == 1e-6 && privacy["unit"]?.string == "client")
    #expect(privacy["neighbouring"]?.string == "add-or-remove-one")
    #expect(privacy["accountant"]?.string?.isEmpty == false)
    #expect(privacy["noise_variance"]?.double == 256 && privacy["noise"]?.string == "seeded")
    #expect(privacy["sensitivity"]?["histograms_per_row"]?.integer == 6)
    #expect(privacy["assumptions"]?.array?.isEmpty == false)
    let area = try #require(result["arms"]?["federated"]?["overall"]?["roc_auc"])
    #expect(try #require(area["low"]?.double) < 0.84)
    #expect(try #require(area["high"]?.double) > 0.8)
    #expect(area["interval"]?.string == "noised")
    #expect(
      result["arms"]?["federated"]?["overall"]?["log_loss"]?["undefined"]?.string?.contains("sums")
        == true)
    let shown = try json(["stats", folder + "/a.stats", "--json"])
    #expect(shown["schema"]?.string == "assay.noised-statistics/1")
    #expect(shown["rows"] == nil && shown["cells"]?.array?.count == 6)
  }

  @Test("the joint ε of training and statistics follows from one plain list")
  func plainList() throws {
    let path = folder + "/history.json"
    try #"[{"noise_multiplier": 1.1, "sampling_rate": 0.01, "steps": 1000}]"#.write(
      toFile: path, atomically: true, encoding: .utf8)
    let before = try json(["account", "--history", path, "--delta", "1e-6", "--json"])
    let outcome = try release(table("a", rows: 400), "a.stats", ledger: "history.json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let list = try JSONValue.parse(InputFile.read(path), path: path)
    #expect(list.array?.count == 2 && list[1]?["mechanism"]?.string == "discrete-gaussian")
    let after = try json(["account", "--history", path, "--delta", "1e-6", "--json"])
    let alone = try json(["evaluate", folder + "/a.stats", "--json"])
    let parts = [before["epsilon"]?.double, alone["privacy"]?["epsilon"]?.double].compactMap { $0 }
    let joint = try #require(after["epsilon"]?.double)
    #expect(parts.count == 2 && joint > parts[1] && joint < parts[0] + parts[1])
    #expect(after["ledger"] == nil)
  }

  @Test("a release beyond the budget is refused, and neither file changes")
  func budget() throws {
    let path = folder + "/ledger.json"
    let text =
      #"{"schema": "assay.ledger/1", "budget": {"epsilon": 3.5, "delta": 1e-6}, "unit": "client", "neighbouring": "add-or-remove-one", "population": 900, "releases": []}"#
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    let rows = try table("a", rows: 400)
    #expect(try release(rows, "a.stats").status == 0)
    let once = try InputFile.read(path)
    let second = try release(rows, "b.stats")
    #expect(second.status == 2 && second.errors.contains("at most 3.5"), "\(second.errors)")
    #expect(try InputFile.read(path) == once)
    #expect(!FileManager.default.fileExists(atPath: folder + "/b.stats"))
    let account = try json(["account", "--history", path, "--delta", "1e-6", "--json"])
    let remaining = try #require(account["ledger"]?["remaining"])
    #expect(remaining["verdict"]?.string == "within")
    #expect(remaining["releases_like_last"]?.integer == 0)
    #expect(account["ledger"]?["budget_exceeded"]?.bool == false)
    // The population makes a δ meaningless.
    let large = try Executable.run(
      ["stats", rows] + Self.columns + [
        "--noise-multiplier", "40", "--rows-per-unit", "4", "--delta", "0.002", "--ledger", path,
        "-o", folder + "/c.stats",
      ])
    #expect(large.status == 2 && large.errors.contains("1/900"), "\(large.errors)")
    // A lower budget afterwards is exceeded; account says so and ends well.
    let lower = String(decoding: once, as: UTF8.self).replacing("3.5", with: "0.5")
    try lower.write(toFile: path, atomically: true, encoding: .utf8)
    let exceeded = try Executable.run(["account", "--history", path, "--delta", "1e-6"])
    #expect(exceeded.status == 0 && exceeded.output.contains("is exceeded"), "\(exceeded.output)")
  }

  @Test("an unaccounted release makes the total incomplete, by name")
  func incomplete() throws {
    let path = folder + "/ledger.json"
    let text = """
      {"schema": "assay.ledger/1", "budget": null, "unit": "user", "neighbouring": "add-or-remove-one",
       "population": null, "releases": [
        {"name": "model", "kind": "training", "events": [{"noise_multiplier": 2}], "at": null},
        {"name": "grid search", "kind": "tuning", "unaccounted": "nobody counted the tries"}]}
      """
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    let account = try json(["account", "--history", path, "--delta", "1e-6", "--json"])
    #expect(account["ledger"]?["complete"]?.bool == false)
    #expect(account["ledger"]?["unaccounted"]?[0]?["name"]?.string == "grid search")
    #expect(
      account["ledger"]?["statement"]?.string?.hasPrefix("incomplete: 1 release unaccounted")
        == true)
    #expect(account["unit"]?.string == "user")
    let words = try Executable.run(["account", "--history", path, "--delta", "1e-6"])
    #expect(words.output.contains("grid search (tuning): unaccounted: nobody counted the tries"))
    // Guarantees for users and for clients do not add up.
    let other = try release(table("a", rows: 40), "a.stats")
    #expect(other.status == 2 && other.errors.contains("'unit' is user"), "\(other.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder + "/a.stats"))
  }

  @Test("a run's own record is a history, with its unit, relation and what a simulation is")
  func runRecord() throws {
    let path = folder + "/run.json"
    let text = """
      {"schema": "assay.run/1", "id": "dp-seed1", "format": "assay", "status": "completed", "privacy": {
       "history": [{"noise_multiplier": 1.1, "sampling_rate": 0.01, "steps": 1000}], "delta": 1e-5,
       "unit": "client", "neighbouring": "zero-out", "noise_source": "seeded"}}
      """
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    let account = try json(["account", "--history", path, "--delta", "1e-5", "--json"])
    let plain = try json([
      "account", "--noise-multiplier", "1.1", "--sampling-rate", "0.01", "--steps", "1000",
      "--delta",
      "1e-5", "--neighbouring", "zero-out", "--json",
    ])
    #expect(account["epsilon"] == plain["epsilon"])
    #expect(account["neighbouring"]?.string == "zero-out" && account["unit"]?.string == "client")
    let said = account["assumptions"]?.array?.compactMap(\.string) ?? []
    #expect(said.contains { $0.contains("simulation") })
    let other = try Executable.run([
      "account", "--history", path, "--delta", "1e-5", "--neighbouring", "replace-one",
    ])
    #expect(other.status == 2 && other.errors.contains("zero-out"), "\(other.errors)")
    // A run's record is no ledger, and stays as it is.
    let charged = try release(table("a", rows: 40), "a.stats", ledger: "run.json")
    #expect(charged.status == 2 && charged.errors.contains("the record of one run"))
    #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
    try text.replacing(#""privacy": {"#, with: #""details": {"#).write(
      toFile: path, atomically: true, encoding: .utf8)
    let none = try Executable.run(["account", "--history", path, "--delta", "1e-5"])
    #expect(none.status == 2 && none.errors.contains("private"), "\(none.errors)")
  }

  @Test("appends of many processes at once lose nothing")
  func concurrent() async throws {
    let rows = try table("a", rows: 40)
    let count = 8
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<count {
        group.addTask {
          let outcome = try release(rows, "\(index).stats")
          #expect(outcome.status == 0, "\(outcome.errors)")
        }
      }
      try await group.waitForAll()
    }
    let ledger = try JSONValue.parse(
      InputFile.read(folder + "/ledger.json"), path: "ledger.json")
    let names = ledger["releases"]?.array?.compactMap { $0["name"]?.string } ?? []
    #expect(Set(names) == Set((0..<count).map { "\($0).stats" }))
    let account = try json([
      "account", "--history", folder + "/ledger.json", "--delta", "1e-6", "--json",
    ])
    let one = try json([
      "account", "--noise-multiplier", "4", "--steps", "\(6 * count)", "--delta", "1e-6", "--json",
    ])
    #expect(
      abs(
        try #require(account["epsilon"]?.double) - (try #require(one["epsilon"]?.double))) < 1e-2)
  }

  @Test("the ledger is written before the statistics: where it cannot be, nothing is released")
  func order() throws {
    let rows = try table("a", rows: 40)
    let broken = folder + "/broken.json"
    for (text, word) in [
      ("", "broken.json"), ("{", "broken.json"), ("{}", "a ledger"), ("7", "a list of releases"),
      (#"{"schema": "assay.ledger/1", "releases": [], "budgte": null}"#, "budget"),
      (#"{"schema": "assay.ledger/1", "releases": 3}"#, "releases"),
      (
        #"{"schema": "assay.ledger/1", "budget": {"epsilon": "8", "delta": 1e-5}, "releases": []}"#,
        "epsilon"
      ),
      (#"{"schema": "assay.ledger/1", "unit": "cat", "releases": []}"#, "'client'"),
      (#"{"schema": "assay.ledger/1", "population": 0, "releases": []}"#, "population"),
      (#"{"schema": "assay.ledger/1", "releases": [{"name": "x", "kind": "other"}]}"#, "release 1"),
      (
        #"{"schema": "assay.ledger/1", "releases": [{"name": "x", "kind": "model", "events": []}]}"#,
        "kind"
      ),
      (
        #"{"schema": "assay.ledger/1", "releases": [{"name": "x", "kind": "other", "events": [{"noise": 1}]}]}"#,
        "noise_multiplier"
      ),
      (
        #"{"schema": "assay.ledger/1", "releases": [{"name": "x", "kind": "other", "events": [{"noise_multiplier": -1}]}]}"#,
        "noise_multiplier"
      ),
      (
        #"{"schema": "assay.ledger/1", "releases": [{"name": "x", "kind": "other", "events": [], "at": "today"}]}"#,
        "a time"
      ),
      (#"[{"noise_multiplier": 1, "steps": -4}]"#, "steps"),
    ] {
      try text.write(toFile: broken, atomically: true, encoding: .utf8)
      let outcome = try release(rows, "a.stats", ledger: "broken.json")
      #expect(outcome.status == 2, "\(text): \(outcome.errors)")
      #expect(outcome.errors.contains(word), "\(text): \(outcome.errors)")
      #expect(try String(contentsOfFile: broken, encoding: .utf8) == text)
      #expect(!FileManager.default.fileExists(atPath: folder + "/a.stats"))
    }
    // A folder stands where the ledger should be.
    let inside = try release(rows, "a.stats", ledger: ".")
    #expect(inside.status != 0)
    // No folder to write to: nothing is charged.
    let gone = try release(rows, "missing/a.stats")
    #expect(gone.status == 2 && gone.errors.contains("missing"), "\(gone.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder + "/ledger.json"))
    // A link into nowhere is found only when the file is put into place: the charge stays, and is said.
    try FileManager.default.createSymbolicLink(
      atPath: folder + "/link.stats", withDestinationPath: folder + "/nowhere")
    let late = try release(rows, "link.stats")
    #expect(late.status == 74 && late.errors.contains("charged already"), "\(late.errors)")
    let ledger = try JSONValue.parse(
      InputFile.read(folder + "/ledger.json"), path: "ledger.json")
    #expect(ledger["releases"]?.array?.count == 1)
  }

  @Test("noised files merge, add their noise, and do not mix with exact ones")
  func merging() throws {
    let (a, b) = (try table("a", rows: 900), try table("b", rows: 700, seed: 9))
    #expect(try release(a, "a.stats").status == 0)
    #expect(
      try release(b, "b.stats", noise: ["--noise", "seeded", "--seed", "6"]).status == 0)
    for (order, name) in [(["a", "b"], "ab"), (["b", "a"], "ba")] {
      let outcome = try Executable.run(
        ["merge"] + order.map { "\(folder)/\($0).stats" } + ["-o", "\(folder)/\(name).stats"])
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    #expect(
      try InputFile.read(folder + "/ab.stats") == InputFile.read(folder + "/ba.stats"))
    let merged = try json(["evaluate", folder + "/ab.stats", "--json"])
    let privacy = try #require(merged["privacy"])
    #expect(privacy["noise_variance"]?.double == 512)
    let both = try #require(privacy["epsilon"]?.double)
    let disjoint = try #require(privacy["epsilon_if_disjoint"]?.double)
    let alone = try json(["evaluate", folder + "/a.stats", "--json"])["privacy"]?["epsilon"]?.double
    #expect(disjoint == alone && both > disjoint)
    let exact = folder + "/exact.stats"
    #expect(
      try Executable.run(
        ["stats", a]
          + Self.columns.filter { !$0.contains("=") || $0.contains("=p") }
          .filter { $0 != "--groups" } + ["-o", exact]
      ).status == 0)
    for order in [["a.stats", "exact.stats"], ["exact.stats", "a.stats"]] {
      let mixed = try Executable.run(["evaluate"] + order.map { "\(folder)/\($0)" })
      #expect(mixed.status == 2 && mixed.errors.contains("exact counts"), "\(mixed.errors)")
    }
    let twice = try Executable.run(["evaluate", folder + "/a.stats", folder + "/a.stats"])
    #expect(twice.status == 2)
  }

  @Test("noise of the operating system differs every time, and documents are written")
  func system() throws {
    let rows = try table("a", rows: 900)
    #expect(try release(rows, "a.stats", noise: []).status == 0)
    #expect(try release(rows, "b.stats", noise: []).status == 0)
    #expect(
      try InputFile.read(folder + "/a.stats") != InputFile.read(folder + "/b.stats"))
    let report = folder + "/report"
    let outcome = try Executable.run(
      ["evaluate", folder + "/a.stats", "-o", report, "--as-of", "2026-01-01T00:00:00Z"])
    #expect(outcome.status == 0 || outcome.status == 1, "\(outcome.errors)")
    #expect(outcome.output.contains("add-or-remove-one"))
    let verified = try Executable.run(["verify", report])
    #expect(verified.status == 0, "\(verified.errors)")
  }

  @Test("half a description of noise is misuse")
  func misuse() throws {
    let rows = try table("a", rows: 40)
    for (drop, word) in [
      ("--delta", "--delta"), ("--ledger", "--ledger"), ("--rows-per-unit", "--rows-per-unit"),
      ("--noise-multiplier", "--noise-multiplier"), ("--client", "--client"),
    ] {
      var arguments =
        ["stats", rows] + Self.columns + [
          "--noise-multiplier", "4", "--rows-per-unit", "4", "--delta", "1e-6", "--ledger",
          folder + "/l.json", "-o", folder + "/a.stats",
        ]
      let place = try #require(arguments.firstIndex(of: drop))
      arguments.removeSubrange(place...(place + 1))
      let outcome = try Executable.run(arguments)
      #expect(outcome.status == 64 && outcome.errors.contains(word), "\(drop): \(outcome.errors)")
    }
    #expect(try release(rows, "a.stats", noise: ["--noise", "seeded"]).status == 64)
    #expect(try release(rows, "a.stats", noise: ["--seed", "4"]).status == 64)
    let few = try release(rows, "a.stats", ["--bins", "100"])
    #expect(few.status == 2 && few.errors.contains("100 bins"), "\(few.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder + "/ledger.json"))
  }
}
