import AssayFiles
import AssayTestSupport
import Foundation
import Testing

@Suite("assay account, searches from outside")
struct AccountSearchTests {
  private func account(_ arguments: String) throws -> JSONValue {
    let outcome = try Executable.run(
      ["account"] + arguments.split(separator: " ").map(String.init) + ["--json"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try JSONValue.parse(Array(outcome.output.utf8), path: "stdout")
  }

  /// Expected value: of the closed form, `ε(√T/20) ≤ 3` up to T = 206 (mpmath 1.3).
  @Test("the most rounds for a target are found, and one more exceeds it")
  func steps() throws {
    let found = try account(
      "--target-epsilon 3 --noise-multiplier 20 --delta 1e-5 --solve steps")
    #expect(found["schema"]?.string == "assay.privacy/1" && found["solved"]?.string == "steps")
    #expect(found["steps"]?.integer == 206 && found["at_limit"] == .bool(false))
    #expect(try #require(found["epsilon"]?.double) <= 3)
    let more = try account("--noise-multiplier 20 --steps 207 --delta 1e-5")
    #expect(try #require(more["epsilon"]?.double) > 3)
  }

  @Test("the largest rate and cohort are certified")
  func rate() throws {
    let rate = try account(
      "--target-epsilon 1 --noise-multiplier 2 --steps 50 --delta 1e-5 --solve rate --accountant rdp"
    )
    let found = try #require(rate["sampling_rate"]?.double)
    #expect(found > 0.01 && found < 1)
    let cohort = try account(
      "--target-epsilon 1 --noise-multiplier 2 --steps 50 --delta 1e-5 --solve cohort "
        + "--population 1000 --accountant rdp")
    #expect(cohort["cohort"]?.integer == Int(found * 1_000))
    #expect(cohort["population"]?.integer == 1_000)
  }

  @Test("a frontier is a table of certified points with the Pareto-optimal ones marked")
  func frontier() throws {
    let arguments =
      "--target-epsilon 2 --delta 1e-6 --frontier --population 1000 --cohort 10 --cohort 100 "
      + "--rounds 5 --rounds 20 --clip 0.5 --accountant rdp"
    let found = try account(arguments)
    #expect(found["schema"]?.string == "assay.frontier/1")
    let points = try #require(found["points"]?.array)
    #expect(points.count == 4)
    #expect(points.map { $0["pareto_optimal"] } == [true, false, true, false].map { .bool($0) })
    for point in points {
      let noise = try #require(point["noise_multiplier"]?.double)
      let cohort = Double(try #require(point["cohort"]?.integer))
      let perCoordinate = try #require(point["noise_per_coordinate"]?.double)
      #expect(abs(perCoordinate - noise * 0.5 / cohort) < 1e-12)
      #expect(try #require(point["epsilon"]?.double) <= 2)
    }
    let text = try Executable.run(["account"] + arguments.split(separator: " ").map(String.init))
    #expect(text.status == 0 && text.output.contains("noise per coordinate of the mean"))
  }

  /// Expected value: `√10 / (2Φ⁻¹(0.55))` = 12.58253… (mpmath 1.3).
  @Test("noise for a bound on attacks is found, and says what it reaches")
  func attack() throws {
    let found = try account("--target-advantage 0.1 --steps 10 --delta 1e-5")
    #expect(abs(try #require(found["noise_multiplier"]?.double) - 12.58254) < 6e-5)
    #expect(found["attack"]?["quantity"]?.string == "advantage")
    #expect(try #require(found["attack"]?["reached"]?.double) <= 0.1)
    let rate = try account("--target-tpr 0.05 --at-fpr 0.01 --steps 10 --delta 1e-5")
    #expect(try #require(rate["attack"]?["reached"]?.double) <= 0.05)
    #expect(rate["attack"]?["false_positive_rate"]?.double == 0.01)
  }

  @Test("a wider bracket is still one")
  func tolerance() throws {
    let arguments = "--noise-multiplier 1.1 --sampling-rate 0.01 --steps 10000 --delta 1e-5"
    let coarse = try account(arguments + " --tolerance 1e-2")
    // An independent bracket: [5.192548, 5.192631].
    let upper = try #require(coarse["epsilon"]?.double)
    let lower = try #require(coarse["epsilon_lower"]?.double)
    #expect(upper >= 5.192548 && lower <= 5.192631 && upper - lower < 0.06 * upper)
  }

  @Test(
    "combinations that mean nothing are misuse, and bad targets are named",
    arguments: [
      ("--solve steps --delta 1e-5 --target-epsilon 1", 64, "--noise-multiplier"),
      ("--solve cohort --delta 1e-5 --target-epsilon 1 --noise-multiplier 1", 64, "--population"),
      ("--frontier --delta 1e-5 --target-epsilon 1", 64, "--population"),
      ("--frontier --solve steps --delta 1e-5 --target-epsilon 1", 64, "at most one of"),
      ("--target-tpr 0.1 --delta 1e-5", 64, "--at-fpr"),
      ("--target-advantage 0.1 --noise-multiplier 1 --delta 1e-5", 64, "takes the place"),
      ("--target-advantage 0.1 --history x.json --delta 1e-5", 64, "--history"),
      ("--noise-multiplier 1 --population 5 --delta 1e-5", 64, "--population"),
      ("--noise-multiplier 1 --clip 5 --delta 1e-5", 64, "--frontier"),
      ("--noise-multiplier 1 --tolerance 0 --delta 1e-5", 64, "--tolerance"),
      ("--target-epsilon 1 --tolerance 0.1 --delta 1e-5", 64, "--tolerance"),
      ("--target-advantage 1 --delta 1e-5", 2, "target_advantage"),
      ("--target-tpr 0.01 --at-fpr 0.1 --delta 1e-5", 2, "target_tpr"),
      ("--frontier --population 5 --cohort 9 --delta 1e-5 --target-epsilon 1", 2, "cohort"),
      (
        "--solve rate --sampling none --delta 1e-5 --target-epsilon 1 --noise-multiplier 1", 2,
        "sampling"
      ),
    ])
  func misuse(_ arguments: String, _ status: Int, _ part: String) throws {
    let outcome = try Executable.run(
      ["account"] + arguments.split(separator: " ").map(String.init))
    #expect(Int(outcome.status) == status, "\(outcome.errors)")
    #expect(outcome.errors.contains(part), "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
  }
}
