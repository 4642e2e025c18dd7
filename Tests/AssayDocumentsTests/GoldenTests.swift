import AssayDocuments
import AssayFiles
import AssayTestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

private let goldenFolder = "\(TestData.packageRoot)/Tests/AssayDocumentsTests/Golden"

/// A reference file of these tests.
func goldenText(_ name: String) throws -> String {
  String(decoding: try InputFile.read("\(goldenFolder)/\(name)"), as: UTF8.self)
}

@Suite("Golden documents")
struct GoldenTests {
  @Test(
    "small documents keep their bytes",
    arguments: [
      ("minimal", "gate.xml"), ("minimal", "model-card.md"), ("minimal", "model-card.json"),
      ("ingested", "gate.xml"), ("ingested", "model-card.md"), ("rich", "gate.xml"),
    ])
  func golden(subject: String, file: String) throws {
    let assessment = try #require(CrossRenderingTests.all.first { $0.name == subject }).assessment
    let text = try #require(try rendered(assessment)[file])
    let name = "\(subject)-\(file)"
    if getenv("RECORD_GOLDEN") != nil {
      #expect(writeText(text, to: "\(goldenFolder)/\(name)"))
      Issue.record("\(name) was recorded; read the difference and run again without RECORD_GOLDEN")
      return
    }
    #expect(text == (try goldenText(name)), "\(name) changed; RECORD_GOLDEN=1 records it")
  }
}
