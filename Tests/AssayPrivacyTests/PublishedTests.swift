import AssayRuns
import AssayTestSupport
import Testing

@testable import AssayPrivacy

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Values of ε printed elsewhere, each worked out again with the accountant that printed it.
@Suite("published values")
struct PublishedTests {
  private static let path = "Docs/published-epsilons.md"
  private static let opening = "<!-- begin: from dp_published.csv -->"
  private static let closing = "<!-- end: from dp_published.csv -->"

  @Test("there are 40 rows, and every one has an accountant")
  func complete() throws {
    #expect(PublishedRow.all.count == 40)
    for worked in PublishedRow.worked {
      #expect(try worked.reproduction.get().value.isFinite, "\(worked.row.id)")
    }
  }

  /// Expected values: printed in the publications, see the column `source` of the table.
  @Test("the printed value comes out again", arguments: PublishedRow.worked)
  func reproduced(_ worked: PublishedRow.Worked) throws {
    let row = worked.row
    let found = try worked.reproduction.get()
    // The printed value is the accountant's, less at most `below` and more at most `above`.
    #expect(row.published >= found.value - found.below * 1.000001)
    #expect(row.published <= found.value + found.above * 1.000001)
  }

  /// What is printed beside a calibrated noise is the target, and an estimate may lie below the truth.
  @Test(
    "no bound that was printed lies below the certified bracket", arguments: PublishedRow.worked)
  func neverTooSmall(_ worked: PublishedRow.Worked) throws {
    let row = worked.row
    let isEstimate = row.accountant.hasPrefix("gdp_clt")
    guard let bracket = try worked.bracket.get() else { return }
    let half = 0.5e-3 * row.published
    if isEstimate {
      #expect(row.published < bracket.lower || row.accountant.hasSuffix("calibration"))
    } else {
      #expect(row.published >= bracket.lower - half)
    }
  }

  @Test("a list of orders is never better than all orders, and edge cases have an answer")
  func historical() throws {
    let history = [PrivacyEvent(noiseMultiplier: 1.1, samplingRate: 0.01, steps: 1_000)]
    let today = try guarantee(history: history, delta: 1e-5, accountant: .rdp)
    for accountant in [ClassicRenyi.opacus, .dpAccounting, .tutorials, .momentsAccountant] {
      #expect(try accountant.epsilon(history: history, delta: 1e-5).epsilon >= today.epsilon - 1e-6)
    }
    let loud = [PrivacyEvent(noiseMultiplier: 0)]
    #expect(try ClassicRenyi.opacus.epsilon(history: loud, delta: 1e-5).epsilon == .infinity)
    #expect(try ClassicRenyi.opacus.epsilon(history: [], delta: 1e-5).epsilon == 0)
    #expect(try ClassicRenyi(orders: []).epsilon(history: history, delta: 1e-5).order == nil)
    #expect(throws: PrivacyError.deltaOutOfRange(found: "0.0")) {
      try ClassicRenyi.opacus.epsilon(history: history, delta: 0)
    }
  }

  @Test("the table of Docs/published-epsilons.md is that of the reference file")
  func document() throws {
    let text = try PackageTree.file(Self.path).text
    let head = try #require(text.firstRange(of: Self.opening))
    let tail = try #require(text.firstRange(of: Self.closing))
    let table = "\n\n" + (try Self.table()) + "\n"
    if getenv("RECORD_GOLDEN") != nil {
      let whole = text[..<head.upperBound] + table + text[tail.lowerBound...]
      let file = try #require(fopen(TestData.packageRoot + "/" + Self.path, "w"))
      fputs(String(whole), file)
      fclose(file)
      Issue.record("\(Self.path) was recorded; read the difference, run without RECORD_GOLDEN")
      return
    }
    let isCurrent = text[head.upperBound..<tail.lowerBound] == table
    #expect(isCurrent, "\(Self.path) is stale; RECORD_GOLDEN=1 rewrites its table")
  }

  // MARK: The table

  private static func table() throws -> String {
    let header =
      "| | publication | what | printed | certified today | printed by | which gives | why they differ |"
    let rows = try PublishedRow.worked.map { worked in
      let row = worked.row
      let found = try worked.reproduction.get()
      var certified = "no δ"
      if let bracket = try worked.bracket.get() {
        certified = "\(digits(bracket.lower, .down))–\(digits(bracket.upper, .up))"
      }
      let cells = [
        row.id, row.publication, what(row),
        (row.accountant.hasSuffix("calibration") ? "target " : "") + row.printed
          + (row.wasRead ? "" : " (recalled)"),
        certified, found.accountant, digits(found.value, .toNearestOrAwayFromZero), found.reason,
      ]
      return "| " + cells.map(escaped).joined(separator: " | ") + " |"
    }
    return header + "\n| --- | --- | --- | ---: | ---: | --- | ---: | --- |\n"
      + rows.joined(separator: "\n") + "\n"
  }

  private static func what(_ row: PublishedRow) -> String {
    switch row.mechanism {
    case "tree_aggregation": "tree over \(row.steps) rounds, σ \(row.noise), δ \(row.delta)"
    case "zcdp": "ρ = \(row.noise), δ \(row.delta)"
    default:
      "σ \(row.noise), q \(row.rate), T \(row.steps)" + (row.delta > 0 ? ", δ \(row.delta)" : "")
    }
  }

  /// Four decimals at most, five significant digits or so.
  private static func digits(_ value: Double, _ rule: FloatingPointRoundingRule) -> String {
    let scale = value < 10 ? 1e4 : 1e3
    return "\((value * scale).rounded(rule) / scale)"
  }

  private static func escaped(_ cell: String) -> String {
    cell.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
  }
}
