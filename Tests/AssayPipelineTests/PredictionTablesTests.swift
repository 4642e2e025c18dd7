import AssayDiagnostics
import AssayEvidence
import AssayFiles
import AssayRuns
import AssayTestSupport
import Foundation
import Testing

@testable import AssayPipeline

/// Files of one test, and requests for them.
private final class Files {
  let folder = TestData.temporaryFolder()
  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func write(_ name: String, _ text: String) throws -> String {
    let path = folder + "/" + name
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return path
  }
}

private func request(
  _ paths: [String], label: String = "y", score: [(String, String)] = [],
  scores: [(String, String)] = [], prediction: [(String, String)] = [], segments: [String] = [],
  client: String? = nil, id: String? = nil, task: String? = nil,
  _ change: (inout PredictionInput) -> Void = { _ in }
) -> EvaluationRequest {
  var request = EvaluationRequest(
    paths: paths, label: label, score: score.map { (arm: $0.0, columns: $0.1) },
    scores: scores.map { (arm: $0.0, columns: $0.1) },
    prediction: prediction.map { (arm: $0.0, columns: $0.1) }, segments: segments, sensitive: [],
    client: client, identifier: id, reference: nil, task: task, threshold: 0.5, confidence: 0.95,
    minimumCount: 1, minimumClients: 1, includeMissing: false, fairlearnConvention: false, seed: 0)
  change(&request.input)
  return request
}

private func table(_ request: EvaluationRequest) throws -> ScoredTable {
  try PredictionTables(request, threads: 2).scoredTable()
}

/// The messages of what a request is refused for.
private func refusal(_ request: EvaluationRequest) -> String {
  do {
    _ = try PredictionTables(request, threads: 2)
    return ""
  } catch let problems as DiagnosticList {
    return problems.rendered
  } catch let problem as Diagnostic {
    return problem.rendered
  } catch { return "\(error)" }
}

@Suite("Prediction files that are joined")
struct PredictionJoinTests {
  private let files = Files()

