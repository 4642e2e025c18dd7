import AssayDiagnostics
import AssayFiles
import AssayImport
import AssayRuns
import AssayTestSupport
import Testing

private let experiment = "mlruns/669062447769860941"
private let federated = "17947289683c41c1950d9b09fa3da2d3"

/// Compares a run with what its script noted while it ran.
private func expectTruth(_ run: Run, _ truth: JSONValue, clients: Int = 20) {
  #expect(run.name == truth["name"]?.string)
  #expect(run.status == .completed)
  #expect(run.seed == truth["seed"]?.integer)
  #expect(run.warnings.contains("seed not recorded") == (run.seed == nil))
  #expect(run.rounds.count == truth["rounds"]?.integer)
  #expect(run.rounds.compactMap(\.selected).reduce(0, +) == truth["selected_total"]?.integer)
  #expect(run.rounds.compactMap(\.failed).reduce(0, +) == truth["failed_total"]?.integer)
  #expect(run.metrics["server/loss"] == truth["final_loss"]?.double)
  #expect(run.metrics["server/accuracy"] == truth["final_accuracy"]?.double)
  #expect(run.metrics["final_auc"] == truth["final_auc"]?.double)
  #expect(run.details["clients"]?.array?.count ?? 0 == truth["children"]?.integer)
  for (round, known) in zip(run.rounds, truth["per_round"]?.array ?? []) {
    #expect(round.round == known["round"]?.integer)
    #expect(round.selected == known["selected"]?.integer)
    #expect(round.completed == known["completed"]?.integer)
    #expect(round.failed == known["failed"]?.integer)
    #expect(round.noReply == 0)
    #expect(round.bytesUp == known["bytes_up"]?.integer)
    #expect(round.bytesDown == known["bytes_down"]?.integer)
    #expect(round.seconds == known["seconds"]?.double)
    #expect(round.metrics["server/loss"] == known["loss"]?.double)
    #expect(round.metrics["server/accuracy"] == known["acc"]?.double)
  }
}

/// What must hold for both stores of the set.
private func expectStore(_ runs: [Run], _ truth: JSONValue?) throws {
  #expect(runs.count == truth?["run_count_active"]?.integer)
  let known = truth?["runs"]
  let deleted = known?["deleted"]?.string ?? ""
  #expect(!runs.contains { $0.id == deleted })
  #expect(Set(runs.map(\.id)).count == runs.count)
  for name in ["fed", "fed_dp", "no_seed"] {
    let run = try runs.run(known?[name]?["run_id"]?.string)
    expectTruth(run, known?[name] ?? .null)
  }
  let baseline = try runs.run(known?["baseline"]?["run_id"]?.string)
  #expect(baseline.metrics["accuracy"] == known?["baseline"]?["accuracy"]?.double)
  #expect(baseline.metrics["final_auc"] == known?["baseline"]?["auc"]?.double)
  #expect(baseline.rounds.isEmpty)
  let parent = known?["fed"]?["run_id"]?.string
  #expect(runs.count { $0.parent == parent } == 20)
  #expect(runs.count { $0.parent != nil } == 20)

  let failed = try runs.run(known?["failed"]?["run_id"]?.string)
  #expect(failed.status == .failed)
  #expect(failed.rounds.last?.round == known?["failed"]?["last_step"]?.integer)
  let firstBad = known?["failed"]?["nan_from_step"]?.integer ?? 0
  #expect(failed.rounds.first { $0.metrics["server/loss"] == nil }?.round == firstBad)
  #expect(failed.metrics["server/loss"] == nil)
  #expect(
    failed.warnings.contains(
      "2 of 5 values of 'server/loss' are not finite (NaN, first at step 4); the last one too, "
        + "so it has no final value"))
  #expect(
    failed.warnings.contains(
      "parameter 'num_rounds' plans \(plan(failed)) rounds, "
        + "the metrics end at step 5"))
  #expect(try runs.run(known?["killed"]?.string).status == .killed)
  #expect(try runs.run(known?["running"]?.string).status == .running)

  let fed = try runs.run(parent)
  #expect(fed.metrics["worst_client_gap"] == nil)
  #expect(
    fed.warnings.contains {
      $0.hasPrefix("1 of 1 values of 'worst_client_gap' is not finite (inf")
    })
  #expect(
    fed.warnings.contains { $0.hasPrefix("1 of 1 values of 'best_possible' is not finite (-inf") })

  let dp = try runs.run(known?["fed_dp"]?["run_id"]?.string)
  let rounds = known?["fed_dp"]?["rounds"]?.integer ?? 0
  #expect(
    dp.privacy?.history == [
      PrivacyEvent(
        noiseMultiplier: 1.1, samplingRate: 1, sampling: PrivacyEvent.Sampling.none, steps: rounds)
    ])
  #expect(dp.privacy?.delta == 0.001)
  #expect(dp.privacy?.clip == 0.8)
  #expect(dp.privacy?.claimedEpsilon == dp.metrics["dp/epsilon"])
  #expect(dp.privacy?.unit == nil)
  #expect(fed.privacy == nil)
}

