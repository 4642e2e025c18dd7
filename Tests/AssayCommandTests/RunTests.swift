import AssayFiles
import AssayTestSupport
import Foundation
import Testing

@Suite("A pilot from file to gate")
struct RunTests {
  static let clock = ["--as-of", "2026-01-31T08:00:00Z", "--quiet"]

  static func json(_ path: String) throws -> JSONValue {
    try JSONValue.parse(Array(Data(contentsOf: URL(fileURLWithPath: path))), path: path)
  }

  /// Every file of a folder by its path, with its bytes.
  static func files(_ folder: String) throws -> [String: Data] {
    var files: [String: Data] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: folder) {
      var isFolder: ObjCBool = false
      let full = folder + "/" + path
      _ = FileManager.default.fileExists(atPath: full, isDirectory: &isFolder)
      if !isFolder.boolValue { files[path] = try Data(contentsOf: URL(fileURLWithPath: full)) }
    }
    return files
  }

  @Test("writes every file that INTERFACE names, runs closed to others")
  func allFiles() throws {
    let pilot = try SmallPilot()
    defer { pilot.remove() }
    let outcome = try Executable.run(["run", pilot.path, "-o", pilot.output] + Self.clock)
    #expect(outcome.status == 1, "nobody attested anything: \(outcome.errors)")
    let files = try Self.files(pilot.output)
    for name in [
      "evaluation.html", "model-card.html", "model-card.md", "model-card.json",
      "dp-feasibility.html", "pilot-readiness.html", "gate.xml", "evidence.json", "pilot.yaml",
      "statements.yaml", "checklist.yaml", "manifest.json", "timings.json",
    ] { #expect(files[name] != nil, "\(name)") }
    for arm in ["baseline", "local", "federated", "federated-dp"] {
      for seed in [1, 2] {
        #expect(files["runs/\(arm)-seed\(seed)/run.json"] != nil)
        #expect(files["runs/\(arm)-seed\(seed)/predictions.csv"] != nil)
        #expect(arm == "local" || files["runs/\(arm)-seed\(seed)/model.safetensors"] != nil)
      }
    }
    let attributes = try FileManager.default.attributesOfItem(
      atPath: pilot.output + "/runs/baseline-seed1")
    #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o700)
    let predictions = String(
      decoding: files["runs/baseline-seed1/predictions.csv"] ?? Data(), as: UTF8.self)
    #expect(predictions.hasPrefix("row,site,region,label,score\n"), "no inputs, nothing sensitive")
  }

  // The log of rounds beside a run was once taken for that of another tool.
  @Test("what a run wrote is read back as its own runs")
  func ingested() throws {
    let pilot = try SmallPilot()
    defer { pilot.remove() }
    _ = try Executable.run(["run", pilot.path, "-o", pilot.output] + Self.clock)
    let outcome = try Executable.run(["ingest", pilot.output, "--json", "--quiet"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let runs =
      try JSONValue.parse(Array(outcome.output.utf8), path: "stdout")["runs"]?.array ?? []
    // Four arms with two seeds each.
    #expect(runs.count == 8)
    #expect(runs.allSatisfy { $0["format"]?.string == "assay" })
  }

  @Test("one and four threads give the same bytes in every file but the timings")
  func sameBytes() throws {
    let pilot = try SmallPilot()
    defer { pilot.remove() }
    _ = try Executable.run(
      ["run", pilot.path, "-o", pilot.folder + "/a", "--threads", "1"] + Self.clock)
    _ = try Executable.run(
      ["run", pilot.path, "-o", pilot.folder + "/b", "--threads", "4"] + Self.clock)
    var a = try Self.files(pilot.folder + "/a")
    var b = try Self.files(pilot.folder + "/b")
    #expect(a.removeValue(forKey: "timings.json") != nil)
    #expect(b.removeValue(forKey: "timings.json") != nil)
    #expect(a.count > 20)
    for (path, bytes) in a { #expect(bytes == b[path], "\(path)") }
    #expect(a.count == b.count)
  }

  @Test("reproduce gives the same bytes; another data file is named as a difference")
  func reproduces() throws {
    let pilot = try SmallPilot()
    defer { pilot.remove() }
    _ = try Executable.run(["run", pilot.path, "-o", pilot.output] + Self.clock)
    let same = try Executable.run(["reproduce", pilot.output, "--quiet"])
    #expect(same.status == 0, "\(same.errors)")
    try pilot.write(SmallPilot.data(rows: 200), to: "other.csv")
    let other = try Executable.run(
      ["reproduce", pilot.output, "--data", pilot.folder + "/other.csv"])
    #expect(other.status == 1)
    #expect(other.output.contains("has the digest"))
  }

  @Test("verify passes, and fails when any digit of any document is changed")
  func verifies() throws {
    let pilot = try SmallPilot()
    defer { pilot.remove() }
    _ = try Executable.run(["run", pilot.path, "-o", pilot.output] + Self.clock)
    let intact = try Executable.run(["verify", pilot.output])
    #expect(intact.status == 0, "\(intact.output)\(intact.errors)")
    for name in [
      "evaluation.html", "model-card.html", "model-card.md", "model-card.json",
      "dp-feasibility.html", "pilot-readiness.html", "gate.xml", "evidence.json",
    ] {
      let path = pilot.output + "/" + name
      let before = try Data(contentsOf: URL(fileURLWithPath: path))
      var bytes = Array(before)
      let digits = bytes.indices.filter { (0x30...0x39).contains(bytes[$0]) }
      let changed = digits[digits.count / 2]
      bytes[changed] = bytes[changed] == 0x39 ? 0x30 : bytes[changed] + 1
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      let outcome = try Executable.run(["verify", pilot.output])
      #expect(outcome.status == 1 || outcome.status == 2, "\(name): \(outcome.output)")
      try before.write(to: URL(fileURLWithPath: path))
    }
    #expect(try Executable.run(["verify", pilot.output, "--quiet"]).status == 0)
  }

  @Test("a changed document is found even when its digest in the manifest is mended")
  func mendedManifest() throws {
    let pilot = try SmallPilot()
    defer { pilot.remove() }
    _ = try Executable.run(["run", pilot.path, "-o", pilot.output] + Self.clock)
    let path = pilot.output + "/pilot-readiness.html"
    let before = try String(contentsOfFile: path, encoding: .utf8)
    let forged = before.replacingOccurrences(of: "NOT READY", with: "READY")
    #expect(forged != before)
    try forged.write(toFile: path, atomically: true, encoding: .utf8)
    let manifest = pilot.output + "/manifest.json"
    let digests = try String(contentsOfFile: manifest, encoding: .utf8)
    try digests.replacingOccurrences(
      of: SHA256.hexDigest(before), with: SHA256.hexDigest(forged)
    ).write(toFile: manifest, atomically: true, encoding: .utf8)
    let outcome = try Executable.run(["verify", pilot.output])
    #expect(outcome.status == 1)
    #expect(outcome.output.contains("pilot-readiness.html does not follow"), "\(outcome.output)")
  }

  @Test("a changed prediction is found even when every digest is mended")
  func mendedPrediction() throws {
    let pilot = try SmallPilot()
    defer { pilot.remove() }
    _ = try Executable.run(["run", pilot.path, "-o", pilot.output] + Self.clock)
    let path = pilot.output + "/runs/federated-seed1/predictions.csv"
    let before = try String(contentsOfFile: path, encoding: .utf8)
    var lines = before.split(separator: "\n").map(String.init)
    for index in 1..<10 {
      var fields = lines[index].split(separator: ",").map(String.init)
      fields[4] = fields[3] == "1" ? "0.01" : "0.99"
      lines[index] = fields.joined(separator: ",")
    }
    let forged = lines.joined(separator: "\n") + "\n"
    try forged.write(toFile: path, atomically: true, encoding: .utf8)
    let manifest = pilot.output + "/manifest.json"
    let digests = try String(contentsOfFile: manifest, encoding: .utf8)
    try digests.replacingOccurrences(
      of: SHA256.hexDigest(before), with: SHA256.hexDigest(forged)
    ).write(toFile: manifest, atomically: true, encoding: .utf8)
    let outcome = try Executable.run(["verify", pilot.output])
    #expect(outcome.status == 1)
    #expect(outcome.output.contains("accuracy/federated/overall"), "\(outcome.output)")
  }

  @Test("report writes the same documents again; gate can be judged for a trial")
  func reports() throws {
    let pilot = try SmallPilot()
    defer { pilot.remove() }
    _ = try Executable.run(["run", pilot.path, "-o", pilot.output] + Self.clock)
    let before = try Self.files(pilot.output)
    let again = try Executable.run(["report", pilot.output, "--quiet"])
    #expect(again.status == 1, "\(again.errors)")
    let after = try Self.files(pilot.output)
    for (path, bytes) in before { #expect(bytes == after[path], "\(path)") }
    let trial = try Executable.run(["gate", pilot.output, "--stage", "trial", "--json"])
    let json = try JSONValue.parse(Array(trial.output.utf8), path: "stdout")
    #expect((json["pending_attestations"]?.integer ?? 0) > 0)
    #expect(json["stage"]?.string == "trial")
  }

  @Test("an arm that diverges fails with its reason, and the other arms go on")
  func divergence() throws {
    let pilot = try SmallPilot()
    defer { pilot.remove() }
    try pilot.replace(
      "    local: {epochs: 1, batch_size: 16, learning_rate: 0.1}",
      by: "    local: {epochs: 1, batch_size: 16, learning_rate: 1e30}")
    let outcome = try Executable.run(["run", pilot.path, "-o", pilot.output] + Self.clock)
    #expect(outcome.status == 1, "\(outcome.errors)")
    let run = try Self.json(pilot.output + "/runs/federated-seed1/run.json")
    #expect(run["status"]?.string == "failed")
    let baseline = try Self.json(pilot.output + "/runs/baseline-seed1/run.json")
    #expect(baseline["status"]?.string == "completed")
  }

  /// Every kind of state that may overflow: the model, control variates, moments, a buffer, personal models,
  /// and weights that depend on losses.
  @Test("arms of many algorithms diverge side by side, and every document is written")
  func manyDivergences() throws {
    let pilot = try SmallPilot()
    defer { pilot.remove() }
    let names = [
      "fedavg", "scaffold", "fedadam", "{name: fedbuff, buffer: 3}", "ditto", "qfedavg", "afl",
      "median", "krum", "geometric-median", "fednova",
    ]
    let arms = names.enumerated().map { index, algorithm in
      """
        - name: wild-\(index)
          extends: federated
          algorithm: \(algorithm)
          local: {epochs: 1, batch_size: 16, learning_rate: \(index % 2 == 0 ? "1e30" : "1e12")}

      """
    }
    try pilot.replace(
      "  - name: federated-dp\n", by: arms.joined() + "  - name: federated-dp\n")
    let outcome = try Executable.run(["run", pilot.path, "-o", pilot.output] + Self.clock)
    #expect(outcome.status == 1, "\(outcome.errors)")
    var failed = 0
    for index in names.indices {
      let run = try Self.json(pilot.output + "/runs/wild-\(index)-seed1/run.json")
      guard run["status"]?.string == "failed" else { continue }
      failed += 1
      let failure = try #require(run["details"]?["failure"])
      #expect(failure["round"]?.integer != nil)
      #expect((failure["loss_history"]?.array?.count ?? 0) > 1)
      #expect(failure["cause"]?.string?.contains("learning rate") == true)
    }
    #expect(failed >= 6)
    for name in ["baseline", "local", "federated", "federated-dp"] {
      let run = try Self.json(pilot.output + "/runs/\(name)-seed2/run.json")
      #expect(run["status"]?.string == "completed")
    }
    let files = try Self.files(pilot.output)
    for name in ["evaluation.html", "model-card.html", "dp-feasibility.html", "gate.xml"] {
      #expect((files[name]?.count ?? 0) > 1_000)
    }
    #expect(try Executable.run(["verify", pilot.output, "--quiet"]).status == 0)
  }

  @Test("budgets become arms, and clipping without noise has an infinite ε")
  func budgets() throws {
    let pilot = try SmallPilot()
    defer { pilot.remove() }
    try pilot.replace(
      "privacy: {unit: client, clip: 1.0, noise_multiplier: 1.0}",
      by: "privacy: {unit: client, clip: 1.0, budgets: [2, 8, inf]}")
    let outcome = try Executable.run(["run", pilot.path, "-o", pilot.output] + Self.clock)
    #expect(outcome.status == 1, "\(outcome.errors)")
    let record = try Self.json(pilot.output + "/evidence.json")
    func epsilon(_ arm: String) -> JSONValue? {
      record["evidence"]?.array?.first { $0["id"]?.string == "epsilon/\(arm)/overall" }?["value"]
    }
    let two = try #require(epsilon("federated-dp-eps2")?.double)
    #expect(two <= 2 && two > 1.99)
    let eight = try #require(epsilon("federated-dp-eps8")?.double)
    #expect(eight <= 8 && eight > 7.99)
    #expect(epsilon("federated-dp-epsinf")?.string == "infinity")
  }
}