  @Test("rows are matched by id in any order, and rows without a match are counted and left out")
  func joined() throws {
    let a = try files.write("a.csv", "id,y,s\nr1,1,0.9\nr2,0,0.2\nr3,1,0.7\nr4,0,0.4\n")
    let b = try files.write("b.csv", "s,id,c\n0.8,r4,x\n0.1,r2,y\n0.6,r9,x\n0.3,r1,y\n")
    let tables = try PredictionTables(
      request([a, b], score: [("a", "s"), ("b", "s")], segments: ["c"], id: "id"))
    let scored = try tables.scoredTable()
    // By hand: r1, r2 and r4 stand in both; r3 and r9 in one only. The first file gives the order.
    #expect(scored.labels == [1, 0, 0])
    #expect(scored.arms[0].seeds[0].scores == [0.9, 0.2, 0.4])
    #expect(scored.arms[1].seeds[0].scores == [0.3, 0.1, 0.8])
    #expect(scored.segments[0].codes.map { scored.segments[0].groups[Int($0)] } == ["y", "y", "x"])
    #expect(
      tables.join
        == JoinReport(
          matched: 3, files: [.init(path: a, unmatched: 1), .init(path: b, unmatched: 1)]))
    #expect(tables.notes.contains { $0.contains("1 of \(a), 1 of \(b)") })
    #expect(tables.sources.map(\.path) == [a, b])
  }

  @Test("a file joined with itself, or a model with itself, is noted")
  func twins() throws {
    let text = "id,y,s\nr1,1,0.9\nr2,0,0.2\n"
    let a = try files.write("a.csv", text)
    let b = try files.write("b.csv", text)
    let tables = try PredictionTables(
      request([a, b], score: [("x", "a.csv:s"), ("z", "b.csv:s")], id: "id"))
    #expect(tables.notes.contains { $0.contains("b.csv holds the same bytes as") })
    #expect(tables.notes.contains { $0.contains("the arms 'x' and 'z' have the same score") })
  }

  @Test("FILE:COLUMN names the file, by its path or the last part of it")
  func named() throws {
    let a = try files.write("a.csv", "id,y,s\n1,1,0.9\n2,0,0.2\n")
    let b = try files.write("b.csv", "id,y,s\n2,0,0.4\n1,1,0.6\n")
    let scored = try table(
      request([a, b], score: [("first", "b.csv:s"), ("second", "\(a):s")], id: "id"))
    #expect(scored.arms.map { $0.seeds[0].scores } == [[0.6, 0.4], [0.9, 0.2]])
  }

  @Test("files of one shape with a column for each arm are joined, not stacked")
  func onePerArm() throws {
    let a = try files.write("a.csv", "id,y,s\n1,1,0.9\n2,0,0.2\n")
    let b = try files.write("b.csv", "id,y,s\n2,0,0.4\n1,1,0.6\n")
    let scored = try table(request([a, b], score: [("a", "s"), ("b", "s")], id: "id"))
    #expect(scored.rowCount == 2)
    #expect(scored.arms.map { $0.seeds[0].scores } == [[0.9, 0.2], [0.6, 0.4]])
    let stacked = try table(request([a, b], score: [("a", "s")]))
    #expect(stacked.labels == [1, 0, 0, 1])
    #expect(stacked.arms[0].seeds[0].scores == [0.9, 0.2, 0.4, 0.6])
  }

  @Test("labels and groups that files disagree on are errors that name the record")
  func disagreement() throws {
    let a = try files.write("a.csv", "id,y,g,s\n1,1,p,0.9\n2,0,q,0.2\n")
    let b = try files.write("b.csv", "id,y,g,t\n2,0,q,0.4\n1,0,p,0.6\n")
    let c = try files.write("c.csv", "id,y,g,t\n2,0.0,r,0.4\n1,1.0,p,0.6\n")
    let arms = [("a", "s"), ("b", "t")]
    let labels = refusal(request([a, b], score: arms, id: "id"))
    #expect(
      labels.contains("b.csv:3:3: error: expected the same 'y' of the record '1' in both files"))
    #expect(labels.contains("found '0' here and '1' in '\(a)'"))
    // `1.0` is the label `1` written by another tool; the group differs.
    let groups = refusal(request([a, c], score: arms, segments: ["g"], id: "id"))
    #expect(groups.contains("c.csv:2:7: error: expected the same 'g' of the record '2'"))
    #expect(try table(request([a, c], score: arms, id: "id")).labels == [1, 0])
  }

  @Test("ids that stand twice, are empty or never match are errors")
  func identifiers() throws {
    let a = try files.write("a.csv", "id,y,s\n1,1,0.9\n2,0,0.2\n1,0,0.3\n,1,0.5\n")
    let b = try files.write("b.csv", "id,t\n7,0.4\n8,0.6\n")
    let twice = refusal(request([a], score: [("a", "s")], id: "id"))
    #expect(
      twice.contains("a.csv:4:1: error: expected each id in column 'id' once, found '1' again"))
    #expect(twice.contains("(first in line 2)"))
    #expect(twice.contains("a.csv:5:1: error: expected a value in column 'id', found none"))
    #expect(
      refusal(request([a, b], score: [("a", "s"), ("b", "t")], id: "id")).contains("'1' again"))
    let c = try files.write("c.csv", "id,y,s\n1,1,0.9\n2,0,0.2\n")
    #expect(
      refusal(request([c, b], score: [("a", "s"), ("b", "t")], id: "id"))
        .contains("rows whose 'id' stands in all 2 files, found none"))
    // Parts of one table: an id of the first file again in the second.
    let again = refusal(request([c, c], score: [("a", "s")], id: "id"))
    #expect(again.contains("c.csv:2:1: error: expected each id in column 'id' once"))
  }

  @Test("files without ids stand side by side when rows are as many and no column stands twice")
  func sideBySide() throws {
    let a = try files.write("a.csv", "y\n1\n0\n")
    let b = try files.write("b.csv", "s,t\n0.9,0.8\n0.2,0.1\n")
    let scored = try table(request([a, b], score: [("a", "s"), ("b", "t")]))
    #expect(scored.labels == [1, 0])
    #expect(scored.arms[1].seeds[0].scores == [0.8, 0.1])
    let short = try files.write("c.csv", "s\n0.9\n")
    #expect(
      refusal(request([a, short], score: [("a", "s")])).contains(
        "expected as many rows in every file"))
    let twice = try files.write("d.csv", "y,s\n1,0.9\n0,0.2\n")
    #expect(
      refusal(request([twice, b], score: [("b", "t")]))
        .contains("expected --id with the column of record ids"))
    #expect(
      refusal(request([a, b], score: [("a", "u")])).contains("--score names this column"))
  }

  @Test("an ambiguous column asks for FILE:COLUMN")
  func ambiguous() throws {
    let a = try files.write("a.csv", "id,y,s\n1,1,0.9\n2,0,0.2\n")
    let b = try files.write("b.csv", "id,s\n2,0.4\n1,0.6\n")
    let message = refusal(request([a, b], score: [("a", "s")], id: "id"))
    #expect(message.contains("expected the column 's' in one file"))
    #expect(message.contains("FILE:COLUMN, such as \(a):s"))
  }

  @Test("the JSON and the evidence say how many rows were matched")
  func report() throws {
    let a = try files.write("a.csv", "id,y,s\n1,1,0.9\n2,0,0.2\n3,1,0.4\n")
    let b = try files.write("b.csv", "id,t\n2,0.4\n1,0.6\n")
    let result = try evaluatePredictions(
      request([a, b], score: [("a", "s"), ("b", "t")], id: "id"), output: nil,
      judging: JudgingChoice(), environment: PipelineEnvironment(threads: 1, asOf: .now()))
    #expect(result.json["rows"]?.integer == 2)
    #expect(result.json["join"]?["matched"]?.integer == 2)
    #expect(result.json["join"]?["unmatched"]?[a]?.integer == 1)
    #expect(result.json["join"]?["unmatched"]?[b]?.integer == 0)
  }
}

