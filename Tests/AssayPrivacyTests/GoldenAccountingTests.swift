import AssayRuns
import Testing

@testable import AssayPrivacy

/// Every Gaussian, Laplace and composed configuration of `Golden/dp_accounting.csv`.
@Suite("reference configurations")
struct GoldenAccountingTests {
  static let bracketed = GoldenConfiguration.all.filter { $0.lower != nil }

  @Test("the reference file holds the configurations that the tests rely on")
  func complete() {
    #expect(GoldenConfiguration.all.count == 113)
    #expect(GoldenAccountingTests.bracketed.count == 106)
    #expect(GoldenConfiguration.all.allSatisfy { !$0.history.isEmpty })
    #expect(GoldenConfiguration.all.contains { $0.history.count == 10 })
  }

  /// The grid is coarse here, to be quick in debug builds; the bounds hold at any grid.
  @Test(
    "ε is never below the true one, and its bracket meets the reference bracket",
    arguments: bracketed)
  func sound(_ golden: GoldenConfiguration) throws {
    let lower = try #require(golden.lower)
    let upper = try #require(golden.upper)
    let found = try guarantee(
      history: golden.history, delta: golden.delta, neighbouring: golden.neighbouring, unit: nil,
      accountant: .best, tolerance: 1e-2)
    // The reference prints 10 significant digits.
    #expect(found.epsilon >= lower * (1 - 1e-9))
    #expect(found.epsilonLower ?? 0 <= upper * (1 + 1e-9))
    #expect(found.epsilonLower ?? 0 <= found.epsilon)
    // Loose only where ε is a few thousandths (q = 1e-6).
    #expect(found.epsilon <= upper * 1.02 + 5e-3)
    #expect(found.epsilonWithoutAmplification >= found.epsilon)
  }

  @Test("closed forms agree to 1e-9 relative, before rounding", arguments: bracketed)
  func exact(_ golden: GoldenConfiguration) throws {
    guard let exact = golden.accountants["exact"] else { return }
    let ledger = try ReleaseLedger(golden.history, golden.neighbouring)
    if ledger.releases.contains(where: \.noise.isDiscrete) {
      // Convolved on the lattice of the losses there, composed on the same lattice here.
      let found = try ledger.bound(.best, delta: golden.delta, tolerance: quotedTolerance)
      #expect(found.epsilon >= exact * (1 - 1e-9) && found.epsilon <= exact * (1 + 1e-7))
      #expect(try #require(found.lower) <= exact * (1 + 1e-9))
      #expect(try #require(found.lower) >= exact * (1 - 1e-7))
      return
    }
    let bound = try ledger.bound(.exact, delta: golden.delta, tolerance: 1)
    // 1e-9: half a unit of the tenth significant digit that the reference prints.
    #expect(abs(bound.epsilon - exact) <= 1e-9 * exact)
    #expect(abs((bound.lower ?? 0) - exact) <= 1e-9 * exact)
    let quoted = try guarantee(
      history: golden.history, delta: golden.delta, neighbouring: golden.neighbouring)
    #expect(quoted.accountant == "exact")
    #expect(quoted.epsilon >= bound.epsilon && quoted.epsilon <= bound.epsilon + 1.1e-6)
  }

  /// Rule: dp-accounting takes the best of a list of orders, and leaves out fractional orders whose
  /// series did not converge; ours is the minimum over all orders. So ours may be smaller, never larger
  /// (1e-6: its ten printed digits), and is within 1 % unless its list was too coarse there.
  @Test("RDP is never above dp-accounting's, and never below the truth", arguments: bracketed)
  func renyi(_ golden: GoldenConfiguration) throws {
    guard let theirs = golden.accountants["rdp"], let lower = golden.lower else { return }
    let ledger = try ReleaseLedger(golden.history, golden.neighbouring)
    let ours = try ledger.bound(.rdp, delta: golden.delta, tolerance: 1)
    #expect(ours.epsilon <= theirs * (1 + 1e-6))
    #expect(ours.epsilon >= lower * (1 - 1e-9))
  }

  @Test("RDP is within 1 % of dp-accounting's wherever its list of orders is fine enough")
  func renyiAgrees() throws {
    var coarse: [String] = []
    for golden in Self.bracketed {
      guard let theirs = golden.accountants["rdp"] else { continue }
      let ledger = try ReleaseLedger(golden.history, golden.neighbouring)
      let ours = try ledger.bound(.rdp, delta: golden.delta, tolerance: 1).epsilon
      if ours < theirs * 0.99 { coarse.append(golden.id) }
    }
    #expect(
      coarse == ["dp046", "dp051", "dp059", "dp066", "dp089", "dp091", "dp098", "dp118"])
  }

  @Test("the quoted grid gives five digits", arguments: ["dp030", "dp054", "dp103", "dp189"])
  func tight(_ id: String) throws {
    let golden = try #require(GoldenConfiguration.all.first { $0.id == id })
    let found = try guarantee(
      history: golden.history, delta: golden.delta, neighbouring: golden.neighbouring)
    let upper = try #require(golden.upper)
    #expect(found.accountant == "pld")
    #expect(found.epsilon <= upper * (1 + 5e-5))
    #expect(try #require(found.epsilonLower) >= found.epsilon * (1 - 2e-4))
  }

  /// The rows are in units of the replace sensitivity, which is twice the sensitivity used here.
  @Test("fixed-size sampling reproduces dp-accounting's bound where it uses the same theorem")
  func fixedSize() throws {
    for (id, same) in [("dp127", true), ("dp133", true), ("dp136", true), ("dp132", false)] {
      let golden = try #require(GoldenConfiguration.all.first { $0.id == id })
      var event = try #require(golden.history.first)
      event.noiseMultiplier *= 2
      let found = try guarantee(
        history: [event], delta: golden.delta, neighbouring: .replaceOne, accountant: .rdp)
      let theirs = try #require(golden.accountants["rdp"])
      // Theorem 27 of the same paper, for higher orders, is slightly tighter: up to 5 % here.
      #expect(found.epsilon >= theirs * (1 - 1e-4), "\(id)")
      #expect(found.epsilon <= theirs * (same ? 1.002 : 1.05), "\(id)")
    }
  }

  /// `dp_published.csv`, rows whose printed value was read in its source: TF-Privacy's own tests.
  @Test("values printed in TF-Privacy's tests are reproduced")
  func published() throws {
    func epsilon(_ noise: Double, _ rate: Double, _ steps: Int, _ which: Accountant) throws
      -> Double
    {
      try guarantee(
        history: [PrivacyEvent(noiseMultiplier: noise, samplingRate: rate, steps: steps)],
        delta: 1e-5, accountant: which
      ).epsilon
    }
    #expect(try abs(epsilon(0.7, 1, 2, .exact) - 10.1224946) < 2e-6)
    #expect(try abs(epsilon(0.35, 1, 2, .exact) - 24.7160779) < 2e-6)
    // RDP over a list of orders there, over all orders here.
    #expect(try abs(epsilon(0.7, 1, 2, .rdp) - 10.8602036) < 0.01)
    #expect(try abs(epsilon(0.7, 0.01, 120, .rdp) - 3.2392676) < 0.01)
    // Their PLD value 2.4612381 lies above the truth by their grid's error.
    let pld = try epsilon(0.7, 0.01, 120, .pld)
    #expect(pld >= 2.460068 && pld <= 2.4615)
  }
}
