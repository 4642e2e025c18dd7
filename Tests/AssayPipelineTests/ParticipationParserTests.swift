import AssayDiagnostics
import AssayFiles
import AssayTestSupport
import AssayTraining
import Testing

@testable import AssayPipeline

@Suite("Participation in the pilot file")
struct ParticipationParserTests {
  /// Parses an arm's keys `participation`, `dropout` and `privacy`.
  private func parse(_ text: String) throws -> ParticipationSpecification {
    let root = try YAMLNode.parse(Array(text.utf8), path: "p.yaml")
    let arm = try root.openMapping("arm")
    return try ParticipationParser.parse(
      arm["participation"], dropout: arm["dropout"], privacy: arm["privacy"],
      clientsPerRound: arm["clients_per_round"])
  }

  /// The message for a text, without the source line.
  private func message(_ text: String) throws -> String {
    do {
      _ = try parse(text)
      return "accepted"
    } catch let error as Diagnostic {
      return error.rendered.split(separator: "\n").filter { !$0.contains(" | ") }
        .joined(separator: "\n")
    }
  }

  private static let complete = """
    clients_per_round: 100
    participation:
      availability: {base: 0.5, amplitude: 0.6, period_seconds: 3600, phase_spread: 0.25}
      minimum_available: 20
      devices:
        - name: phone
          share: 0.7
          examples_per_second: 200
          uplink_bytes_per_second: 250e3
          downlink_bytes_per_second: 1e6
          memory_bytes: 4e9
          free_memory: [0.1, 0.6]
          cpu_busy: [0, 0.9]
          battery: [0.1, 1]
          metered_share: 0.4
        - {name: desktop, share: 0.3, examples_per_second: 2000, cpu_busy: 0.5}
      guardrails:
        minimum_battery: 0.3
        allow_metered: false
        maximum_cpu_busy: 0.8
        minimum_free_memory_bytes: 5e8
      dropout: {before_training: 0.05, before_upload: 0.03, after_upload: 0.01}
      stragglers: {share: 0.1, slowdown: 4, sigma: 0.5, partial_work: true}
      deadline_seconds: 120
      pause_seconds: 600
      over_selection: 1.3
      quorum: 0.8
      retries: {attempts: 3, base_seconds: 2}
      faults:
        lost: 0.01
        truncated: 0.02
        bit_flip: 0.03
        nan: 0.04
        infinity: 0.05
        wrong_shape: 0.06
        wrong_version: 0.07
        absurd_weight: 0.08
        duplicate: 0.09
        conflicting_duplicate: 0.1
    """

