import AssayRuns
import Testing

@testable import AssayPrivacy

@Suite("The budget ledger")
struct BudgetLedgerTests {
  private let training = PrivacyEvent(noiseMultiplier: 1.1, samplingRate: 0.01, steps: 1_000)
  private let histogram = PrivacyEvent(
    mechanism: .discreteGaussian, noiseMultiplier: 4, steps: 6, sensitivity: 1)

  private func ledger(_ budget: BudgetLedger.Budget? = nil) -> BudgetLedger {
    BudgetLedger(
      budget: budget, unit: .client,
      releases: [
        .init(name: "model", kind: .training, content: .events([training])),
        .init(name: "counts", kind: .histogram, content: .events([histogram])),
      ])
  }

  @Test("the total is the accountant's answer for the composed history, less than the sum")
  func total() throws {
    let total = try ledger().total(delta: 1e-5)
    let composed = try guarantee(
      history: [training, histogram], delta: 1e-5, neighbouring: .addOrRemoveOne, unit: .client)
    #expect(total == composed)
    let alone = try ledger().releases.map { try ledger().alone($0, delta: 1e-5)?.epsilon ?? 0 }
    #expect(total.epsilon < alone[0] + alone[1])
    #expect(total.epsilon > max(alone[0], alone[1]))
    #expect(total.unit == .client)
    // The order of releases does not matter.
    let turned = BudgetLedger(unit: .client, releases: ledger().releases.reversed())
    #expect(try turned.total(delta: 1e-5).epsilon == total.epsilon)
    #expect(try BudgetLedger().total(delta: 1e-5).epsilon == 0)
  }

  @Test("six Gaussian releases of σ = 6 compose to the closed form of one of σ = 6/√6")
  func closedForm() throws {
    let one = PrivacyEvent(noiseMultiplier: 6)
    var ledger = BudgetLedger()
    for index in 0..<6 {
      ledger = ledger.withRelease(
        .init(name: "release \(index)", kind: .metrics, content: .events([one])))
    }
    // Analytic Gaussian, μ = √6/6 = 0.408248, δ = 1e-5, by mpmath with 50 digits: 1.5795893….
    let single = try guarantee(
      history: [PrivacyEvent(noiseMultiplier: 6 / 6.0.squareRoot())], delta: 1e-5)
    #expect(abs(try ledger.total(delta: 1e-5).epsilon - single.epsilon) <= 1e-6)
  }

  @Test("room for more is the largest number of releases that keeps the budget")
  func room() throws {
    // Gaussian releases of σ = 10 alone: k of them are one of σ = 10/√k.
    let one = PrivacyEvent(noiseMultiplier: 10)
    let ledger = BudgetLedger(
      budget: .init(epsilon: 2, delta: 1e-6),
      releases: [.init(name: "a", kind: .metrics, content: .events([one]))])
    let left = try #require(try ledger.remaining())
    #expect(left.verdict == .within && left.last == "a" && !left.isSearchCutShort)
    let room = try #require(left.releasesLikeLast)
    func epsilon(_ count: Int) throws -> Double {
      try guarantee(
        history: [PrivacyEvent(noiseMultiplier: 10, steps: count)], delta: 1e-6
      ).epsilon
    }
    #expect(try epsilon(room + 1) <= 2)
    #expect(try epsilon(room + 2) > 2)
    #expect(left.difference == 2 - left.total.epsilon)
    // More room than is looked for.
    let tiny = BudgetLedger(
      budget: .init(epsilon: 50, delta: 1e-6),
      releases: [
        .init(
          name: "a", kind: .metrics, content: .events([PrivacyEvent(noiseMultiplier: 1_000)]))
      ])
    let wide = try #require(try tiny.remaining())
    #expect(wide.releasesLikeLast == BudgetLedger.searchLimit && wide.isSearchCutShort)
  }

  @Test("a budget is kept, exceeded, or not shown to be kept")
  func verdicts() throws {
    #expect(try ledger().remaining() == nil)
    let within = try #require(try ledger(.init(epsilon: 8, delta: 1e-5)).remaining())
    #expect(within.verdict == .within)
    let exceeded = try #require(try ledger(.init(epsilon: 0.5, delta: 1e-5)).remaining())
    #expect(exceeded.verdict == .exceeded && exceeded.releasesLikeLast == 0)
    #expect(exceeded.difference == 0)
    // RDP has no lower end: above the budget it shows nothing.
    let open = try #require(
      try ledger(.init(epsilon: 0.5, delta: 1e-5)).remaining(accountant: .rdp))
    #expect(open.verdict == .notShown)
    // A release without noise spends everything.
    let none = ledger(.init(epsilon: 8, delta: 1e-5)).withRelease(
      .init(
        name: "raw", kind: .metrics, content: .events([PrivacyEvent(noiseMultiplier: 0)])))
    #expect(try none.remaining()?.verdict == .exceeded)
    #expect(throws: PrivacyError.self) {
      try ledger(.init(epsilon: -1, delta: 1e-5)).remaining()
    }
    #expect(throws: PrivacyError.self) {
      try ledger(.init(epsilon: 1, delta: 0)).remaining()
    }
  }

  @Test("an unaccounted release is named, and the last accounted one is the measure")
  func unaccounted() throws {
    let ledger = ledger(.init(epsilon: 8, delta: 1e-5)).withRelease(
      .init(name: "search", kind: .tuning, content: .unaccounted("nobody counted")))
    #expect(ledger.unaccounted == ["search"])
    #expect(try ledger.total(delta: 1e-5) == self.ledger().total(delta: 1e-5))
    #expect(try ledger.remaining()?.last == "counts")
    let entry = try #require(ledger.releases.last)
    #expect(try ledger.alone(entry, delta: 1e-5) == nil)
  }

  @Test("an opaque release spends its own δ")
  func opaque() throws {
    let opaque = PrivacyEvent(mechanism: .opaque, epsilon: 1, delta: 1e-6)
    let ledger = BudgetLedger(
      releases: [.init(name: "tool", kind: .other, content: .events([opaque, opaque]))])
    let enough = try ledger.total(delta: 1e-5)
    #expect(enough.epsilon <= 2.000001 && enough.epsilon > 1)
    // Two times 1e-6 is more than 1.5e-6: no ε is enough.
    #expect(try ledger.total(delta: 1.5e-6).epsilon == .infinity)
  }

  @Test("a name that is taken gets a number")
  func names() {
    let one = BudgetLedger.Entry(name: "a", kind: .other, content: .unaccounted("x"))
    let ledger = BudgetLedger().withRelease(one).withRelease(one).withRelease(one)
    #expect(ledger.releases.map(\.name) == ["a", "a (2)", "a (3)"])
  }
}
