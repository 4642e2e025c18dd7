import AssayDiagnostics
import AssayTraining
import Testing

@testable import AssayPipeline

@Suite("Arms of a pilot") struct ArmParserTests {
  /// A pilot whose line 6 on is the given list of arms.
  private func pilot(_ arms: String) throws -> Pilot {
    let text = """
      assay: 1
      name: arms
      data: {path: data.csv, client: site, label: y, split: {column: split}}
      model: {kind: softmax}
      arms:
      \(arms)

      """
    return try Pilot.parse(Array(text.utf8), path: "pilot.yaml")
  }

  private func federated(_ keys: String) throws -> Pilot.FederatedSpecification {
    let read = try pilot(
      "- {name: f, kind: federated, rounds: 2, local: {epochs: 1, batch_size: 4, learning_rate: 0.1}, "
        + keys + "}")
    guard case .federated(let plan) = try #require(read.arms.first).kind else {
      throw Diagnostic(.other(found: "another kind", expected: "a federated arm"))
    }
    return plan
  }

  private func message(_ work: () throws -> Void) throws -> String? {
    do {
      try work()
      return nil
    } catch let diagnostic as Diagnostic {
      return diagnostic.rendered
    }
  }

  @Test("an algorithm is a name, or a name with its numbers")
  func algorithms() throws {
    #expect(try federated("algorithm: fedadam").algorithm == AlgorithmChoice("fedadam"))
    #expect(
      try federated("algorithm: {name: fedadam, beta1: 0.5}").algorithm
        == AlgorithmChoice("fedadam", ["beta1": 0.5]))
    #expect(try federated("dropout: 0.1").algorithm == .fedavg)
    #expect(try federated("weighting: uniform").weighting == .uniform)
  }

  @Test("compression and adversaries are read as written")
  func compression() throws {
    #expect(try federated("compression: none").compression == .none)
    #expect(try federated("compression: {quantize: 4}").compression == .quantized(bits: 4))
    #expect(try federated("compression: {top: 0.01}").compression == .topShare(0.01))
    #expect(
      try federated("adversaries: {attack: sign-flip, share: 0.2, factor: 5}").adversaries
        == Adversaries(attack: .signFlip, share: 0.2, factor: 5))
    #expect(
      try federated("adversaries: {attack: noise, share: 0.2}").adversaries
        == Adversaries(attack: .noise, share: 0.2))
  }

  @Test("a centralised arm may have the budget of a federated one, wherever that stands")
  func budgets() throws {
    let read = try pilot(
      """
      - {name: c, kind: centralized, match: {arm: f, by: steps}, batch_size: 8, learning_rate: 0.2}
      - {name: f, kind: federated, rounds: 2, local: {epochs: 1, batch_size: 4, learning_rate: 0.1}}
      - {name: t, kind: trivial}
      - {name: o, kind: optimum, iterations: 7}
      """)
    guard case .matched(let training, let match) = read.arms[0].kind,
      case .trivial = read.arms[2].kind, case .optimum(let search) = read.arms[3].kind
    else {
      Issue.record("other kinds of arms")
      return
    }
    #expect(training == LocalTraining(epochs: 1, batchSize: 8, learningRate: 0.2))
    #expect(match.arm == "f" && match.measure == .steps)
    #expect(search == OptimumSearch(iterations: 7))
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    var keys: String
    var says: String
    var help: String?
    var testDescription: String { keys }
  }

  /// Each is found by reading the sentence against the key.
  static let refusals = [
    Refusal(
      keys: "algorithm: fedadm", says: "expected an algorithm, one of 'fedavg', ",
      help: "did you mean 'fedadam'?"),
    Refusal(
      keys: "algorithm: {name: fedadam, beta3: 1}",
      says: "expected one of the keys 'name', 'server_learning_rate', 'beta1', 'beta2', 'tau'",
      help: "did you mean 'beta1'?"),
    Refusal(
      keys: "algorithm: {name: fedadam, beta1: 2}",
      says: "expected a number from 0 to 1 for 'beta1', found '2'"),
    Refusal(
      keys: "algorithm: {name: fedadam, tau: 0}",
      says: "expected a number strictly between 0 and 1000000 for 'tau', found '0'"),
    Refusal(
      keys: "algorithm: {name: fedbuff, buffer: 1.5}",
      says: "expected a whole number from 1 to 1000000 for 'buffer', found '1.5'"),
    Refusal(keys: "algorithm: {mu: 1}", says: "'name'"),
    Refusal(keys: "weighting: row", says: "'rows', 'uniform'", help: "did you mean 'rows'?"),
    Refusal(keys: "compression: {quantize: 7}", says: "expected 8, 4 or 1 bits"),
    Refusal(
      keys: "compression: {quantize: 8, top: 0.1}",
      says: "'top' and 'quantize' cannot stand together"),
    Refusal(keys: "compression: {top: 0}", says: "expected a share above 0 and at most 1"),
    Refusal(keys: "compression: gzip", says: "none, {quantize: 8} or {top: 0.01}"),
    Refusal(
      keys: "adversaries: {attack: signflip, share: 0.2}", says: "found 'signflip'",
      help: "did you mean 'sign-flip'?"),
    Refusal(
      keys: "adversaries: {attack: noise, share: 2}", says: "expected a number from 0 to 1"),
    Refusal(
      keys: "algorithm: scaffold, privacy: {clip: 1, noise_multiplier: 1}",
      says: "algorithm: scaffold and 'privacy' cannot stand together",
      help: "private arms take fedavg, "),
    Refusal(
      keys: "algorithm: fedbuff, participation: {quorum: 0.5}",
      says: "its server waits for a buffer, not for a cohort"),
    Refusal(keys: "epochs: 3", says: "'epochs'", help: "beneath 'local:'"),
    Refusal(keys: "match: {arm: f, by: steps}", says: "only kind: centralized has it"),
    Refusal(keys: "tolerance: 1", says: "only kind: optimum has it"),
  ]

  @Test("what cannot be is refused on its line, with what is expected", arguments: refusals)
  func refused(_ refusal: Refusal) throws {
    let message = try #require(
      try message { _ = try federated(refusal.keys) }, "nothing was refused")
    #expect(message.hasPrefix("pilot.yaml:6:"), "\(message)")
    #expect(message.contains(refusal.says), "\(message)")
    if let help = refusal.help { #expect(message.contains(help), "\(message)") }
  }

  @Test(
    "other kinds have no keys of a federated arm, and a budget is that of a federated arm",
    arguments: [
      ("- {name: t, kind: trivial, epochs: 1}", "it is not trained"),
      ("- {name: t, kind: trivial, rounds: 1}", "only a federated arm has it"),
      ("- {name: o, kind: optimum, learning_rate: 1}", "full-batch optimisation"),
      ("- {name: o, kind: optimum, tolerance: 0}", "expected a number above 0"),
      (
        "- {name: c, kind: centralized, match: {arm: x, by: steps}, batch_size: 8, learning_rate: 1}",
        "expected a federated arm"
      ),
      (
        "- {name: c, kind: centralized, epochs: 2, match: {arm: c, by: steps}, batch_size: 8, "
          + "learning_rate: 1}", "its budget is that of the arm it matches"
      ),
      (
        "- {name: c, kind: centralized, match: {arm: c, by: rows}, batch_size: 8, learning_rate: 1}",
        "'steps', 'epochs'"
      ),
      ("- {name: c, kind: centralised}", "did you mean 'centralized'?"),
    ])
  func otherKinds(_ arms: String, _ says: String) throws {
    let message = try #require(try message { _ = try pilot(arms) }, "nothing was refused")
    #expect(message.hasPrefix("pilot.yaml:6:"), "\(message)")
    #expect(message.contains(says), "\(message)")
  }
}
