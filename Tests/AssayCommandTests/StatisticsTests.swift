import AssayFiles
import AssayTestSupport
import Foundation
import Testing

/// `assay stats`, `assay merge` and `assay evaluate` on their files, from outside.
@Suite("Files of statistics on the command line")
struct StatisticsTests {
  static let columns = [
    "--label", "label", "--score", "baseline=p0", "--score", "federated=p1", "--segment", "region",
    "--sensitive", "sex", "--client", "client",
  ]

  let folder = TestData.temporaryFolder()

  /// A table of so many rows, written into a file for each shard.
  private func tables(rows: Int, shards: Int) throws -> [String] {
    var parts = [[String]](repeating: [], count: shards)
    var state: UInt64 = 88_172_645_463_325_252
    func next() -> Double {
      // Xorshift64: any sequence will do.
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Double(state >> 11) * 0x1p-53
    }
    for row in 0..<rows {
      let p = next()
      let label = next() < p ? 1 : 0
      let noisy = max(0, min(1, p + 0.4 * (next() - 0.5)))
      let region = ["north", "south", "", "\"a,b\""][Int(next() * 4)]
      let sex = next() < 0.4 ? "f" : "m"
      parts[Int(next() * Double(shards))].append(
        "\(row % 23 == 0 ? "" : "\(label)"),\(noisy),\(p),\(region),\(sex),c\(Int(next() * 30))")
    }
    return try parts.enumerated().map { index, lines in
      let path = "\(folder)/part-\(shards)-\(index).csv"
      let text = (["label,p0,p1,region,sex,client"] + lines).joined(separator: "\n") + "\n"
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      return path
    }
  }

  private func stats(_ paths: [String], _ output: String, _ more: [String] = []) throws
    -> Executable.Outcome
  {
    try Executable.run(["stats"] + paths + Self.columns + ["-o", output] + more)
  }

  private func bytes(_ path: String) throws -> [UInt8] { try InputFile.read(path) }

  @Test("one file and nine merged shards have the same bytes and the same results")
  func shards() throws {
    let whole = try tables(rows: 900, shards: 1)
    let all = folder + "/all.stats"
    let outcome = try stats(whole, all, ["--threads", "1"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("900 rows, 2 arms"))
    let collected = folder + "/collected"
    try FileManager.default.createDirectory(
      atPath: collected, withIntermediateDirectories: true)
    let parts = try tables(rows: 900, shards: 9)
    for (index, part) in parts.enumerated() {
      let own = try stats([part], "\(collected)/\(index).stats", ["--threads", "\(1 + index % 2)"])
      #expect(own.status == 0, "\(own.errors)")
    }
    let merged = folder + "/merged.stats"
    let join = try Executable.run(["merge", collected, "-o", merged])
    #expect(join.status == 0, "\(join.errors)")
    #expect(try bytes(merged) == bytes(all))
    // Another order and another tree.
    let some = folder + "/some.stats"
    let names = (0..<9).reversed().map { "\(collected)/\($0).stats" }
    #expect(try Executable.run(["merge"] + names[0..<4] + ["-o", some]).status == 0)
    let tree = folder + "/tree.stats"
    #expect(try Executable.run(["merge"] + names[4...] + [some, "-o", tree]).status == 0)
    #expect(try bytes(tree) == bytes(all))
    // Results: from the file, from the shards, on any number of threads.
    let one = try Executable.run(["evaluate", all, "--json", "--threads", "1"])
    #expect(one.status == 0, "\(one.errors)")
    #expect(
      try Executable.run(["evaluate", merged, "--json", "--threads", "2"]).output == one.output)
    #expect(try Executable.run(["evaluate"] + names + ["--json"]).output == one.output)
    let result = try JSONValue.parse(Array(one.output.utf8), path: "stdout")
    let rows = try Executable.run(["evaluate"] + whole + Self.columns + ["--json"])
    let exact = try JSONValue.parse(Array(rows.output.utf8), path: "stdout")
    #expect(result["rows"] == exact["rows"])
    #expect(result["clients"] == exact["clients"])
    for arm in ["baseline", "federated"] {
      let ours = result["arms"]?[arm]?["overall"]
      let theirs = exact["arms"]?[arm]?["overall"]
      for id in ["accuracy", "log_loss", "f1", "expected_calibration_error"] {
        let value = try #require(ours?[id]?["value"]?.double)
        let expected = try #require(theirs?[id]?["value"]?.double)
        #expect(abs(value - expected) < 1e-12, "\(id)")
      }
      let area = try #require(ours?["roc_auc"])
      let bound = try #require(area["error_bound"]?.double)
      let value = try #require(area["value"]?.double)
      let expected = try #require(theirs?["roc_auc"]?["value"]?.double)
      #expect(abs(value - expected) <= bound)
      #expect(area["interval_note"]?.string?.contains("binned") == true)
    }
  }

  @Test("documents are written from statistics as from rows")
  func documents() throws {
    let all = folder + "/all.stats"
    _ = try stats(tables(rows: 300, shards: 1), all)
    let report = folder + "/report"
    let outcome = try Executable.run(
      ["evaluate", all, "-o", report, "--as-of", "2026-01-01T00:00:00Z"])
    #expect(outcome.status == 0 || outcome.status == 1, "\(outcome.errors)")
    for name in ["evaluation.html", "evidence.json", "gate.xml", "manifest.json"] {
      #expect(FileManager.default.fileExists(atPath: "\(report)/\(name)"), "\(name)")
    }
    let verified = try Executable.run(["verify", report])
    #expect(verified.status == 0, "\(verified.errors)")
  }

