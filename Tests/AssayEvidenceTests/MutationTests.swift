import AssayDiagnostics
import AssayEvidence
import AssayFiles
import Testing

/// Damaged input costs a message and nothing else.
@Suite("Damaged input")
struct MutationTests {
  /// The text with one piece replaced, removed or doubled; the same for the same number.
  private func damaged(_ bytes: [UInt8], _ number: Int) -> [UInt8] {
    var state = UInt64(number) &* 0x9E37_79B9_7F4A_7C15 | 1
    func draw(_ limit: Int) -> Int {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int(state % UInt64(max(1, limit)))
    }
    var result = bytes
    for _ in 0...draw(3) {
      let start = draw(result.count)
      let end = min(result.count, start + draw(12))
      let pieces: [[UInt8]] = [
        [], [0], [0xFF], Array("{".utf8), Array("]".utf8), Array(": ".utf8), Array("\n".utf8),
        Array("null".utf8), Array("-1e999".utf8), Array("&a *a".utf8),
        Array(result[start..<end]) + Array(result[start..<end]),
      ]
      result.replaceSubrange(start..<end, with: pieces[draw(pieces.count)])
    }
    return result
  }

  /// How many of the damaged inputs are refused; whatever else is thrown fails the test.
  private func refusals(_ bytes: [UInt8], _ read: ([UInt8]) throws -> Void) throws -> Int {
    var refused = 0
    for number in 0..<150 {
      do { try read(damaged(bytes, number)) } catch is Diagnostic { refused += 1 }
    }
    return refused
  }

  @Test("a damaged record, checklist or statements file is read or refused")
  func damage() throws {
    let whole = record([
      estimate("accuracy/federated/overall", 0.8, 0.7, 0.9), fact("a/b/c", .flag(true)),
      fact("d/e/f", .missing(reason: "gone")),
    ]).encode().serialized()
    let records = try refusals(Array(whole.utf8)) { bytes in
      let json = try JSONValue.parse(bytes, path: "e.json")
      let record = try EvidenceRecord(json: json, path: "e.json")
      _ = record.withDerivedEvidence(Statements())
    }
    #expect(records > 50)
    let list = ChecklistParserTests.text(
      "{compare: {select: \"a/{private}/*\", bound: low, relation: above, limit: 1e-3}}",
      more: "    passes: [{evidence: {a/b/c: 3}, statements: {fairness: x}}]")
    let lists = try refusals(Array(list.utf8)) { bytes in
      let list = try Checklist.parse(bytes: bytes, path: "c.yaml")
      _ = list.judge(record(), statements: Statements(), profile: .regulated, stage: .trial)
    }
    #expect(lists > 50)
    let starter = try packageFile("model-cards/starter/statements.yaml")
    let statements = try refusals(starter) { bytes in
      let statements = try Statements.parse(bytes: bytes, path: "s.yaml")
      _ = ClaimsLinter.violations(in: statements)
    }
    #expect(statements > 25)
  }
}