@Suite("Kinds of scores and names of classes")
struct PredictionMeaningTests {
  private let files = Files()

  @Test("logits become probabilities: logistic and softmax in closed form")
  func logits() throws {
    let path = try files.write(
      "p.csv", "y,z,z0,z1,z2\n1,0,0,0,0\n0,1.0986122886681098,1000,1000,0\n1,-800,-1,-2,-800\n")
    let binary = try table(request([path], score: [("a", "z")]) { $0.scoreKind = .logit })
    // 1/(1+e^0) = 1/2; 1/(1+e^-ln 3) = 3/4; e^-800 is 0 in double precision.
    let scores = binary.arms[0].seeds[0].scores
    #expect(scores[0] == 0.5)
    #expect(abs(scores[1] - 0.75) < 1e-15)
    #expect(scores[2] == 0)
    let several = try table(
      request([path], scores: [("a", "z0,z1,z2")]) { $0.armScoreKinds = [("a", .logit)] })
    let rows = several.arms[0].seeds[0].scores
    // Equal logits: a third each; two equal and one far below: a half each.
    #expect(rows[0..<3].allSatisfy { abs($0 - 1.0 / 3) < 1e-15 })
    #expect(rows[3..<6] == [0.5, 0.5, 0])
    // e^-1 / (e^-1 + e^-2) = e / (e + 1), with e = 2.718281828459045.
    #expect(abs(rows[6] - 2.718281828459045 / 3.718281828459045) < 1e-15)
  }

  @Test("a score column of classes gives rates alone, as --prediction does")
  func classes() throws {
    let path = try files.write("p.csv", "y,c\n1,1\n0,1\n1,0\n")
    let one = try table(request([path], score: [("a", "c")]) { $0.armScoreKinds = [("a", .class)] })
    let other = try table(request([path], prediction: [("a", "c")]))
    #expect(one == other)
    #expect(one.arms[0].seeds[0].predictions == [1, 1, 0])
  }

  @Test("probabilities outside of 0...1 suggest logits; only 0 and 1 suggest classes")
  func hints() throws {
    let path = try files.write("p.csv", "y,s,c\n1,2.5,1\n0,-1,0\n")
    let message = refusal(request([path], score: [("a", "s")]))
    #expect(message.contains("p.csv:2:3: error: expected a probability in 0...1 in column 's'"))
    #expect(message.contains("--score-kind a=logit"))
    let tables = try PredictionTables(request([path], score: [("a", "c")]))
    #expect(tables.notes.contains { $0.contains("--score-kind a=class") })
  }