  @Test("a file shows all that it holds, and no rows")
  func view() throws {
    let all = folder + "/all.stats"
    _ = try stats(tables(rows: 60, shards: 1), all)
    let outcome = try Executable.run(["stats", all, "--json"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let json = try JSONValue.parse(Array(outcome.output.utf8), path: "stdout")
    #expect(json["schema"]?.string == "assay.statistics/1")
    #expect(json["rows"]?.integer == 60)
    #expect(json["shape"]?["arms"] == .strings(["baseline", "federated"]))
    #expect(json["shape"]?["client"]?.string == "client")
    let cells = try #require(json["cells"]?.array)
    #expect(cells.first?["column"] == .null)
    #expect(cells.contains { $0["group"]?[0] == .string("a,b") })
    // The missing group is null, whatever a group is called.
    #expect(cells.contains { $0["group"]?[0] == .null })
  }

  @Test("the same content twice is refused unless it is meant")
  func duplicates() throws {
    let (a, b) = (folder + "/a.stats", folder + "/b.stats")
    let table = try tables(rows: 50, shards: 1)
    _ = try stats(table, a)
    _ = try stats(table, b)
    let out = folder + "/out.stats"
    let refused = try Executable.run(["merge", a, b, "-o", out])
    #expect(refused.status == 2)
    #expect(refused.errors.contains("their rows would count twice"), "\(refused.errors)")
    #expect(!FileManager.default.fileExists(atPath: out))
    let taken = try Executable.run(["merge", a, b, "-o", out, "--allow-duplicates"])
    #expect(taken.status == 0)
    #expect(taken.output.contains("100 rows"))
    #expect(try Executable.run(["evaluate", a, b, "--json"]).status == 2)
  }

  @Test("files of different shapes are refused, and the message names what differs")
  func shapes() throws {
    let table = try tables(rows: 50, shards: 1)
    let (a, b) = (folder + "/a.stats", folder + "/b.stats")
    _ = try stats(table, a)
    _ = try stats(table, b, ["--threshold", "0.4"])
    let refused = try Executable.run(["merge", a, b, "-o", folder + "/out.stats"])
    #expect(refused.status == 2)
    #expect(
      refused.errors.contains("the threshold differ: 0.5 in the first, 0.4 in the second"),
      "\(refused.errors)")
  }

  @Test(
    "options that contradict the file are refused",
    arguments: [
      ["--threshold", "0.7"], ["--reference", "federated"], ["--segment", "sex"],
      ["--sensitive", "region"], ["--client", "hospital"], ["--task", "regression"],
    ])
  func contradictions(options: [String]) throws {
    let all = folder + "/all.stats"
    _ = try stats(tables(rows: 40, shards: 1), all)
    let refused = try Executable.run(["evaluate", all, "--json"] + options)
    #expect(refused.status == 2, "\(refused.errors)")
    #expect(refused.errors.contains("cannot stand together"), "\(refused.errors)")
    #expect(refused.output.isEmpty)
  }

  @Test("options that agree with the file are taken")
  func agreement() throws {
    let all = folder + "/all.stats"
    _ = try stats(tables(rows: 40, shards: 1), all)
    let taken = try Executable.run(
      [
        "evaluate", all, "--json", "--threshold", "0.5", "--reference", "baseline", "--segment",
        "region", "--sensitive", "sex", "--client", "client", "--task", "binary",
      ])
    #expect(taken.status == 0, "\(taken.errors)")
  }

  @Test("columns named beside a file of statistics are refused")
  func columns() throws {
    let all = folder + "/all.stats"
    _ = try stats(tables(rows: 40, shards: 1), all)
    let refused = try Executable.run(["evaluate", all, "--label", "label", "--score", "m=p0"])
    #expect(refused.status == 64 || refused.status == 2, "\(refused.errors)")
  }

  @Test("neither an input nor another file is replaced")
  func outputs() throws {
    let table = try tables(rows: 40, shards: 1)
    let before = try bytes(table[0])
    let own = try stats(table, table[0])
    #expect(own.status == 74)
    #expect(try bytes(table[0]) == before)
    let other = folder + "/notes.txt"
    try "keep me".write(toFile: other, atomically: true, encoding: .utf8)
    #expect(try stats(table, other).status == 74)
    #expect(try bytes(other) == Array("keep me".utf8))
    let all = folder + "/all.stats"
    _ = try stats(table, all)
    // Written again: the same bytes in place of the old ones.
    #expect(try stats(table, all).status == 0)
    let merged = try Executable.run(["merge", all, "-o", all])
    #expect(merged.status == 74, "\(merged.errors)")
    #expect(merged.errors.contains("count its rows twice"), "\(merged.errors)")
  }

  @Test("a damaged file is refused with its place")
  func damage() throws {
    let all = folder + "/all.stats"
    _ = try stats(tables(rows: 40, shards: 1), all)
    var content = try bytes(all)
    content[content.count / 2] ^= 1
    let bad = folder + "/bad.stats"
    try Data(content).write(to: URL(fileURLWithPath: bad))
    for arguments in [["evaluate", bad, "--json"], ["merge", bad, "-o", folder + "/o.stats"]] {
      let refused = try Executable.run(arguments)
      #expect(refused.status == 2)
      #expect(refused.errors.contains("digest at the end"), "\(refused.errors)")
    }
    let empty = folder + "/empty"
    try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: true)
    #expect(try Executable.run(["merge", empty, "-o", folder + "/o.stats"]).status == 2)
    #expect(try Executable.run(["stats", all, "-o", folder + "/o.stats"]).status == 64)
    #expect(!FileManager.default.fileExists(atPath: folder + "/o.stats"))
  }
}
