import AssayRuns
import Testing

@testable import AssayPrivacy

@Suite("calibration and feasibility")
struct CalibrationTests {
  @Test(
    "the noise found is the smallest multiple of 1e-6 that meets the target",
    arguments: [(1.0, 1.0, 20, Accountant.exact), (3, 0.01, 10_000, .rdp), (0.1, 0.5, 7, .rdp)])
  func smallest(_ target: Double, _ rate: Double, _ steps: Int, _ accountant: Accountant) throws {
    let found = try noiseMultiplier(
      targetEpsilon: target, delta: 1e-5, samplingRate: rate, steps: steps, accountant: accountant)
    #expect(found.guarantee.epsilon <= target && found.guarantee.epsilon > target * 0.999)
    let less = PrivacyEvent(
      noiseMultiplier: found.noiseMultiplier - 1e-6, samplingRate: rate, steps: steps)
    let worse = try guarantee(history: [less], delta: 1e-5, accountant: accountant)
    #expect(worse.epsilon > target)
    let again = PrivacyEvent(
      noiseMultiplier: found.noiseMultiplier, samplingRate: rate, steps: steps)
    let same = try guarantee(history: [again], delta: 1e-5, accountant: accountant)
    #expect(same == found.guarantee)
  }

  /// Reference: dp-accounting 0.6.0 RDP gives 1.66186 and PLD 1.56499 for ε = 3 here.
  @Test("RDP needs the noise that dp-accounting finds")
  func reference() throws {
    let rdp = try noiseMultiplier(
      targetEpsilon: 3, delta: 1e-5, samplingRate: 0.01, steps: 10_000, accountant: .rdp)
    #expect(abs(rdp.noiseMultiplier - 1.66186) < 2e-5)
  }

  @Test("the tightest accountant needs less noise than RDP, and certifies it")
  func best() throws {
    let best = try noiseMultiplier(
      targetEpsilon: 2, delta: 1e-6, samplingRate: 0.3, steps: 5)
    let rdp = try noiseMultiplier(
      targetEpsilon: 2, delta: 1e-6, samplingRate: 0.3, steps: 5, accountant: .rdp)
    #expect(best.noiseMultiplier < rdp.noiseMultiplier)
    #expect(best.guarantee.epsilon <= 2 && best.guarantee.epsilon > 1.999)
    #expect(best.guarantee.accountant == "pld")
  }

  @Test("no release needs no noise; a bad target is refused")
  func edges() throws {
    let none = try noiseMultiplier(targetEpsilon: 1, delta: 1e-5, steps: 0)
    #expect(none.noiseMultiplier == 0 && none.guarantee.epsilon == 0)
    for target in [0, -1, Double.nan, .infinity] {
      #expect(throws: PrivacyError.targetOutOfRange(found: "\(target)")) {
        try noiseMultiplier(targetEpsilon: target, delta: 1e-5)
      }
    }
    #expect(throws: PrivacyError.stepsOutOfRange(event: 1, found: "-1")) {
      try noiseMultiplier(targetEpsilon: 1, delta: 1e-5, steps: -1)
    }
    #expect {
      _ = try noiseMultiplier(targetEpsilon: 1e-6, delta: 1e-20, steps: 1_000_000_000_000_000)
    } throws: {
      guard case .targetUnreachable? = $0 as? PrivacyError else { return false }
      return true
    }
  }

  @Test("the default δ is min(1e-5, 1/N^1.1), and its limit is 1/N")
  func delta() throws {
    #expect(try defaultDelta(population: 1) == 1e-5)
    // 10^6 to the power −1.1.
    #expect(try abs(defaultDelta(population: 1_000_000) / 2.51188643150958e-7 - 1) < 1e-13)
    #expect(try deltaLimit(population: 200) == 0.005)
    #expect(throws: PrivacyError.self) { try defaultDelta(population: 0) }
    #expect(throws: PrivacyError.self) { try deltaLimit(population: -4) }
  }

  @Test("noise per coordinate of the mean is z·C/(q·N)")
  func perCoordinate() throws {
    let found = try noisePerCoordinate(
      noiseMultiplier: 2, clip: 0.5, samplingRate: 0.1, population: 100)
    #expect(abs(found - 0.1) < 1e-16)
    #expect(throws: PrivacyError.self) {
      try noisePerCoordinate(noiseMultiplier: 2, clip: 0, samplingRate: 0.1, population: 100)
    }
  }

  @Test("the least population passes and one client fewer does not", arguments: [1.0, 0.05])
  func population(_ rate: Double) throws {
    let found = try #require(
      try leastPopulation(
        targetEpsilon: 2, tolerableNoise: 0.01, clip: 1, samplingRate: rate, steps: 50))
    #expect(found.noisePerCoordinate <= 0.01)
    #expect(try found.delta == defaultDelta(population: found.population))
    let fewer = found.population - 1
    let noise = try noiseMultiplier(
      targetEpsilon: 2, delta: defaultDelta(population: fewer), samplingRate: rate, steps: 50,
      accountant: rate == 1 ? .exact : .rdp)
    #expect(noise.noiseMultiplier / (rate * Double(fewer)) > 0.01)
    let out = try leastPopulation(
      targetEpsilon: 0.01, tolerableNoise: 1e-6, clip: 1, samplingRate: rate, steps: 50,
      limit: 1_000)
    #expect(out == nil)
  }

  @Test("seeds and arms on the same units spend one budget")
  func composition() throws {
    let seed = [PrivacyEvent(noiseMultiplier: 5, steps: 10)]
    let three = composed([seed, seed, seed])
    #expect(three == [PrivacyEvent(noiseMultiplier: 5, steps: 30)])
    let other = [PrivacyEvent(noiseMultiplier: 2)]
    #expect(composed([seed, other, seed]).count == 3)
    let all = try guarantee(history: three, delta: 1e-6)
    let one = try guarantee(history: seed, delta: 1e-6)
    #expect(all.epsilon > one.epsilon && all.epsilon < 3 * one.epsilon)
  }

  @Test("what a unit means for people is said in words")
  func words() {
    #expect(protection(unit: .client, clientIs: "silo").contains("organisation"))
    #expect(protection(unit: .client, clientIs: "person").contains("one person"))
    #expect(protection(unit: .client, clientIs: "device").contains("several devices"))
    #expect(protection(unit: .client, clientIs: nil).contains("not recorded"))
    #expect(protection(unit: .example, clientIs: "person").contains("one row"))
    #expect(protection(unit: nil, clientIs: "person").contains("not recorded"))
  }
}