private func plan(_ run: Run) -> Int { run.parameters["num_rounds"]?.integer ?? -1 }

@Suite("MLflow") struct MLflowTests {
  @Test(
    "every active run of the file store is read as its script noted it",
    .enabled(if: TestData.external != nil, "needs ASSAY_TEST_DATA"))
  func fileStore() throws {
    let runs = try importRuns(from: artifacts + "/mlflow-file")
    try expectStore(runs, try truth()["mlflow_file"])
    #expect(runs.allSatisfy { $0.format == "mlflow-file" })
    #expect(try importRuns(from: artifacts + "/mlflow-file/mlruns").map(\.id) == runs.map(\.id))
  }

  @Test(
    "every active run of the SQLite store is read as its script noted it",
    .enabled(if: TestData.external != nil, "needs ASSAY_TEST_DATA"))
  func sqliteStore() throws {
    let runs = try importRuns(from: artifacts + "/mlflow-sqlite")
    try expectStore(runs, try truth()["mlflow_sqlite"])
    #expect(runs.allSatisfy { $0.format == "mlflow-sqlite" })
    #expect(runs.allSatisfy { $0.sources.map(\.path) == ["mlflow.db"] })
    #expect(try importRuns(from: artifacts + "/mlflow-sqlite/mlflow.db") == runs)
  }

