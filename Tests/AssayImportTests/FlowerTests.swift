import AssayDiagnostics
import AssayFiles
import AssayImport
import AssayRuns
import AssayTestSupport
import Testing

@Suite("Flower") struct FlowerTests {
  @Test(
    "the runs of the set are read as the recording grid and the app noted them",
    .enabled(if: TestData.external != nil, "needs ASSAY_TEST_DATA"))
  func truthOfTheSet() throws {
    let runs = try importRuns(from: artifacts + "/flower/runs")
    #expect(runs.count == 3)
    for (name, known) in try truth()["flower"]?["runs"]?.object?.members ?? [] {
      let run = try runs.run(known["run_id"]?.string)
      #expect(run.name == name)
      #expect(run.status.rawValue == known["status"]?.string)
      #expect(run.seed == known["run_config"]?["seed"]?.integer)
      #expect(run.parameters == known["run_config"]?.object)
      guard name != "crashed" else { continue }
      #expect(run.rounds.count == known["rounds"]?.integer)
      #expect(run.metrics["accuracy"] == known["final_accuracy"]?.double)
      #expect(run.metrics["loss"] == known["final_loss"]?.double)
      #expect(total(run, \.selected) == known["selected"]?.integer)
      #expect(total(run, \.completed) == known["completed"]?.integer)
      #expect(total(run, \.failed) == known["failed"]?.integer)
      #expect(total(run, \.noReply) == known["no_reply"]?.integer)
      for round in run.rounds {
        #expect(round.failed == known["failed_by_round"]?["\(round.round)"]?.integer)
        #expect(
          round.selected
            == (round.completed ?? 0) + (round.failed ?? 0) + (round.noReply ?? 0))
      }
      // Bytes count the evaluation exchanges too.
      #expect(total(run, \.bytesDown) == known["bytes_down"]?.integer)
      #expect(total(run, \.bytesUp) == known["bytes_up"]?.integer)
      let aggregated = known["train_rounds_aggregated"]?.array?.compactMap(\.integer)
      #expect(run.rounds.filter { $0.aggregated == true }.map(\.round) == aggregated)
      #expect(run.rounds.allSatisfy { $0.aggregated != nil })
      #expect(
        run.details["clients"]?.array?.count == known["distinct_clients_selected"]?.integer)
      #expect(run.details["predictions"]?["path"] == .string("\(name)/predictions.csv"))
    }
  }

  @Test(
    "the old History is read with the counts of its log",
    .enabled(if: TestData.external != nil, "needs ASSAY_TEST_DATA"))
  func legacyTruth() throws {
    let all = try truth()["flower"]
    let pairs = [
      ("legacy-history", "legacy_history"),
      ("legacy-history-all-failed", "legacy_history_all_failed"),
    ]
    for (folder, key) in pairs {
      let run = try #require(try importRuns(from: "\(artifacts)/flower/\(folder)").first)
      let known = all?[key]
      #expect(run.id == folder)
      #expect(run.status == .completed)
      #expect(run.rounds.count == known?["rounds_in_history"]?.integer)
      #expect(run.metrics["loss"] == known?["final_loss"]?.double)
      #expect(run.metrics["accuracy"] == known?["final_accuracy"]?.double)
      for (round, counts) in zip(run.rounds, known?["fit_results"]?.array ?? []) {
        #expect(round.selected == 6)
        #expect(round.completed == counts[0]?.integer)
        #expect(round.failed == counts[1]?.integer)
        #expect(round.noReply == 0)
        #expect(round.aggregated == (counts[0]?.integer != 0))
      }
      #expect(run.seed == nil)
      #expect(run.warnings.contains("seed not recorded"))
      let warned = run.warnings.contains(
        "no round was aggregated; not evidence of federated training")
      #expect(warned == (folder == "legacy-history-all-failed"))
    }
    // Without the log the counts are not known, but that nothing happened still is.
    let alone = try importRuns(
      from: artifacts + "/flower/legacy-history-all-failed/history.json")
    #expect(
      alone.first?.warnings.last == "no round was aggregated; not evidence of federated training")
  }

  @Test(
    "a folder of all runs joins the list that stands in it",
    .enabled(if: TestData.external != nil, "needs ASSAY_TEST_DATA"))
  func runList() throws {
    let runs = try importRuns(from: artifacts + "/flower")
    #expect(runs.count == 5)
    for (id, status) in try truth()["flower"]?["flwr_list_runs"]?.object?.members ?? [] {
      let run = try runs.run(id)
      #expect(status.string == "finished:\(run.status.rawValue)")
      #expect(run.started?.hasPrefix("2026-11-23T22:") == true)
      #expect(run.sources.last?.path == "flwr_list.json")
    }
  }

  @Test("releases are counted, not rounds: the skipped round released nothing")
  func releases() throws {
    let run = try #require(try importRuns(from: fixtures + "/flower/dp").first)
    // README of the set: 12 rounds, 11 releases; round 7 was skipped after 4 clients failed.
    #expect(run.rounds.count == 12)
    #expect(
      run.privacy
        == PrivacyRecord(
          history: [
            PrivacyEvent(
              noiseMultiplier: 1.1, samplingRate: 1, sampling: PrivacyEvent.Sampling.none, steps: 11
            )
          ], delta: 0.001, claimedEpsilon: 14.493279128611237, claimedAccountant: "rdp", clip: 0.8,
          unit: .client, neighbouring: .addOrRemoveOne, population: 20))
    let skipped = run.rounds[6]
    #expect(skipped.aggregated == false)
    #expect(skipped.completed == 6)
    #expect(skipped.causes == ["client app raised an exception": 4])
    #expect(
      run.warnings.contains("round 7: 6 updates arrived and nothing was aggregated"))
    #expect(
      run.warnings.contains(
        "left out, as averages of identifiers or weights say nothing: 'partition-id'"))
    #expect(!run.metrics.keys.contains("partition-id"))
    #expect(run.details["strategy"] == .string("DifferentialPrivacyServerSideFixedClipping"))
  }

  @Test("the log alone gives id, counts, skipped rounds and releases")
  func logAlone() throws {
    let full = try #require(try importRuns(from: fixtures + "/flower/dp").first)
    let run = try #require(
      try importRuns(from: fixtures + "/flower/dp/flwr_run.log").first)
    #expect(run.id == "18351398136434689672")
    #expect(run.status == .completed)
    #expect(run.rounds.map(\.round) == full.rounds.map(\.round))
    #expect(run.rounds.map(\.selected) == full.rounds.map(\.selected))
    #expect(run.rounds.map(\.failed) == full.rounds.map(\.failed))
    #expect(run.rounds.map(\.aggregated) == full.rounds.map(\.aggregated))
    #expect(run.rounds[6].completed == nil)
    #expect(run.privacy?.history == full.privacy?.history)
    #expect(run.privacy?.clip == 0.8)
    #expect(run.privacy?.delta == 0.001)
    #expect(run.sources.map(\.path) == ["flwr_run.log"])
  }

  @Test(
    "a round without any reply prints nothing; the log shows it as asked and not answered",
    .enabled(if: TestData.external != nil, "needs ASSAY_TEST_DATA"))
  func timedOut() throws {
    let run = try #require(
      try importRuns(from: artifacts + "/flower/runs/fedavg/flwr_run.log").first)
    let full = try #require(try importRuns(from: artifacts + "/flower/runs/fedavg").first)
    #expect(run.rounds[0].noReply == 10)
    for (a, b) in zip(run.rounds, full.rounds) {
      #expect(a.completed == b.completed)
      #expect(a.failed == b.failed)
      #expect(a.noReply == b.noReply)
    }
    #expect(
      run.warnings.contains("round 1: none of the 10 selected clients replied"))
    #expect(full.rounds[0].causes == ["no reply": 10])
  }

  @Test("a crashed run is failed, keeps its error and claims no privacy")
  func crashed() throws {
    let run = try #require(try importRuns(from: fixtures + "/flower/crashed").first)
    #expect(run.status == .failed)
    #expect(run.id == "8253633629055974477")
    #expect(run.privacy == nil)
    #expect(
      run.details["error"]?.string
        == "ValueError: Unsupported privacy accounting model: sampling_method='no-amplification' "
        + "with neighboring_relation='replace-one'.")
    #expect(
      run.warnings.contains(
        "a noise multiplier of 1.1 is configured, but no private release is recorded"))
    #expect(run.warnings.contains("12 rounds planned, 0 recorded"))
  }

  @Test("one of the files alone is a source, and so is a folder with other names")
  func singleFiles() throws {
    let result = try #require(try importRuns(from: fixtures + "/flower/dp/result.json").first)
    #expect(result.metrics["accuracy"] == 0.8149645924568176)
    #expect(result.rounds.count == 12)
    #expect(result.id == "dp")
    let lines = try #require(try importRuns(from: fixtures + "/flower/dp/rounds.jsonl").first)
    #expect(lines.rounds.map(\.completed).first == 10)
    #expect(lines.started == "2026-11-23T22:27:14.207Z")
    let scratch = try Scratch(copying: "flower/dp")
    try scratch.write("my-metrics.json", try scratch.bytes("result.json"))
    try scratch.remove("result.json")
    #expect(try importRuns(from: scratch.root).first?.metrics == result.metrics)
    try scratch.write("your-metrics.json", try scratch.bytes("my-metrics.json"))
    #expect(
      scratch.message()
        == """
        IN: error: my-metrics.json and your-metrics.json cannot stand together: both look like \
        result.json
          help: name the one that counts result.json, or give that file alone
        """)
  }

  @Test("NaN in a dump is left out, counted and named")
  func notANumber() throws {
    let scratch = try Scratch(copying: "flower/dp")
    try scratch.replace("0.3886549472808838", with: "NaN", in: "result.json")
    let run = try #require(try importRuns(from: scratch.root).first)
    #expect(run.metrics["loss"] == nil)
    #expect(run.metrics["accuracy"] != nil)
    #expect(
      run.warnings.contains(
        "1 of 13 values of 'loss' is not finite (NaN, first in round 12); the last one too, so it "
          + "has no final value"))
  }

  @Test("a broken line of the recorder names its place; a cut last line is left out")
  func brokenLines() throws {
    let scratch = try Scratch(copying: "flower/dp")
    let text = String(decoding: try scratch.bytes("rounds.jsonl"), as: UTF8.self)
    try scratch.write("rounds.jsonl", text.dropLast(40).description)
    let run = try #require(try importRuns(from: scratch.root).first)
    #expect(run.warnings.contains("the last line of rounds.jsonl is cut off; it is left out"))
    try scratch.write("rounds.jsonl", "{\"phase\": \"train\", \"round\": 1, \"selected\": 3}\n{]\n")
    #expect(
      scratch.message() == """
        IN/rounds.jsonl:2:2: error: expected valid JSON: expected a name in quotes
          2 | {]
            |  ^
        """)
    try scratch.write("rounds.jsonl", "{\"phase\": \"train\", \"round\": 1, \"selected\": -3}\n")
    #expect(
      scratch.message()
        == "IN/rounds.jsonl:1: error: expected a count of 0 or more for 'selected', found '-3'")
  }

  @Test("a broken Result names the member")
  func brokenResult() throws {
    let scratch = try Scratch(copying: "flower/dp")
    try scratch.replace("0.673962835147495", with: "\"x\"", in: "result.json")
    #expect(
      scratch.message() == """
        IN/result.json (train_metrics_clientapp.1.train_loss): error: expected a number for \
        'train_metrics_clientapp.1.train_loss', found something else
        """)
  }

  @Test("two runs in one recorder's file are noticed")
  func appended() throws {
    let scratch = try Scratch(copying: "flower/dp")
    let bytes = try scratch.bytes("rounds.jsonl")
    try scratch.write("rounds.jsonl", bytes + bytes)
    let run = try #require(try importRuns(from: scratch.root).first)
    #expect(run.rounds.count == 12)
    #expect(
      run.warnings.contains(
        "12 rounds stand more than once (first: round 1), as if two runs wrote one file; the "
          + "latest counts"))
  }

  private func total(_ run: Run, _ path: KeyPath<Round, Int?>) -> Int {
    run.rounds.reduce(0) { $0 + ($1[keyPath: path] ?? 0) }
  }
}
