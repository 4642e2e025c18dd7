import AssayDiagnostics
import AssayRuns
import AssayTestSupport
import Foundation
import Testing

@testable import AssayPipeline

@Suite("Reading a pilot's data")
struct DataReadingTests {
  private func prepare(
    _ content: String, _ keys: String = "", file: String = "d.csv"
  ) throws -> PreparedData {
    let folder = TestData.temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try Data(content.utf8).write(to: URL(fileURLWithPath: folder + "/" + file))
    let text = """
      assay: 1
      name: t
      data: {path: \(file), client: c, label: y, split: {column: s}\(keys)}
      arms: [{name: a, kind: centralized, epochs: 1, batch_size: 1, learning_rate: 0.1}]
      """
    let pilot = try Pilot.parse(Array(text.utf8), path: folder + "/p.yaml")
    return try DataPreparation(plan: pilot.data, pilotPath: folder + "/p.yaml", override: nil)
      .prepare()
  }

  @Test("puts numbers, categories, missing fields and unusable rows where they belong")
  func encoding() throws {
    // By hand; the third row has no label, the fifth no client, 'blue' is not met in training.
    let data = try prepare(
      """
      c,s,y,n,colour,g
      k2,train,0,1.5,red,u
      k1,test,1,,blue,v
      k1,train,,9,red,u
      k1,train,1,-2,green,u
      ,train,1,7,red,u
      k3,test,0,4,red,

      """, ", segments: [g]")
    #expect(data.featureNames == ["n", "colour=green", "colour=red"])
    #expect(data.isNumeric == [true, false, false])
    #expect(data.train.features == [1.5, 0, 1, -2, 1, 0])
    #expect(data.test.features[0].isNaN)
    #expect(Array(data.test.features[1...]) == [0, 0, 4, 0, 1])
    #expect(data.train.rows == [1, 4] && data.test.rows == [2, 6])
    #expect(data.clients == ["k1", "k2", "k3"])
    #expect(data.train.clients == [1, 0] && data.test.clients == [0, 2])
    #expect(data.facts.droppedRows == 2)
    #expect(data.facts.missingValues.map(\.column) == ["n"])
    #expect(data.facts.missingValues.map(\.count) == [1])
    #expect(data.facts.unseenCategories == 1)
    #expect(data.facts.clientsWithoutTraining == 1 && data.facts.clientsWithoutTest == 1)
    #expect(data.segments[0].groups == ["v", GroupColumn.missingName])
    #expect(data.clientColumn.groups == ["k1", "k3"])
  }

  @Test("a typed table is read as its CSV twin, whatever its format")
  func typed() throws {
    let csv = try prepare(
      """
      c,s,y,n,colour
      k2,train,0,1.5,red
      k1,test,1,,blue
      k1,train,1,-2.0,"gr,een"

      """)
    let json = try prepare(
      """
      {"c": "k2", "s": "train", "y": 0, "n": 1.5, "colour": "red"}
      {"c": "k1", "s": "test", "y": 1, "n": null, "colour": "blue"}
      {"c": "k1", "s": "train", "y": 1, "n": -2.0, "colour": "gr,een"}

      """, file: "d.jsonl")
    #expect(json.featureNames == csv.featureNames)
    #expect(json.train.features == csv.train.features)
    #expect(json.train.labels == csv.train.labels && json.test.labels == csv.test.labels)
    #expect(json.clients == csv.clients && json.train.rows == csv.train.rows)
    #expect(json.test.features[0].isNaN)
    #expect(json.sources[0].sha256 != csv.sources[0].sha256)
  }

  @Test("what is wrong in a table without lines is named by row and column")
  func typedProblem() {
    #expect {
      try prepare(
        """
        {"c": "k2", "s": "train", "y": 0, "n": 1.5}
        {"c": "k1", "s": "elsewhere", "y": 1, "n": 2}

        """, file: "d.jsonl")
    } throws: { error in
      "\(error)".contains("row 2") && "\(error)".contains("elsewhere")
    }
  }

  @Test("counts test rows that equal a training row, and record ids on both sides")
  func leaks() throws {
    var csv = "c,s,y,n,m,i\n"
    for row in 0..<300 {
      csv += "k\(row % 3),train,\(row % 2),\(row % 50),\(row % 7),r\(row)\n"
    }
    // The second differs in the label, the third in an input; the last two are no record ids.
    csv += "k0,test,0,4,4,r4\nk0,test,1,4,4,x\nk0,test,0,4,4.5,r7\nk0,test,1,9,2,\nk0,test,1,1,1,\n"
    let data = try prepare(csv, ", id: i")
    // (4, 4, 0) is row 4 and (9, 2, 1) row 9; (1, 1, 1) is row 1.
    #expect(data.facts.identicalRows == 3)
    #expect(data.facts.overlappingRecords == 2)
  }

  @Test("a file that changes between two readings is refused")
  func changed() throws {
    let folder = TestData.temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/d.csv"
    func write(_ text: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: path)) }
    try write("c,s,y,n\nk,train,0,1\nk,test,1,2\n")
    let text =
      "assay: 1\nname: t\ndata: {path: d.csv, client: c, label: y, split: {column: s}}\n"
      + "arms: [{name: a, kind: centralized, epochs: 1, batch_size: 1, learning_rate: 0.1}]\n"
    let plan = try Pilot.parse(Array(text.utf8), path: folder + "/p.yaml").data
    let scan = try FileScan(path: path, plan: plan, features: nil, classCount: nil)
    for other in [
      "c,s,y,n\nk,train,0,1\nk,test,1,3\n", "c,s,y,n\nk,train,0,1\n",
      "c,s,y,n\nk,train,0,1\nk,test,1,2\nk,test,1,2\n", "c,s,y,m\nk,train,0,1\nk,test,1,2\n",
    ] {
      try write(other)
      #expect(throws: Diagnostic.self) { try scan.readAgain { _, _ in } }
    }
  }

  @Test("a group column from codes equals one from texts")
  func groups() {
    let texts = ["b", "", "a", "never", "é"]
    let codes: [Int32] = [2, 0, 1, 0, 4, 2]
    let values = codes.map { texts[Int($0)] }
    #expect(
      GroupColumn(name: "g", texts: texts, codes: codes) == GroupColumn(name: "g", values: values))
    #expect(GroupColumn(name: "g", texts: texts, codes: []) == GroupColumn(name: "g", values: []))
  }
}