  @Test("a store, an experiment, a run's folder and meta.yaml alone are all sources")
  func levels() throws {
    let root = fixtures + "/mlflow-file"
    let store = try importRuns(from: root)
    // 9 run folders, one of them deleted.
    #expect(store.count == 8)
    #expect(try importRuns(from: root + "/mlruns").count == 8)
    #expect(try importRuns(from: "\(root)/\(experiment)").count == 8)
    let alone = try importRuns(from: "\(root)/\(experiment)/\(federated)")
    #expect(alone.map(\.id) == [federated])
    #expect(alone.first?.rounds == (try store.run(federated)).rounds)
    let meta = try importRuns(from: "\(root)/\(experiment)/\(federated)/meta.yaml")
    #expect(meta.first?.name == "fedavg main")
    #expect(meta.first?.sources.map(\.path) == ["meta.yaml"])
    #expect(
      meta.first?.warnings.first
        == "metrics and parameters are not in the source: give the run's folder")
  }

  @Test("a nested run is an entry of its own and a client of its parent")
  func nested() throws {
    let runs = try importRuns(from: fixtures + "/mlflow-file")
    let children = runs.filter { $0.parent == federated }
    #expect(children.count == 2)
    let clients = try runs.run(federated).details["clients"]?.array ?? []
    #expect(Set(clients.compactMap { $0["run"]?.string }) == Set(children.map(\.id)))
    #expect(clients.allSatisfy { $0["client"]?.string?.hasPrefix("site-") == true })
    let child = try #require(children.first)
    let alone = try importRuns(from: "\(fixtures)/mlflow-file/\(experiment)/\(child.id)")
    #expect(
      alone.first?.warnings.contains("the parent run \(federated) is not in the source") == true)
  }

  @Test("every file that was read is listed with its digest, and nothing else")
  func sources() throws {
    let root = fixtures + "/mlflow-file"
    let run = try importRuns(from: root).run(federated)
    // 2 meta.yaml, and by find(1): 11 metrics, 8 params, 7 tags.
    #expect(run.sources.count == 2 + 11 + 8 + 7)
    for source in run.sources {
      #expect(SHA256.hexDigest(try InputFile.read("\(root)/\(source.path)")) == source.sha256)
    }
    #expect(run.details["artifacts"]?[0]?["path"] == .string("artifacts/config.yaml"))
    #expect(run.details["tags"]?["mlflow.user"] == nil)
    // date -u -d @1795471998.827
    #expect(run.started == "2026-11-23T22:13:18.827Z")
  }

  @Test("a broken metric line names file and line")
  func brokenMetric() throws {
    let scratch = try Scratch(copying: "mlflow-file")
    let file = "\(experiment)/\(federated)/metrics/server/loss"
    try scratch.write(file, "1795471891160 0.5 1\nnot a line\n1795471891161 0.4 2\n")
    #expect(
      scratch.message() == """
        IN/\(file):2:1: error: expected valid MLflow metric: a line is 'milliseconds value step', \
        found 'not a line'
          2 | not a line
            | ^~~~~~~~~~
          help: remove the line, or copy the store again
        """)
  }

  @Test("a metric line that was cut off while it was written is left out, with a warning")
  func cutMetric() throws {
    let scratch = try Scratch(copying: "mlflow-file")
    try scratch.write(
      "\(experiment)/\(federated)/metrics/server/loss", "1795471891160 0.5 1\n17954718")
    let run = try importRuns(from: scratch.root).run(federated)
    #expect(run.metrics["server/loss"] == 0.5)
    #expect(run.warnings.first == "the last line of 'server/loss' is cut off; it is left out")
  }

  @Test("old and new lines, infinities and repeated steps are read as MLflow reads them")
  func metricLines() throws {
    let scratch = try Scratch(copying: "mlflow-file")
    let folder = "\(experiment)/\(federated)/metrics"
    try scratch.write("\(folder)/a", "5 0.5\n")
    try scratch.write("\(folder)/b", "9 0.5 3 name digest\n7 0.7 3\n8 0.1 2\n")
    try scratch.write("\(folder)/c", "1 1e400 1\n2 -inf 2\n")
    let run = try importRuns(from: scratch.root).run(federated)
    #expect(run.metrics["a"] == 0.5)
    // Latest = greatest (step, timestamp, value).
    #expect(run.metrics["b"] == 0.5)
    #expect(run.metrics["c"] == nil)
    #expect(run.warnings.contains("'b' has several values at 1 of its steps; the latest is used"))
  }

  @Test("values that were all logged at step 0 are numbered by time, with a warning")
  func stepsForgotten() throws {
    let scratch = try Scratch()
    try scratch.write("meta.yaml", "experiment_id: '1'\nrun_id: r\nstatus: 3\n")
    try scratch.write("metrics/loss", "30 0.1 0\n10 0.3 0\n20 0.2 0\n")
    let run = try #require(try importRuns(from: scratch.root).first)
    #expect(run.rounds.map(\.round) == [1, 2, 3])
    #expect(run.rounds.map { $0.metrics["loss"] } == [0.3, 0.2, 0.1])
    #expect(run.metrics["loss"] == 0.1)
    #expect(
      run.warnings.contains(
        "no step was logged: values are numbered from 1 in the order of time"))
  }

  @Test("counts that contradict one another, or are no counts, are named")
  func contradiction() throws {
    let scratch = try Scratch()
    try scratch.write("meta.yaml", "experiment_id: '1'\nrun_id: r\nstatus: 3\n")
    try scratch.write("metrics/clients_selected", "1 10 1\n1 10 2\n1 10 3\n")
    try scratch.write("metrics/clients_completed", "1 7 1\n1 9 2\n1 0 3\n")
    try scratch.write("metrics/clients_failed", "1 2 1\n1 2 2\n1 0.5 3\n")
    let run = try #require(try importRuns(from: scratch.root).first)
    #expect(run.rounds.map(\.noReply) == [1, nil, nil])
    #expect(run.rounds.map(\.failed) == [2, 2, nil])
    #expect(run.rounds.map(\.aggregated) == [nil, nil, false])
    #expect(
      run.warnings.contains("round 2: 10 clients selected, but 9 completed, 2 failed"))
    #expect(run.warnings.contains("'clients_failed' is no count in round 3: 0.5"))
  }

  @Test(
    "settings that look like differential privacy under an unknown name are not read, but named")
  func unknownPrivacy() throws {
    let scratch = try Scratch()
    try scratch.write("meta.yaml", "experiment_id: '1'\nrun_id: r\nstatus: 3\n")
    try scratch.write("params/dp.sigma", "1.1")
    try scratch.write("metrics/epsilon", "1 3.5 1\n")
    let run = try #require(try importRuns(from: scratch.root).first)
    #expect(run.privacy == nil)
    #expect(
      run.warnings.contains("not read, though they look like differential privacy: 'dp.sigma'"))
    #expect(run.warnings.contains("ε is stated, but no noise multiplier is recorded"))
  }

  @Test("bytes of a parameter that are not UTF-8 become U+FFFD")
  func invalidText() throws {
    let scratch = try Scratch()
    try scratch.write("meta.yaml", "experiment_id: '1'\nrun_id: r\nrun_name: 🙂/é\nstatus: 3\n")
    try scratch.write("params/p", [0x61, 0xFF, 0x62])
    let run = try #require(try importRuns(from: scratch.root).first)
    #expect(run.parameters["p"] == .string("a\u{FFFD}b"))
    #expect(run.name == "🙂/é")
  }

  @Test("a run without an id, or a run's folder without meta.yaml, is refused; all are reported")
  func brokenMeta() throws {
    let scratch = try Scratch(copying: "mlflow-file")
    try scratch.replace(
      "run_id: \(federated)\n", with: "", in: "\(experiment)/\(federated)/meta.yaml")
    let other = "2f5197f72bc341949e68324408c41427"
    try scratch.remove("\(experiment)/\(other)/meta.yaml")
    #expect(
      scratch.message() == """
        IN/\(experiment)/\(federated)/meta.yaml:1:1: error: expected the key 'run_id' in \
        meta.yaml, found none
          1 | artifact_uri: file:///home/user/projects/fl-file-a/mlruns/669062447769860941/17947289683c41c1950
            | ^
        IN/\(experiment)/\(other)/meta.yaml: error: expected a file, found nothing at this path
          help: check the path; relative paths start at the current folder
        """)
  }

  @Test("a Python tag in meta.yaml is refused, and a path that leads out is not followed")
  func hostile() throws {
    let scratch = try Scratch(copying: "hostile-mlruns")
    let meta = "7/0123456789abcdef0123456789abcdef/meta.yaml"
    #expect(
      scratch.message() == """
        IN/\(meta):7:11: error: refused the YAML tag \
        'tag:yaml.org,2002:python/object/apply:os.system': only plain data is read
          7 | run_name: !!python/object/apply:os.system ['true']
            |           ^
        """)
    try scratch.replace("!!python/object/apply:os.system ['true']", with: "x", in: meta)
    #expect(scratch.message().contains("metrics/loss:4:1: error: expected valid MLflow metric"))
    let metric = "7/0123456789abcdef0123456789abcdef/metrics/loss"
    try scratch.replace("not a line\n", with: "", in: metric)
    try scratch.replace("1795000000005\n", with: "", in: metric)
    let run = try #require(try importRuns(from: scratch.root).first)
    #expect(run.warnings.contains("artifact_uri leads out of the store; it is not followed"))
    #expect(run.seed == 42)
    #expect(run.metrics["loss"] == nil)
    #expect(run.details["experiment"] == .string("../../outside"))
  }
}
