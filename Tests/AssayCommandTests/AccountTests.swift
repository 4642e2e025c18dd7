import AssayFiles
import AssayTestSupport
import Foundation
import Testing

@Suite("assay account from outside")
struct AccountTests {
  private func account(_ arguments: [String]) throws -> JSONValue {
    let outcome = try Executable.run(["account"] + arguments + ["--json"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try JSONValue.parse(Array(outcome.output.utf8), path: "stdout")
  }

  @Test("the Gaussian mechanism without sampling equals its closed form")
  func closedForm() throws {
    // mpmath with 50 digits: σ = 0.3, one step, δ = 1e-5 gives ε = 19.13076783.
    let json = try account(["--noise-multiplier", "0.3", "--delta", "1e-5"])
    let epsilon = try #require(json["epsilon"]?.double)
    #expect(epsilon >= 19.13076783 && epsilon < 19.130770)
    #expect(json["accountant"]?.string == "exact")
    #expect(json["neighbouring"]?.string == "add-or-remove-one")
    #expect(json["assumptions"]?.array?.isEmpty == false)
  }

  @Test("a subsampled history lies in its certified bracket")
  func bracket() throws {
    // A bracket by connect-the-dots above and merged cells below: [5.192548, 5.192631].
    let json = try account([
      "--noise-multiplier", "1.1", "--sampling-rate", "0.01", "--steps", "10000", "--delta", "1e-5",
    ])
    let epsilon = try #require(json["epsilon"]?.double)
    #expect(epsilon >= 5.192548 && epsilon < 5.1932)
    let lower = try #require(json["epsilon_lower"]?.double)
    #expect(lower <= epsilon)
    let plain = try #require(json["epsilon_without_amplification"]?.double)
    #expect(plain > epsilon)
  }

  @Test("noise for a target meets the target, and no noise is an infinite ε")
  func target() throws {
    let found = try account(["--target-epsilon", "8", "--steps", "25", "--delta", "1e-5"])
    #expect(try #require(found["epsilon"]?.double) <= 8)
    let noise = try #require(found["noise_multiplier"]?.double)
    let again = try account([
      "--noise-multiplier", "\(noise)", "--steps", "25", "--delta", "1e-5",
    ])
    #expect(again["epsilon"] == found["epsilon"])
    let none = try account(["--noise-multiplier", "0", "--delta", "1e-5"])
    #expect(none["epsilon"]?.string == "infinity")
  }

  @Test("a history file is read, and a slip in it is named")
  func history() throws {
    let folder = TestData.temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/h.json"
    try
      #"[{"noise_multiplier": 1.1, "sampling_rate": 0.01, "steps": 5000}, {"noise_multiplier": 1.1, "sampling_rate": 0.01, "steps": 5000}]"#
      .write(toFile: path, atomically: true, encoding: .utf8)
    let json = try account(["--history", path, "--delta", "1e-5"])
    let epsilon = try #require(json["epsilon"]?.double)
    #expect(epsilon >= 5.192548 && epsilon < 5.1932)
    try #"[{"noise_multiplyer": 1.1}]"#.write(toFile: path, atomically: true, encoding: .utf8)
    let slip = try Executable.run(["account", "--history", path, "--delta", "1e-5"])
    #expect(slip.status == 2)
    #expect(slip.errors.contains("did you mean 'noise_multiplier'?"), "\(slip.errors)")
  }

  @Test(
    "impossible values end with 2 or 64, never with a number",
    arguments: [
      ["--noise-multiplier", "1", "--delta", "0"], ["--noise-multiplier", "1", "--delta", "1"],
      ["--noise-multiplier", "-1", "--delta", "1e-5"],
      ["--noise-multiplier", "1", "--delta", "nan"],
      ["--noise-multiplier", "1", "--sampling-rate", "1.5", "--delta", "1e-5"],
      ["--noise-multiplier", "1", "--steps", "-3", "--delta", "1e-5"],
      ["--target-epsilon", "0", "--delta", "1e-5"], ["--delta", "1e-5"],
      ["--noise-multiplier", "1", "--target-epsilon", "3", "--delta", "1e-5"],
    ])
  func impossible(_ arguments: [String]) throws {
    let outcome = try Executable.run(["account"] + arguments)
    #expect(outcome.status == 2 || outcome.status == 64, "\(outcome.status) \(outcome.errors)")
    #expect(outcome.output.isEmpty)
    #expect(!outcome.errors.isEmpty)
  }
}
