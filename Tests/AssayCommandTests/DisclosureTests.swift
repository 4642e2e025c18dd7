import AssayFiles
import AssayStatistics
import AssayTestSupport
import Foundation
import Testing

/// What a reader of the output can compute of hidden groups, and the search for weak segments, from
/// outside.
@Suite("assay evaluate: hidden groups and weak segments")
struct DisclosureTests {
  /// Rows with regions, cities within them and sexes; some groups are small.
  static func table(rows: Int, key: UInt64) -> String {
    let generator = CounterGenerator(seed: key, stream: 61)
    var position: UInt64 = 0
    func next() -> Double {
      position += 1
      return generator.uniform(at: position)
    }
    var text = "y,p,q,region,city,sex,age\n"
    for _ in 0..<rows {
      let region = Int(5 * next() * next() * next())
      let city = Int(3 * next() * next())
      let label = next() < 0.4 ? 1 : 0
      let age = Int(20 + 60 * next())
      // The second arm is often wrong about people from 65 on.
      let wrong = next() < (age >= 65 ? 0.5 : 0.15)
      let first = label == 1 ? 0.4 + 0.55 * next() : 0.6 * next()
      let second = (label == 1) != wrong ? 0.6 + 0.3 * next() : 0.1 + 0.3 * next()
      text +=
        "\(label),\(first),\(second),r\(region),r\(region).\(city),s\(next() < 0.04 ? 1 : 0),\(age)\n"
    }
    return text
  }

  static func evaluate(_ text: String, _ further: [String]) throws -> (JSONValue, String) {
    let folder = TestData.temporaryFolder()
    try text.write(toFile: folder + "/p.csv", atomically: true, encoding: .utf8)
    let outcome = try Executable.run(
      ["evaluate", folder + "/p.csv", "--label", "y", "--score", "a=p", "--score", "b=q", "--json"]
        + further)
    #expect(outcome.status == 0 || outcome.status == 1, "\(outcome.errors)")
    return (try JSONValue.parse(Array(outcome.output.utf8), path: "stdout"), folder)
  }

  @Test(
    "counts of hidden groups cannot be computed from the JSON", arguments: [1, 2, 3] as [UInt64])
  func json(key: UInt64) throws {
    let (json, folder) = try Self.evaluate(
      Self.table(rows: 260, key: key),
      ["--segment", "region", "--segment", "city", "--sensitive", "sex"])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let arm = json["arms"]?["a"]
    var columns: [DisclosureAttack.Column] = []
    for (kind, names) in [("segments", ["region", "city"]), ("sensitive", ["sex"])] {
      for name in names {
        let groups = arm?[kind]?[name]
        columns.append(
          .init(
            name: name,
            groups: (groups?.object?.keys ?? []).map { group in
              let metrics = groups?[group]
              return (
                group, metrics?["selection_rate"]?["count"]?.integer,
                metrics?["accuracy"]?["undefined"]?.string ?? ""
              )
            }))
      }
    }
    let attack = DisclosureAttack(total: json["rows"]?.integer ?? 0, columns: columns) {
      _, reason in
      reason.hasSuffix("20 rows")
        ? (1, 19) : reason.hasSuffix("computed from it") ? (20, nil) : (1, nil)
    }
    let small = attack.hidden.filter { $0.reason.hasSuffix("20 rows") }
    #expect(!small.isEmpty)
    for (name, _) in small {
      let told = attack.withoutCounts.range(name) ?? (1, 19)
      #expect(attack.isPossible(name, told.low), "\(name)")
      #expect(attack.isPossible(name, told.high), "\(name)")
    }
  }

  @Test("evidence names no rows of a hidden group")
  func evidence() throws {
    let parent = TestData.temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: parent) }
    let (json, folder) = try Self.evaluate(
      Self.table(rows: 260, key: 1), ["--segment", "region", "-o", parent + "/out"])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: parent + "/out/evidence.json")))
    let evidence = try JSONValue.parse(bytes, path: "evidence.json")["evidence"]?.array ?? []
    let groups = json["arms"]?["a"]?["segments"]?["region"]
    var hidden = 0
    for group in groups?.object?.keys ?? [] where groups?[group]?["accuracy"]?["count"] == .null {
      hidden += 1
      for fact in evidence where fact["id"]?.string?.hasSuffix("region=\(group)") == true {
        #expect(fact["value"]?.double == nil, "\(fact["id"]?.string ?? "")")
        #expect(fact["count"]?.integer == nil, "\(fact["id"]?.string ?? "")")
      }
    }
    #expect(hidden >= 2)
  }

  @Test("a weak segment is found, confirmed, and shown in JSON, evidence and report")
  func weakSegments() throws {
    let parent = TestData.temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: parent) }
    let (json, folder) = try Self.evaluate(
      Self.table(rows: 3000, key: 4),
      [
        "--segment", "region", "--find-weak-segments", "--explore", "age", "--explore", "sex", "-o",
        parent + "/out",
      ])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let weak = json["weak_segments"]
    let found = weak?["found"]?.array ?? []
    #expect(found.contains { $0["verdict"]?.string == "confirmed" })
    let first = try #require(found.first { $0["verdict"]?.string == "confirmed" })
    #expect(first["arm"]?.string == "b" && first["reference"]?.string == "a")
    #expect(first["conditions"]?[0]?["column"]?.string == "age")
    #expect((first["confirmation"]?["against_reference"]?["count"]?.integer ?? 0) >= 20)
    #expect((weak?["searched"]?.integer ?? 0) > 50)
    let report = try String(contentsOfFile: parent + "/out/evaluation.html", encoding: .utf8)
    #expect(report.contains("Found by search; not planned."))
    let evidence = try String(contentsOfFile: parent + "/out/evidence.json", encoding: .utf8)
    #expect(evidence.contains("\"weak_segments_confirmed/run/overall\""))
  }

  @Test("flags of the search are refused without the search, or for another task")
  func misuse() throws {
    let folder = TestData.temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try Self.table(rows: 50, key: 5).write(
      toFile: folder + "/p.csv", atomically: true, encoding: .utf8)
    let base = ["evaluate", folder + "/p.csv", "--label", "y", "--score", "a=p"]
    #expect(try Executable.run(base + ["--explore", "age"]).status == 64)
    #expect(
      try Executable.run(base + ["--find-weak-segments", "--weak-metric", "recall"]).status == 64)
    let other = try Executable.run(
      base + ["--find-weak-segments", "--weak-metric", "mean_squared_error"])
    #expect(other.status == 2 && other.errors.contains("mean_squared_error"))
    let column = try Executable.run(base + ["--find-weak-segments", "--explore", "agee"])
    #expect(column.status == 2 && column.errors.contains("did you mean 'age'?"))
  }
}
