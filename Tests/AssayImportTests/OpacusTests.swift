import AssayDiagnostics
import AssayFiles
import AssayImport
import AssayRuns
import AssayTestSupport
import Testing

@Suite("Opacus") struct OpacusTests {
  @Test(
    "histories, δ and claims of the set are read",
    .enabled(if: TestData.external != nil, "needs ASSAY_TEST_DATA"))
  func truthOfTheSet() throws {
    let runs = try importRuns(from: artifacts + "/opacus")
    let known = try truth()["opacus"]
    #expect(runs.map(\.id) == ["opacus/gdp", "opacus/prv", "opacus/rdp"])
    for run in runs {
      let own = known?[run.name]
      let events = own?["history"]?.array ?? []
      #expect(run.privacy?.history.count == events.count)
      for (event, entry) in zip(run.privacy?.history ?? [], events) {
        #expect(event.noiseMultiplier == entry[0]?.double)
        #expect(event.samplingRate == entry[1]?.double)
        #expect(event.steps == entry[2]?.integer)
        #expect(event.sampling == .poisson)
      }
      #expect(run.privacy?.claimedEpsilon == own?["epsilon"]?.double)
      #expect(run.privacy?.delta == known?["delta"]?.double)
      #expect(run.privacy?.clip == known?["clip"]?.double)
      #expect(run.privacy?.unit == .example)
      #expect(run.privacy?.neighbouring == .addOrRemoveOne)
      #expect(run.privacy?.population == 2948)
      #expect(run.seed == known?["seed"]?.integer)
      #expect(
        run.details["predictions"]?["path"] == .string("predictions_\(run.name).csv"))
      #expect(run.details["not_opened"]?[0]?["path"] == .string("accountant_\(run.name).pt"))
    }
  }

  @Test("accountants that approximate are named, and a raised noise that the config does not state")
  func warnings() throws {
    let runs = try importRuns(from: fixtures + "/opacus")
    #expect(
      try runs.run("opacus/gdp").warnings.contains(
        "the gdp accountant approximates; its ε can be below the true one"))
    #expect(
      try runs.run("opacus/prv").warnings.contains(
        "the config states noise multiplier 1.05, the accountant's history 1.05, 1.3125"))
    let alone = try importRuns(from: fixtures + "/opacus/accountant_rdp.json")
    #expect(alone.first?.id == "opacus")
    #expect(alone.first?.privacy?.delta == nil)
    #expect(
      alone.first?.warnings.contains(
        "config_rdp.json not in the source: δ, clip and seed not recorded") == true)
  }

  @Test("batches that are not Poisson samples are not amplified")
  func shuffled() throws {
    let scratch = try Scratch(copying: "opacus")
    try scratch.replace(
      "\"poisson_sampling\": true", with: "\"poisson_sampling\": false", in: "config_rdp.json")
    let run = try importRuns(from: scratch.root).first { $0.name == "rdp" }
    #expect(run?.privacy?.history.first?.samplingRate == 1)
    #expect(run?.privacy?.history.first?.sampling == PrivacyEvent.Sampling.none)
    // What the accountant counted stays known, so that a claim made with it can be explained.
    #expect(
      run?.details["privacy"]?["accounted_sampling_rate"]?.double == 0.02127659574468085)
  }

  @Test("sizes of batches are read where the log holds them for every step")
  func batches() throws {
    let scratch = try Scratch(copying: "opacus")
    try scratch.replace(
      "\"epoch\": 1,", with: "\"epoch\": 1, \"batch_sizes\": [64, 64, 63],",
      in: "train_log_rdp.json")
    let run = try importRuns(from: scratch.root).first { $0.name == "rdp" }
    #expect(
      run?.details["privacy"]?["batch_sizes"]?.array?.compactMap(\.integer) == [64, 64, 63])
  }

  @Test("a broken history names the entry")
  func broken() throws {
    let scratch = try Scratch(copying: "opacus")
    try scratch.replace("0.02127659574468085", with: "1.5", in: "accountant_rdp.json")
    #expect(
      scratch.message() == """
        IN/accountant_rdp.json (history[0]): error: expected [noise multiplier ≥ 0, sample rate in \
        0...1, steps ≥ 0] for 'history[0]', found '[1.05,1.5,282]'
        """)
  }
}
