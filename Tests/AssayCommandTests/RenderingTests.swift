import AssayEvidence
import AssayFiles
import AssayTestSupport
import AssayXML
import Foundation
import Testing

/// One evidence, several renderings: what a reader, a script and a CI job see is the same.
@Suite("HTML, JUnit and JSON of a real run agree")
struct RenderingTests {
  /// Runs a small pilot and hands its folder to the test.
  private func withRun(_ body: (String) throws -> Void) throws {
    let pilot = try SmallPilot()
    defer { pilot.remove() }
    let outcome = try Executable.run(["run", pilot.path, "-o", pilot.output] + RunTests.clock)
    #expect(outcome.status == 1, "\(outcome.errors)")
    try body(pilot.output)
  }

  private func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  @Test("every number printed in HTML and JUnit is the evidence's, and every verdict is the same")
  func agree() throws {
    try withRun { folder in
      let path = folder + "/evidence.json"
      let json = try JSONValue.parse(bytes(path), path: path)
      let record = try EvidenceRecord(json: json, path: path)
      let evidence = Dictionary(
        record.evidence.map { ($0.id.description, $0) }, uniquingKeysWith: { first, _ in first })
      var verdicts: [String: String] = [:]
      for finding in json["findings"]?.array ?? [] {
        verdicts[finding["check"]?.string ?? ""] = finding["verdict"]?.string
      }
      #expect(verdicts.count >= 30)
      var numbers = 0
      var states = 0
      for name in [
        "evaluation.html", "model-card.html", "dp-feasibility.html", "pilot-readiness.html",
      ] {
        let document = try XMLDocument(bytes(folder + "/" + name), path: name)
        try document.root().forEach { element in
          if let id = element["data-evidence"] {
            numbers += 1
            #expect(element.text == evidence[id]?.printedValue, "\(name): \(id)")
          }
          if let check = element["data-check"] {
            states += 1
            #expect(element["data-verdict"] == verdicts[check], "\(name): \(check)")
          }
        }
      }
      #expect(numbers > 200)
      #expect(states >= verdicts.count)
      let gate = try XMLDocument(bytes(folder + "/gate.xml"), path: "gate.xml")
      var properties = 0
      var cases: Set<String> = []
      try gate.root().forEach { element in
        if element.name == "property", let name = element["name"], let fact = evidence[name] {
          properties += 1
          #expect(element["value"] == fact.printedLine, "gate.xml: \(name)")
        }
        if element.name == "testcase", let name = element["name"] {
          cases.insert(String(name.prefix { $0 != " " }))
        }
      }
      #expect(properties > 20)
      for (check, verdict) in verdicts {
        #expect(cases.contains(check) == (verdict != "not-applicable"), "gate.xml: \(check)")
      }
    }
  }

  /// junitparser 5.0.3 and lxml 6, installed by `make peers`.
  static let python = TestData.packageRoot + "/.peers/bin/python"

  @Test(
    "junitparser counts what the evidence counts, and the gate validates against its schema",
    .enabled(
      if: FileManager.default.isExecutableFile(atPath: python),
      "needs the Python packages of make peers"))
  func junitparser() throws {
    try withRun { folder in
      let script = """
        import json, sys
        from junitparser import JUnitXml
        from lxml import etree
        xml = JUnitXml.fromfile(sys.argv[1] + "/gate.xml")
        schema = etree.XMLSchema(etree.parse(sys.argv[2]))
        schema.assertValid(etree.parse(sys.argv[1] + "/gate.xml"))
        record = json.load(open(sys.argv[1] + "/evidence.json"))
        tests = failures = errors = skipped = 0
        for suite in xml:
            for case in suite:
                tests += 1
                kinds = {type(r).__name__ for r in case.result}
                failures += "Failure" in kinds
                errors += "Error" in kinds
                skipped += "Skipped" in kinds
        assert (tests, failures, errors, skipped) == (
            sum(s.tests for s in xml), sum(s.failures for s in xml),
            sum(s.errors for s in xml), sum(s.skipped for s in xml)), "attributes"
        want = {"failures": 0, "errors": 0, "skipped": 0, "tests": 0}
        for f in record["findings"]:
            verdict, required = f["verdict"], f["required"]
            if verdict == "not-applicable":
                continue
            want["tests"] += 1
            if verdict == "waived" or (verdict != "met" and not required):
                want["skipped"] += 1
            elif verdict == "not-met":
                want["failures"] += 1
            elif verdict != "met":
                want["errors"] += 1
        for judgement in record["judgements"]:
            want["tests"] += 1
            want["skipped"] += judgement["outcome"] != "supported"
        assert want == {"tests": tests, "failures": failures, "errors": errors,
                        "skipped": skipped}, (want, tests, failures, errors, skipped)
        """
      let outcome = try Executable.run(
        ["-c", script, folder, TestData.packageRoot + "/templates/gate.xsd"],
        program: Self.python)
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
  }
}
