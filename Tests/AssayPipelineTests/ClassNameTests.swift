import AssayDiagnostics
import AssayRuns
import AssayTestSupport
import Foundation
import Testing

@testable import AssayPipeline

@Suite("Names of classes and groups")
struct ClassNameTests {
  private func scored(
    _ text: String, positive: String? = nil, classes: [String] = [], score: String? = nil,
    scores: String? = nil, segments: [String] = []
  ) throws -> ScoredTable {
    let folder = TestData.temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/table.csv"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    var request = EvaluationRequest(
      paths: [path], label: "y", score: score.map { [(arm: "a", columns: $0)] } ?? [],
      scores: scores.map { [(arm: "a", columns: $0)] } ?? [], prediction: [], segments: segments,
      sensitive: [], client: nil, identifier: nil, reference: nil, task: nil, threshold: 0.5,
      confidence: 0.95, minimumCount: 1, minimumClients: 1, includeMissing: false,
      fairlearnConvention: false, seed: 0)
    request.input.positive = positive
    request.input.classes = classes
    return try PredictionTables(request, threads: 1).scoredTable()
  }

  @Test("a party that holds one class may name the class it does not hold")
  func oneClass() throws {
    #expect(try scored("y,s\nno,0.2\nno,0.4\n", positive: "yes", score: "s").labels == [0, 0])
    #expect(throws: (any Error).self) {
      try scored("y,s\nno,0.2\nyes,0.4\n", positive: "Yes", score: "s")
    }
  }

  @Test("--classes in another order than the columns' own names is a contradiction")
  func order() throws {
    let text = "y,p_cat,p_dog\ncat,0.9,0.1\ndog,0.2,0.8\n"
    #expect(
      try scored(text, classes: ["cat", "dog"], scores: "p_cat,p_dog").labels == [0, 1])
    #expect(throws: Diagnostic.self) {
      try scored(text, classes: ["dog", "cat"], scores: "p_cat,p_dog")
    }
    // Columns that are not named after classes say nothing about their order.
    #expect(
      try scored(
        "y,s0,s1\ncat,0.9,0.1\ndog,0.2,0.8\n", classes: ["dog", "cat"], scores: "s0,s1"
      ).labels == [1, 0])
  }

  @Test("a group called (missing) is told from rows without a group")
  func missing() throws {
    let table = try scored(
      "y,s,g\n1,0.2,(missing)\n0,0.4,\n1,0.6,b\n", score: "s", segments: ["g"])
    #expect(table.segments[0].groups == ["\"(missing)\"", "b", "(missing)"])
    #expect(table.segments[0].codes == [0, 2, 1])
  }

  @Test("one name in two spellings of Unicode is one group, in any order of rows")
  func spellings() throws {
    for rows in [["e\u{301}", "\u{e9}", "z"], ["\u{e9}", "z", "e\u{301}"]] {
      let text = "y,s,g\n" + rows.map { "1,0.5,\($0)\n" }.joined()
      let column = try scored(text, score: "s", segments: ["g"]).segments[0]
      #expect(column.groups.count == 2)
      #expect(Array(column.groups[0].unicodeScalars) == Array("e\u{301}".unicodeScalars))
      let other = GroupColumn(name: "g", values: rows)
      #expect(other.codes == column.codes && other.groups == column.groups)
    }
  }
}