  @Test("every key is read into its place")
  func complete() throws {
    let plan = try parse(Self.complete).plan
    #expect(
      plan.availability
        == .cycle(DailyCycle(base: 0.5, amplitude: 0.6, period: 3_600, phaseSpread: 0.25)))
    #expect(plan.minimumAvailable == 20)
    #expect(
      plan.devices == [
        DeviceClass(
          name: "phone", share: 0.7, examplesPerSecond: 200, uplinkBytesPerSecond: 250_000,
          downlinkBytesPerSecond: 1_000_000, memoryBytes: 4e9, freeMemory: 0.1...0.6,
          busy: 0...0.9, battery: 0.1...1, meteredShare: 0.4),
        DeviceClass(name: "desktop", share: 0.3, examplesPerSecond: 2_000, busy: 0.5...0.5),
      ])
    #expect(
      plan.guardrails
        == Guardrails(
          minimumBattery: 0.3, allowMetered: false, maximumBusy: 0.8, minimumFreeMemoryBytes: 5e8))
    #expect(
      plan.dropout == Dropout(beforeTraining: 0.05, beforeUpload: 0.03, afterUpload: 0.01))
    #expect(
      plan.stragglers == Stragglers(share: 0.1, slowdown: 4, sigma: 0.5, partialWork: true))
    #expect(plan.deadline == 120 && plan.pause == 600)
    #expect(plan.overSelection == 1.3 && plan.quorum == 0.8)
    #expect(plan.retries == Retries(attempts: 3, base: 2))
    for (index, kind) in Faults.Kind.allCases.enumerated() {
      #expect(abs(plan.faults[kind] - Double(index + 1) / 100) < 1e-15, "\(kind)")
    }
    #expect(plan.isSound)
  }

  @Test("the guide's example is accepted as it stands")
  func guide() throws {
    let lines = try PackageTree.file("Docs/Guide.md").lines
    let start = try #require(lines.firstIndex(of: "  - name: federated"))
    let example = lines[start...].prefix { $0 != "```" }
    let arm = try #require(
      try YAMLNode.parse(Array(example.joined(separator: "\n").utf8), path: "guide").list("arms")
        .first?.openMapping("arm"))
    let plan = try ParticipationParser.parse(
      arm["participation"], clientsPerRound: arm["clients_per_round"]
    ).plan
    #expect(plan.overSelection == 1.3 && plan.stragglers.partialWork && plan.isSound)
    // The numbers that its comments name.
    #expect(plan.selectionCount(goal: 20, available: 100) == 26 && plan.quorumCount(goal: 20) == 16)
    // Every key has its line in the table.
    for key in ParticipationParser.keys {
      #expect(lines.contains { $0.hasPrefix("| `\(key)` |") }, "\(key)")
    }
  }

  @Test("what is not written stays as if nothing went wrong")
  func usual() throws {
    #expect(try parse("participation:").plan.isDefault)
    #expect(try parse("participation: {availability: always}").plan.isDefault)
    #expect(try parse("{}").plan.isDefault)
    #expect(
      try parse("participation: {availability: 0.8}").plan.availability == .probability(0.8))
    let cycle = try parse(
      "participation: {availability: {base: 0.5, amplitude: 1}, pause_seconds: 60}")
    #expect(cycle.plan.availability == .cycle(DailyCycle(base: 0.5, amplitude: 1)))
    #expect(
      try parse("participation: {devices: [{name: a, examples_per_second: 5}]}").plan.devices
        == [DeviceClass(name: "a", share: 1, examplesPerSecond: 5)])
  }

  @Test("plain dropout of an arm is dropout before training, and so is a plain number beneath")
  func dropout() throws {
    let plain = try parse("dropout: 0.1").plan
    #expect(plain.dropout == Dropout(beforeTraining: 0.1))
    #expect(try parse("participation: {dropout: 0.1}").plan == plain)
    #expect(try parse("participation: {dropout: {before_training: 0.1}}").plan == plain)
    #expect(try parse("dropout: 0.1\nparticipation: {quorum: 0.5}").plan.dropout == plain.dropout)
    #expect(
      try message("dropout: 0.1\nparticipation: {dropout: {after_upload: 0.1}}")
        == "p.yaml:1:10: error: 'dropout' and 'participation.dropout' cannot stand together: the "
        + "first is short for participation.dropout.before_training\n"
        + "  help: keep the one in participation")
  }

  @Test(
    "a slip is named with its place",
    arguments: [
      (
        "quorom: 0.5",
        "expected one of the keys 'availability', 'minimum_available', 'devices', "
          + "'guardrails', 'dropout', 'stragglers', 'deadline_seconds', 'pause_seconds', "
          + "'over_selection', 'quorum', 'retries', 'faults', found 'quorom'\n"
          + "  help: did you mean 'quorum'?"
      ),
      (
        "faults: {bitflip: 0.1}",
        "expected one of the keys 'lost', 'truncated', 'bit_flip', 'nan', "
          + "'infinity', 'wrong_shape', 'wrong_version', 'absurd_weight', 'duplicate', "
          + "'conflicting_duplicate', found 'bitflip'\n  help: did you mean 'bit_flip'?"
      ),
      ("quorum: 1.5", "expected a number from 0 to 1 for 'quorum', found '1.5'"),
      ("dropout: 1", "expected a probability below 1 for 'dropout', found '1'"),
      (
        "availability: sometimes",
        "expected always, a probability, or a mapping with base or trace "
          + "for 'availability', found 'sometimes'"
      ),
      ("availability: 0", "expected a number above 0, at most 1 for 'availability', found '0'"),
      (
        "availability: {base: 0.8, amplitude: 0.5}",
        "expected base · (1 + amplitude) of at most 1 for 'amplitude', found '0.5'\n"
          + "  help: the share that is available would exceed all clients at the best time of day"
      ),
      ("availability: {base: 0.5}", "expected the key 'amplitude' in availability, found none"),
      (
        "availability: {trace: a.csv, base: 0.5}",
        "'base' and 'trace' cannot stand together: a trace says it all"
      ),
      (
        "deadline_seconds: 0",
        "expected a number above 0 to 100000000 for 'deadline_seconds', "
          + "found '0'"
      ),
      (
        "pause_seconds: -1", "expected a number from 0 to 100000000 for 'pause_seconds', found '-1'"
      ),
      ("over_selection: 0.9", "expected a number from 1 to 100 for 'over_selection', found '0.9'"),
      (
        "minimum_available: -1",
        "expected a whole number from 0 to 1000000000 for 'minimum_available', found '-1'"
      ),
      ("retries: {attempts: 0}", "expected a whole number from 1 to 100 for 'attempts', found '0'"),
      ("retries: {base_seconds: 1}", "expected the key 'attempts' in retries, found none"),
      (
        "stragglers: {share: 0.1}",
        "expected the key 'slowdown' in stragglers, found none\n"
          + "  help: slowdown is the factor on the training time, sigma spreads it"
      ),
      (
        "stragglers: {share: 0.1, slowdown: 0.5}",
        "expected a number from 1 to 1000000 for 'slowdown', found '0.5'"
      ),
      (
        "faults: {nan: 0.6, lost: 0.6}",
        "expected probabilities of faults that add up to at most 1, found 1.2\n"
          + "  help: at most one fault happens to an upload"
      ),
      ("devices: []", "expected at least one device class for 'devices', found 'an empty list'"),
      (
        "devices: [{name: a, share: 0.5}, {name: b, share: 0.4}]",
        "expected shares of all device classes that add up to 1, found 0.9"
      ),
      (
        "devices: [{name: a, share: 0.5}, {name: b}]",
        "expected the key 'share' in a device class, found none"
      ),
      (
        "devices: [{name: a, share: 0.5}, {name: a, share: 0.5}]",
        "expected a name that no other device class has for 'name', found 'a'"
      ),
      (
        "devices: [{name: a, battery: [0.9, 0.1]}]",
        "expected an upper end of at least 0.9 for 'battery', found '0.1'"
      ),
      (
        "devices: [{name: a, battery: [0.1, 0.2, 0.3]}]",
        "expected two numbers from 0 to 1 such as [0.2, 1], or one for 'battery', "
          + "found 'a list of 3'"
      ),
      (
        "devices: [{name: a, examples_per_second: 0}]",
        "expected a number from 1e-06 to 1e+18 for 'examples_per_second', found '0'"
      ),
      (
        "guardrails: {allow_metered: maybe}",
        "expected true or false for 'allow_metered', found 'maybe'"
      ),
      (
        "guardrails: {minimum_battery: 0.5}",
        "'guardrails' and an arm without 'devices' cannot stand together: a client has no battery, "
          + "network, or load then\n  help: describe the devices"
      ),
      (
        "stragglers: {share: 0.1, slowdown: 2}",
        "'stragglers' and devices without 'examples_per_second' cannot stand together: training "
          + "that takes no time cannot take longer\n  help: give examples_per_second to the devices"
      ),
      (
        "{devices: [{name: a, examples_per_second: 1}], "
          + "stragglers: {share: 0, slowdown: 2, partial_work: true}}",
        "'stragglers' and a round without 'deadline_seconds' cannot stand together: partial_work "
          + "is what a client sends at the deadline\n  help: add deadline_seconds"
      ),
      (
        "availability: {trace: a.csv}",
        "'availability' and rounds that take no time cannot stand together: all rounds would find "
          + "the same moment\n  help: add pause_seconds, or examples_per_second to the devices"
      ),
    ])
  func slips(text: String, expected: String) throws {
    let whole = "participation: " + (text.hasPrefix("{") ? text : "{\(text)}")
    let message = try message(whole)
    #expect(message.hasPrefix("p.yaml:1:"))
    let sentence = message.firstRange(of: "error: ").map { message[$0.upperBound...] } ?? ""
    #expect(sentence == expected)
  }

  @Test("over-selection needs clients that are left to ask")
  func overSelection() throws {
    #expect(
      try message("clients_per_round: all\nparticipation: {over_selection: 1.2}")
        == "p.yaml:2:33: error: 'over_selection' and 'clients_per_round: all' cannot stand "
        + "together: nobody is left to ask\n  help: give clients_per_round a count or a fraction")
    #expect(
      try message("clients_per_round: 5\nparticipation: {over_selection: 1.2}") == "accepted")
  }

  @Test("a private round always releases, so over-selection and a quorum are refused")
  func privacy() throws {
    #expect(
      try message("clients_per_round: 5\nprivacy: {clip: 1}\nparticipation: {over_selection: 1.2}")
        == "p.yaml:3:33: error: 'over_selection' and 'privacy' cannot stand together: a private "
        + "round divides by its expected cohort, whoever comes first\n"
        + "  help: ask more clients with clients_per_round")
    #expect(
      try message("privacy: {clip: 1}\nparticipation: {quorum: 0.5}")
        == "p.yaml:2:25: error: 'quorum' and 'privacy' cannot stand together: a private round "
        + "always releases, since stopping it would tell who reported\n"
        + "  help: use minimum_available, which is decided before anyone is drawn")
    #expect(
      try message(
        "privacy: {clip: 1}\nparticipation: {over_selection: 1, quorum: 0, minimum_available: 3}")
        == "accepted")
  }

  @Test("a trace is read when the clients are known")
  func trace() throws {
    let specification = try parse(
      "participation: {availability: {trace: t.csv, period_seconds: 100}, pause_seconds: 5, "
        + "devices: [{name: phone}]}")
    #expect(specification.trace?.path == "t.csv" && specification.trace?.period == 100)
    #expect(specification.trace?.location.column == 39)
    let bytes = Array("client,start,end\na,0,10\nphone,20.5,100\na,5,15\n".utf8)
    let plan = try specification.resolved(clients: ["a", "b"]) { trace throws(Diagnostic) in
      (bytes, "folder/" + trace.path)
    }
    #expect(
      plan.availability
        == .trace(
          AvailabilityTrace(
            [
              ("a", .init(start: 0, end: 15)), ("phone", .init(start: 20.5, end: 100)),
            ], period: 100)))
    // Without a trace nothing is read.
    let usual = try parse("participation: {quorum: 0.5}").resolved(clients: []) {
      trace throws(Diagnostic) in
      throw Diagnostic(.fileMissing)
    }
    #expect(usual.quorum == 0.5)
    #expect(throws: DiagnosticList.self) {
      try specification.resolved(clients: []) { trace throws(Diagnostic) in
        throw Diagnostic(.fileMissing, at: trace.location)
      }
    }
  }

  @Test(
    "bad lines of a trace are named",
    arguments: [
      (
        "client,start,end\nzebra,0,1\n",
        "t.csv:2:1: error: expected a client or a device class, one of "
          + "'a1', 'b', found 'zebra'"
      ),
      (
        "client,start,end\na,0,1\n",
        "t.csv:2:1: error: expected a client or a device class, one of "
          + "'a1', 'b', found 'a'\n  help: did you mean 'a1'?"
      ),
      (
        "client,start,end\na1,-1,1\n",
        "t.csv:2:4: error: expected 0 or more in column 'start', found '-1'"
      ),
      (
        "client,start,end\na1,90,10\n",
        "t.csv:2:7: error: expected more than the start 90 in column 'end', found '10'\n"
          + "  help: an interval across the end of the period is written as two rows"
      ),
      (
        "client,start,end\na1,90,101\n",
        "t.csv:2:7: error: expected at most the period 100 in column 'end', found '101'"
      ),
      (
        "client,start,end\na1,0,soon\n",
        "t.csv:2:6: error: expected a number in column 'end', found 'soon'\n"
          + "  help: leave the field empty where the value is not known"
      ),
      (
        "client,start,end\na1,,5\n",
        "t.csv:2:4: error: expected a value in column 'start', found none"
      ),
      (
        "client,start\na1,0\n",
        "t.csv:1: error: expected one of the columns 'client', 'start', found 'end'"
      ),
      (
        "client,start,ends\na1,0,1\n",
        "t.csv:1: error: expected one of the columns 'client', 'start', 'end', found 'ends'\n"
          + "  help: did you mean 'end'?"
      ),
      (
        "client,start,end\n",
        "t.csv:1: error: expected at least one row beneath the header, found none"
      ),
      ("", "t.csv: error: expected content, found an empty file"),
    ])
  func badTrace(text: String, expected: String) throws {
    do {
      _ = try ParticipationSpecification.parseTrace(
        Array(text.utf8), path: "t.csv", period: 100, names: ["a1", "b"])
      Issue.record("accepted")
    } catch {
      let message = error.rendered.split(separator: "\n").filter { !$0.contains(" | ") }
        .joined(separator: "\n")
      #expect(message == expected)
    }
  }

  @Test("all bad lines of a trace are reported, and a trace over the limit is refused")
  func traceLimits() throws {
    let rows = (0..<30).map { "x\($0),0,1\n" }.joined()
    do {
      _ = try ParticipationSpecification.parseTrace(
        Array(("client,start,end\n" + rows).utf8), path: "t.csv", period: nil, names: ["a"])
      Issue.record("accepted")
    } catch {
      #expect(error.diagnostics.count == 20 && error.omitted == 10)
    }
    let limit = ParticipationSpecification.traceSizeLimit
    do {
      _ = try ParticipationSpecification.parseTrace(
        [UInt8](repeating: 0x61, count: limit + 1), path: "t.csv", period: nil, names: [])
      Issue.record("accepted")
    } catch {
      #expect(
        error.rendered == "t.csv: error: expected at most 67108864 bytes of an availability trace, "
          + "found 67108865")
    }
    let many = "client,start,end\n" + String(repeating: "a,0,1\n", count: 1_000_001)
    do {
      _ = try ParticipationSpecification.parseTrace(
        Array(many.utf8), path: "t.csv", period: nil, names: ["a"])
      Issue.record("accepted")
    } catch {
      #expect(
        error.rendered == "t.csv: error: expected at most 1000000 rows of an availability trace, "
          + "found 1000001")
    }
  }

  @Test("a plan written as parameters reads back to the same plan")
  func roundTrip() throws {
    let plan = try parse(Self.complete).plan
    // JSON is YAML.
    let text = JSONValue.object([
      "clients_per_round": .integer(100), "participation": .object(plan.parameters()),
    ])
    .serialized(pretty: false)
    #expect(try parse(text).plan == plan)
    #expect(ParticipationPlan().parameters().members.isEmpty)
    var traced = ParticipationPlan()
    traced.availability = .trace(AvailabilityTrace([("a", .init(start: 0, end: 1))], period: 10))
    #expect(
      JSONValue.object(traced.parameters(tracePath: "t.csv")).serialized(pretty: false)
        == #"{"availability":{"trace":"t.csv","period_seconds":10.0}}"#)
  }

  @Test("a plan is one sentence")
  func sentence() throws {
    #expect(
      ParticipationPlan().sentence
        == "Every client is always available, instantaneous and reliable.")
    #expect(try parse("dropout: 0.1").plan.sentence == "Clients drop out: 10 % before training.")
    #expect(
      try parse(Self.complete).plan.sentence
        == "Clients are available with a mean probability of 0.5 that swings by 60 % over 3600 s; "
        + "a round needs 20 available clients; devices are phone 70 %, desktop 30 %; guardrails let "
        + "clients decline; clients drop out: 5 % before training, 3 % before upload, 1 % after "
        + "upload; 10 % are slower by a median factor of 4 and send partial work at the deadline; "
        + "a round ends after 120 s at the latest; 600 s pass between rounds; 1.3 clients are asked "
        + "for each one wanted; a round needs 80 % of the wanted updates; failed uploads are tried "
        + "3 times; 55 % of uploads are faulty.")
  }
}
