import AssayEvidence
import AssayRuns
import AssayStatistics
import Testing

/// Comparison, flags, presence: verdicts and the sentences beside them.
@Suite("Judging evidence")
struct JudgingTests {
  static let difference = "accuracy_difference/federated-vs-baseline/overall"
  static let utility = Rule.compare(
    select: EvidencePattern("{headline}_difference/{candidate}-vs-{baseline}/overall"),
    bound: .low, relation: .atLeast, limit: -0.02)

  @Test("a reason names the fact, its value, interval, count and the limit")
  func sentence() throws {
    let found = try finding(
      Self.utility, [estimate(Self.difference, -0.031, -0.04, -0.022, unit: .difference)])
    #expect(found.verdict == .notMet)
    #expect(
      found.reason
        == "accuracy difference of federated against baseline: −0.031 (−0.040 to −0.022), n 6,172; "
        + "required: lower end at least −0.020.")
    #expect(found.evidence == [EvidenceID(Self.difference)])
  }

  @Test("an interval that holds the limit is too thin, whatever the value")
  func spanning() throws {
    for value in [-0.025, -0.01, 0.005] {
      let found = try finding(
        Self.utility, [estimate(Self.difference, value, -0.03, 0.01, unit: .difference)])
      #expect(found.verdict == .insufficient)
      #expect(found.reason.hasSuffix("The interval holds the limit, so the data cannot tell."))
    }
  }

  @Test("an interval that touches the limit meets 'at least' and misses 'above'")
  func touching() throws {
    let touching = [estimate(Self.difference, 0.01, -0.02, 0.04)]
    #expect(try finding(Self.utility, touching).verdict == .met)
    let above = Rule.compare(
      select: EvidencePattern(Self.difference), bound: .low, relation: .above, limit: -0.02)
    #expect(try finding(above, touching).verdict == .insufficient)
    let zero = Rule.compare(
      select: EvidencePattern(Self.difference), bound: .low, relation: .above, limit: 0)
    #expect(try finding(zero, [estimate(Self.difference, 0, 0, 0)]).verdict == .notMet)
    let below = Rule.compare(
      select: EvidencePattern(Self.difference), bound: .value, relation: .below, limit: 0.01)
    #expect(try finding(below, touching).verdict == .notMet)
  }

  @Test("an end of an interval that nobody stated is insufficient")
  func noInterval() throws {
    let bare = fact(
      Self.difference, .estimate(.defined(value: 0.01, interval: nil, count: 40)),
      unit: .difference)
    let found = try finding(Self.utility, [bare])
    #expect(found.verdict == .insufficient)
    #expect(
      found.reason
        == "accuracy difference of federated against baseline: +0.010, n 40, which states no "
        + "interval; required: lower end at least −0.020.")
  }

  @Test("an undefined estimate is not assessed, and says why")
  func undefined() throws {
    let found = try finding(
      Self.utility, [fact(Self.difference, .estimate(.undefined(reason: "no rows", count: 0)))])
    #expect(found.verdict == .notAssessed)
    #expect(
      found.reason
        == "accuracy difference of federated against baseline: undefined: no rows.")
  }

  @Test("a suppressed cell is insufficient, a fact that is not recorded is not assessed")
  func suppressed() throws {
    let reason = "suppressed: fewer than 20 rows"
    let hidden = fact(Self.difference, .estimate(.undefined(reason: reason, count: nil)))
    #expect(try finding(Self.utility, [hidden]).verdict == .insufficient)
    let missing = fact(Self.difference, .missing(reason: "the log ends early"))
    let found = try finding(Self.utility, [missing])
    #expect(found.verdict == .notAssessed)
    #expect(found.reason.hasSuffix("not recorded: the log ends early."))
  }

  @Test("no fact at all is not assessed, and the ids looked for are named")
  func absent() throws {
    let found = try finding(Self.utility)
    #expect(found.verdict == .notAssessed)
    #expect(
      found.reason == "No evidence was found; looked for \(Self.difference).")
  }

  @Test("a name that stands for nothing is not assessed")
  func noLocalArm() throws {
    var subject = CheckExample.subject
    subject.local = nil
    let rule = Rule.compare(
      select: EvidencePattern("accuracy_difference/{candidate}-vs-{local}/overall"), bound: .low,
      relation: .above, limit: 0)
    let found = try finding(rule, subject: subject)
    #expect(found.verdict == .notAssessed)
    #expect(found.reason == "Not assessed: there is no local-only arm to compare with.")
  }

  @Test("a limit for accuracy is not applied to a loss")
  func lowerIsBetter() throws {
    var subject = CheckExample.subject
    subject.headline = "log_loss"
    let loss = estimate(
      "log_loss_difference/federated-vs-baseline/overall", 0.3, 0.2, 0.4, unit: .difference)
    #expect(try finding(Self.utility, [loss], subject: subject).verdict == .notAssessed)
  }

  @Test("text is not a number, and a number is no flag")
  func kinds() throws {
    let words = fact(Self.difference, .text("fine"), unit: .text)
    let found = try finding(Self.utility, [words])
    #expect(found.verdict == .notAssessed)
    #expect(found.reason.contains("expected a number, found 'fine'"))
    let flag = Rule.holds(select: EvidencePattern(Self.difference))
    #expect(try finding(flag, [estimate(Self.difference, 1, 1, 1)]).verdict == .notAssessed)
    #expect(try finding(flag, [fact(Self.difference, .flag(true))]).verdict == .met)
    #expect(try finding(flag, [fact(Self.difference, .flag(false))]).verdict == .notMet)
  }

  @Test("ε is compared as an upper bound; an infinite ε misses every limit")
  func guarantee() throws {
    func epsilon(_ value: Double) -> Evidence {
      fact(
        "epsilon/federated-dp/overall",
        .guarantee(
          PrivacyGuarantee(
            epsilon: value, epsilonLower: nil, delta: 1e-6, unit: .client,
            neighbouring: .addOrRemoveOne, accountant: "rdp", assumptions: [],
            epsilonWithoutAmplification: value)), unit: .epsilon)
    }
    let rule = Rule.compare(
      select: EvidencePattern("epsilon/{private}/overall"), bound: .value, relation: .atMost,
      limit: 20)
    #expect(try finding(rule, [epsilon(20)]).verdict == .met)
    #expect(try finding(rule, [epsilon(.infinity)]).verdict == .notMet)
    let found = try finding(rule, [epsilon(20.5)])
    #expect(
      found.reason
        == "epsilon of federated-dp: ε 20.5 at δ 1e−6, unit client, add-or-remove-one, accountant "
        + "rdp, no lower end; required: at most 20.0.")
  }

  @Test("of many facts the worst decide and are named")
  func many() throws {
    let facts = (1...6).map { number in
      fact("rows/data/region=r\(number)", .count(number * 40), unit: .count)
    }
    let rule = Rule.compare(
      select: EvidencePattern("rows/data/region=*"), bound: .value, relation: .atLeast, limit: 100)
    let found = try finding(rule, facts)
    #expect(found.verdict == .notMet)
    #expect(
      found.reason
        == "2 of 6 miss the limit. rows, region=r1: 40; required: at least 100. "
        + "rows, region=r2: 80; required: at least 100.")
    #expect(found.evidence.count == 6)
    #expect(try finding(.enough(rule), facts).verdict == .insufficient)
    let enough = try finding(rule, Array(facts.suffix(4)))
    #expect(
      enough.reason
        == "All 4 hold. Nearest to the limit: rows, region=r3: 120; required: at least 100.")
  }

  @Test("one fact below the limit outweighs one that is unknown, and unknown outweighs thin")
  func precedence() throws {
    let rule = Rule.compare(
      select: EvidencePattern("x/run/*"), bound: .value, relation: .atLeast, limit: 1)
    let low = fact("x/run/a", .count(0), unit: .count)
    let unknown = fact("x/run/b", .missing(reason: "gone"))
    let thin = fact("x/run/c", .missing(reason: "suppressed: fewer than 20 rows"))
    let good = fact("x/run/d", .count(2), unit: .count)
    #expect(try finding(rule, [good, thin, unknown, low]).verdict == .notMet)
    #expect(try finding(rule, [good, thin, unknown]).verdict == .notAssessed)
    #expect(try finding(rule, [good, thin]).verdict == .insufficient)
    #expect(try finding(rule, [good]).verdict == .met)
  }

  @Test("every sensitive column has to be there")
  func everyAlternative() throws {
    var subject = CheckExample.subject
    subject.sensitive = ["sex", "age"]
    let rule = Rule.compare(
      select: EvidencePattern("equalized_odds_difference/{candidate}/{sensitive}"), bound: .value,
      relation: .atMost, limit: 0.1)
    let one = [estimate("equalized_odds_difference/federated/sex", 0.02, 0, 0.1)]
    let found = try finding(rule, one, subject: subject)
    #expect(found.verdict == .notAssessed)
    #expect(found.reason.hasSuffix("looked for equalized_odds_difference/federated/age."))
  }

  @Test("a comparison with another fact subtracts it first")
  func relative() throws {
    let rule = Rule.relative(
      select: EvidencePattern("accuracy_worst_decile_client/{candidate}/overall"),
      to: EvidencePattern("accuracy/{candidate}/overall"), bound: .value, relation: .atLeast,
      limit: -0.1)
    let whole = estimate("accuracy/federated/overall", 0.73, 0.72, 0.74)
    let tenth = fact(
      "accuracy_worst_decile_client/federated/overall",
      .estimate(.defined(value: 0.687, interval: nil, count: 20)))
    let found = try finding(rule, [whole, tenth])
    #expect(found.verdict == .met)
    #expect(
      found.reason
        == "accuracy worst decile client of federated: 0.687, n 20, against accuracy of federated "
        + "0.730; required: difference, at least −0.100.")
    #expect(found.evidence.count == 2)
    #expect(try finding(rule, [tenth]).verdict == .notAssessed)
    let none = fact("accuracy/federated/overall", .estimate(.undefined(reason: "x", count: 0)))
    #expect(try finding(rule, [none, tenth]).verdict == .notAssessed)
  }

  @Test("a value that prints like its limit and misses it is given exactly")
  func rounding() throws {
    let rule = Rule.compare(
      select: EvidencePattern("a/b/c"), bound: .value, relation: .atMost, limit: 0.05)
    let found = try finding(rule, [estimate("a/b/c", 0.0501, 0, 1)])
    #expect(found.verdict == .notMet)
    #expect(found.reason.hasSuffix("at most 0.050 (it is 0.0501, before rounding)."))
  }

  @Test("groups that had to be left out are named")
  func leftOut() throws {
    var gap = estimate("equalized_odds_difference/federated/sex", 0.02, 0, 0.1)
    gap.leftOut = ["(missing)", "x"]
    let rule = Rule.compare(
      select: EvidencePattern("equalized_odds_difference/*/sex"), bound: .value,
      relation: .atMost, limit: 0.1)
    #expect(try finding(rule, [gap]).reason.hasSuffix("Left out: (missing), x."))
  }

  @Test("presence wants a value")
  func presence() throws {
    let rule = Rule.present(select: [EvidencePattern("a/b/c"), EvidencePattern("d/e/f")])
    let a = estimate("a/b/c", 1, 1, 1)
    #expect(try finding(rule, [a]).verdict == .notAssessed)
    #expect(try finding(rule, [a, fact("d/e/f", .flag(false))]).verdict == .met)
    #expect(try finding(rule, [a, fact("d/e/f", .missing(reason: "no"))]).verdict == .notAssessed)
  }

  @Test("a profile without a limit is not assessed")
  func perProfile() throws {
    let rule = Rule.perProfile([
      .crossSilo: .holds(select: EvidencePattern("a/b/c"))
    ])
    let flag = [fact("a/b/c", .flag(true))]
    #expect(try finding(rule, flag).verdict == .met)
    #expect(try finding(rule, flag, profile: .regulated).verdict == .notAssessed)
  }

  @Test("what an ingested artifact does not hold is not assessed")
  func ingested() throws {
    let path = "checklists/pilot-readiness.yaml"
    let list = try Checklist.parse(bytes: try packageFile(path), path: path)
    let subject = Subject(
      name: "flower", kind: .ingested, arms: [ArmSummary(name: "run", kind: .ingested)],
      candidate: "run")
    let facts = [fact("completion_rate/run/overall", .missing(reason: "no counts in the log"))]
    let findings = list.judge(
      record(facts, subject: subject), statements: Statements(), profile: .crossSilo,
      stage: .release)
    let open: Set<Verdict> = [.notAssessed, .attestationPending, .notApplicable]
    for finding in findings where finding.check.id != "PC-6" {
      #expect(open.contains(finding.verdict), "\(finding.check.id): \(finding.reason)")
    }
  }
}