  @Test("--positive names the label that is 1; True and False need no name")
  func positive() throws {
    let path = try files.write("p.csv", "y,t,s\nyes,True,0.9\nno,False,0.2\n,,0.5\n")
    let named = try table(request([path], score: [("a", "s")]) { $0.positive = "no" })
    #expect(named.labels == [0, 1, -1])
    #expect(try table(request([path], label: "t", score: [("a", "s")])).labels == [1, 0, -1])
    #expect(
      refusal(request([path], score: [("a", "s")])).contains(
        "name the label that counts as 1 with --positive"))
    let unknown = refusal(request([path], score: [("a", "s")]) { $0.positive = "yess" })
    #expect(unknown.contains("'yess'"))
    let three = try files.write("q.csv", "y,s\nyes,0.9\nno,0.2\nmaybe,0.5\n")
    #expect(
      refusal(request([three], score: [("a", "s")]) { $0.positive = "yes" }).contains(
        "expected one other label beside 'yes'"))
  }

  @Test("classes are told by score columns that end in the labels, in any order")
  func classNames() throws {
    let path = try files.write(
      "p.csv", "y,a_cat,a_dog,b_dog,b_cat,c\ncat,0.9,0.1,0.3,0.7,dog\ndog,0.2,0.8,0.6,0.4,dog\n")
    let scored = try table(
      request(
        [path], scores: [("a", "a_cat,a_dog"), ("b", "b_dog,b_cat")], prediction: [("a", "c")]))
    #expect(scored.task == .multiclass(classCount: 2))
    #expect(scored.labels == [0, 1])
    #expect(scored.arms[0].seeds[0].scores == [0.9, 0.1, 0.2, 0.8])
    // The second arm names its columns in another order; classes are those of the first.
    #expect(scored.arms[1].seeds[0].scores == [0.7, 0.3, 0.4, 0.6])
    #expect(scored.arms[0].seeds[0].predictions == [1, 1])
  }

  @Test("probabilities of several classes sum to 1: noted, or refused with row and help")
  func sums() throws {
    let noted = try files.write("n.csv", "y,p0,p1,p2\n0,0.5,0.3,0.2001\n2,0.2,0.3,0.5\n")
    let tables = try PredictionTables(request([noted], scores: [("a", "p0,p1,p2")]))
    #expect(tables.notes.contains { $0.contains("in 1 rows the probabilities of the arm 'a'") })
    let exact = try files.write(
      "e.csv", "y,p0,p1,p2\n0,0.333333,0.333333,0.333333\n2,0.2,0.3,0.5\n")
    #expect(
      try !PredictionTables(request([exact], scores: [("a", "p0,p1,p2")])).notes.contains {
        $0.contains("sum")
      })
    let refused = try files.write("r.csv", "y,p0,p1,p2\n0,0.5,0.3,0.2\n2,0.9,0.8,0.7\n")
    let text = refusal(request([refused], scores: [("a", "p0,p1,p2")]))
    #expect(text.contains("r.csv:3:"), "\(text)")
    #expect(text.contains("over 3 score columns"), "\(text)")
    #expect(text.contains("--score-kind a=logit"), "\(text)")
  }

  @Test("other names want --classes, which name the columns in their order")
  func namedClasses() throws {
    let path = try files.write("p.csv", "y,p,q\ncat,0.9,0.1\ndog,0.2,0.8\n")
    #expect(
      refusal(request([path], scores: [("a", "p,q")])).contains("--classes A,B,C"))
    let scored = try table(
      request([path], scores: [("a", "p,q")]) { $0.classes = ["dog", "cat"] })
    #expect(scored.labels == [1, 0])
    let wrong = refusal(request([path], scores: [("a", "p,q")]) { $0.classes = ["dog", "cow"] })
    #expect(
      wrong.contains("p.csv:2:1: error: expected a label in dog, cow in column 'y', found 'cat'"))
    #expect(
      refusal(request([path], scores: [("a", "p,q")]) { $0.classes = ["a", "b", "c"] })
        .contains("2, one for each score column"))
    let binary = try table(request([path], score: [("a", "q")]) { $0.classes = ["cat", "dog"] })
    #expect(binary.task == .binary)
    #expect(binary.labels == [0, 1])
  }

  @Test("rows without a score of every arm are refused, or left out and counted when asked")
  func unscored() throws {
    let path = try files.write(
      "p.csv", "y,s,t,g\n1,0.9,0.8,p\n0,,0.3,q\n1,0.4,inf,q\n0,0.2,0.1,\n")
    let arms = [("a", "s"), ("b", "t")]
    #expect(refusal(request([path], score: arms)).contains("--unscored exclude"))
    let tables = try PredictionTables(
      request([path], score: arms, segments: ["g"]) { $0.excludesUnscored = true })
    let scored = try tables.scoredTable()
    // By hand: the second and the third row lack a score.
    #expect(tables.unscoredRows == 2)
    #expect(scored.labels == [1, 0])
    #expect(scored.arms.map { $0.seeds[0].scores } == [[0.9, 0.2], [0.8, 0.1]])
    #expect(scored.segments[0].groups == ["p", "(missing)"])
  }
}
