import AssayEvidence
import AssayRuns
import AssayStatistics
import Testing

/// Which facts a pattern selects, seen through the evidence of a finding.
@Suite("Patterns of evidence ids")
struct PatternTests {
  private func selected(
    _ pattern: String, from ids: [String], subject: Subject = CheckExample.subject
  ) throws -> [String] {
    let facts = ids.map { fact($0, .flag(true)) }
    return try finding(.holds(select: EvidencePattern(pattern)), facts, subject: subject)
      .evidence.map(\.description)
  }

  @Test("an exact pattern selects one id")
  func exact() throws {
    #expect(try selected("a/b/c", from: ["a/b/c", "a/b/cc", "a/bb/c"]) == ["a/b/c"])
  }

  @Test("a star stands for any run of characters inside one part")
  func star() throws {
    let ids = ["rows/data/region=a", "rows/data/sex=f", "rows/data/overall", "rows/x/region=a"]
    #expect(try selected("rows/data/*", from: ids) == Array(ids.prefix(3)))
    #expect(try selected("rows/data/*=*", from: ids) == Array(ids.prefix(2)))
    #expect(try selected("rows/data/region=*", from: ids) == [ids[0]])
    #expect(try selected("rows/*/region=*", from: ids) == [ids[0], ids[3]])
    #expect(try selected("*/*/*", from: ids).starts(with: ids))
    #expect(try selected("overlap_*/data/overall", from: ["overlap_/data/overall"]).count == 1)
    #expect(try selected("*o*s*/data/overall", from: ["rows/data/overall"]).count == 1)
    #expect(try selected("*", from: ids).isEmpty)
  }

  @Test("names stand for the pilot's arms, metric and columns")
  func names() throws {
    let arms = ["federated", "baseline", "local", "federated-dp"].map { "x/\($0)/overall" }
    #expect(try selected("x/{candidate}/overall", from: arms) == [arms[0]])
    #expect(try selected("x/{baseline}/overall", from: arms) == [arms[1]])
    #expect(try selected("x/{local}/overall", from: arms) == [arms[2]])
    #expect(try selected("x/{private}/overall", from: arms) == [arms[3]])
    #expect(try selected("x/{reference}/overall", from: arms) == [arms[0]])
    #expect(try selected("{headline}/a/b", from: ["accuracy/a/b"]) == ["accuracy/a/b"])
    let columns = ["rows/data/region=n", "rows/data/sex=f", "rows/data/client=1"]
    #expect(try selected("rows/data/{segment}=*", from: columns) == Array(columns.prefix(2)))
    #expect(try selected("rows/data/{sensitive}=*", from: columns) == [columns[1]])
  }

  @Test("a name with a slash, a percent sign or a star is taken literally")
  func escaped() throws {
    var subject = CheckExample.subject
    subject.candidate = "50%/a=*"
    let id = EvidenceID("x", arm: "50%/a=*").description
    #expect(id == "x/50%25%2Fa%3D*/overall")
    #expect(
      try selected("x/{candidate}/*", from: [id, "x/50%25%2Fa%3Dz/overall"], subject: subject)
        == [id])
  }

  @Test("the private arm is the candidate, else the recommended one, else all with a finite ε")
  func privateArm() throws {
    var subject = CheckExample.subject
    let names = ["dp-1", "dp-4", "dp-inf"]
    subject.arms = names.map { ArmSummary(name: $0, kind: .federated, isPrivate: true) }
    subject.arms.append(ArmSummary(name: "federated", kind: .federated))
    let epsilons = [1, 4, Double.infinity]
    let facts = zip(names, epsilons).map { name, epsilon in
      fact("epsilon/\(name)/overall", .quantity(epsilon), unit: .epsilon)
    }
    let rule = Rule.compare(
      select: EvidencePattern("epsilon/{private}/overall"), bound: .value, relation: .atMost,
      limit: 10)
    #expect(
      Set(try finding(rule, facts, subject: subject).evidence.map(\.arm)) == ["dp-1", "dp-4"])
    subject.candidate = "dp-4"
    #expect(try finding(rule, facts, subject: subject).evidence.map(\.arm) == ["dp-4"])
    subject.candidate = "dp-inf"
    #expect(try finding(rule, facts, subject: subject).verdict == .notMet)
    subject.candidate = "federated"
    subject.arms.removeAll { ["dp-1", "dp-4"].contains($0.name) }
    #expect(try finding(rule, facts, subject: subject).verdict == .notMet)
  }

  @Test("the recommended arm is judged when the candidate is not private")
  func recommended() throws {
    var whole = record([
      fact("epsilon/federated-dp/overall", .quantity(3)), fact("epsilon/b/overall", .quantity(30)),
    ])
    whole.subject.arms.append(ArmSummary(name: "b", kind: .federated, isPrivate: true))
    whole.feasibility = Feasibility(
      verdict: .feasible, sentence: "", explanation: [], alternatives: [], margin: 0,
      marginOrigin: "", points: [], reference: nil, recommended: "federated-dp", evidence: [])
    let rule = Rule.compare(
      select: EvidencePattern("epsilon/{private}/overall"), bound: .value, relation: .atMost,
      limit: 10)
    let found = checklist(check(rule)).judge(
      whole, statements: Statements(), profile: .crossSilo, stage: .release)
    #expect(found.map(\.verdict) == [.met])
  }
}
