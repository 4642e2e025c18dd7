import AssayDiagnostics
import AssayFiles
import AssayRuns
import Testing

/// A run with every field set; the values have no meaning.
private let full = Run(
  id: "7", name: "älter <b>", parent: "1", format: "flower", status: .failed, seed: -3,
  started: "2026-01-01T00:00:00Z",
  parameters: [
    "rounds": .integer(20), "rate": .double(0.5), "on": .bool(true), "none": .null,
  ],
  metrics: ["b": 1, "a": 0.1, "ä": 1e-300],
  rounds: [
    Round(
      round: 1, selected: 10, completed: 7, failed: 2, noReply: 1, causes: ["no reply": 1, "x": 2],
      bytesUp: 1, bytesDown: 2, seconds: 0.5, metrics: ["loss": 0.6], aggregated: true,
      clippedFraction: 0.25), Round(round: 2, aggregated: false),
  ],
  privacy: PrivacyRecord(
    history: [
      PrivacyEvent(noiseMultiplier: 1.1, samplingRate: 0.01, steps: 1000),
      PrivacyEvent(mechanism: .laplace, noiseMultiplier: 2, sampling: .fixed, steps: 1),
    ], delta: 1e-5, claimedEpsilon: .infinity, claimedAccountant: "rdp", clip: 0.8, unit: .client,
    neighbouring: .zeroOut, population: 20, noiseSource: .seeded, mechanism: .tree,
    clipQuantile: 0.5, simulatedCohort: 1000, trainedCohort: 12.5),
  sources: [SourceFile(path: "a/b", sha256: String(repeating: "0", count: 64))],
  warnings: ["seed not recorded"],
  details: ["deep": .object(["list": .array([.integer(1), .null])])])

private func read(_ text: String) throws(Diagnostic) -> Run {
  try Run(json: try JSONValue.parse(Array(text.utf8), path: "run.json"), path: "run.json")
}

private func message(_ text: String) -> String {
  do {
    _ = try read(text)
    return "no error"
  } catch { return error.rendered }
}

@Suite("A run as JSON") struct RunCodingTests {
  @Test("a run with every field set survives writing and reading, compact and pretty")
  func roundTrip() throws {
    for pretty in [true, false] {
      #expect(try read(full.json.serialized(pretty: pretty)) == full)
      #expect(try read(full.fileJSON.serialized(pretty: pretty)) == full)
    }
    let bare = Run(id: "x", name: "x", format: "assay", status: .unknown)
    #expect(try read(bare.json.serialized()) == bare)
  }

  @Test("an entry has the members of the interface in its order")
  func members() {
    let json = full.json
    // INTERFACE §5, `assay ingest SOURCE --json`.
    #expect(
      Array(json.object?.keys.prefix(13) ?? []) == [
        "id", "name", "parent", "format", "status", "seed", "started", "parameters", "metrics",
        "rounds", "privacy", "sources", "warnings",
      ])
    #expect(
      Array(json["rounds"]?[0]?.object?.keys.prefix(9) ?? []) == [
        "round", "selected", "completed", "failed", "no_reply", "bytes_up", "bytes_down",
        "seconds", "metrics",
      ])
    #expect(json["status"] == .string("failed"))
    #expect(json["privacy"]?["history"]?[0]?["noise_multiplier"]?.double == 1.1)
    #expect(json["privacy"]?["history"]?[0]?["sampling_rate"]?.double == 0.01)
    #expect(json["privacy"]?["history"]?[0]?["steps"]?.integer == 1000)
    #expect(json["metrics"]?.object?.keys == ["a", "b", "ä"])
    #expect(full.fileJSON["schema"] == .string("assay.run/1"))
  }

  @Test("the interface's own example is read")
  func example() throws {
    let text = """
      {"schema": "assay.runs/1", "runs": [{
        "id": "…", "name": "…", "parent": null, "format": "mlflow-file", "status": "completed",
        "seed": 7, "started": "2026-01-01T00:00:00Z",
        "parameters": {"rounds": 20}, "metrics": {"accuracy": 0.91},
        "rounds": [{"round": 1, "selected": 10, "completed": 7, "failed": 2, "no_reply": 1,
          "bytes_up": 1, "bytes_down": 1, "seconds": 0.5, "metrics": {"loss": 0.6}}],
        "privacy": {"history": [{"noise_multiplier": 1.1, "sampling_rate": 0.01, "steps": 1000}],
          "delta": 1e-05},
        "sources": [{"path": "…", "sha256": "…"}], "warnings": ["seed not recorded"]}]}
      """
    let json = try JSONValue.parse(Array(text.utf8), path: "x")
    let runs = try Run.list(json: json, path: "x")
    #expect(runs.count == 1)
    #expect(runs.first?.rounds.first?.noReply == 1)
    #expect(runs.first?.privacy?.history.first?.sampling == .poisson)
    #expect(try Run.list(json: Run.listJSON(runs + [full]), path: "x") == runs + [full])
  }

  @Test("a broken file names the member and what was expected")
  func broken() {
    #expect(
      message(#"{"id": 3, "format": "assay", "status": "completed"}"#)
        == "run.json (id): error: expected text for 'id', found 3")
    #expect(
      message(#"{"id": "a", "format": "assay"}"#)
        == "run.json (status): error: expected the key 'status' in the run, found none")
    #expect(
      message(#"{"id": "a", "format": "assay", "status": "done"}"#)
        == "run.json (status): error: expected a known word for 'status', found 'done'")
    #expect(
      message(
        #"{"id": "a", "format": "x", "status": "failed", "rounds": [{"round": 1, "failed": 0.5}]}"#)
        == "run.json (rounds[0].failed): error: expected a whole number for 'failed', found 0.5")
    #expect(
      message(#"{"schema": "assay.run/9", "id": "a", "format": "x", "status": "failed"}"#)
        == "run.json (schema): error: expected assay.run/1 for 'schema', found ''assay.run/9''")
    #expect(message("[]") == "run.json: error: expected an object for 'run', found a list")
  }

  @Test("random runs survive writing and reading")
  func randomRoundTrips() throws {
    var state: UInt64 = 20_260_101
    func next(_ bound: Int) -> Int {
      // Knuth's MMIX generator; the upper bits are good enough for choosing.
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    func maybe<Value>(_ value: Value) -> Value? { next(2) == 0 ? nil : value }
    func number() -> Double {
      let value = Double(bitPattern: UInt64(next(1 << 30)) << 34 | UInt64(next(1 << 30)))
      return value.isFinite && value != 0 ? value : 1
    }
    let texts = ["", "a", "\u{0}\u{1F}\"\\/", "é\u{2028}🙂", "-0.0", "\u{202E}x", "\u{FFFD}"]
    for _ in 0..<300 {
      var run = Run(
        id: texts[next(7)], name: texts[next(7)], parent: maybe(texts[next(7)]),
        format: texts[next(7)], status: RunStatus.allCases[next(5)], seed: maybe(next(1 << 30)))
      for _ in 0..<next(4) { run.metrics[texts[next(7)]] = number() }
      for index in 0..<next(4) {
        run.rounds.append(
          Round(
            round: index, selected: maybe(next(99)), completed: maybe(next(99)),
            failed: maybe(next(9)), noReply: maybe(next(9)), causes: [texts[next(7)]: next(5)],
            bytesUp: maybe(next(1 << 30)), seconds: maybe(number()), metrics: ["m": number()],
            aggregated: maybe(next(2) == 0), clippedFraction: maybe(0.5)))
      }
      run.privacy = maybe(
        PrivacyRecord(
          history: [PrivacyEvent(noiseMultiplier: 1, samplingRate: 0.5, steps: next(99))],
          delta: maybe(1e-5), unit: maybe(.example), noiseSource: .system))
      run.warnings = [texts[next(7)]]
      run.details[texts[next(7)]] = .string(texts[next(7)])
      #expect(try read(run.fileJSON.serialized(pretty: next(2) == 0)) == run)
    }
  }
}
