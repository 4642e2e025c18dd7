import AssayDocuments
import AssayEvidence
import AssayTestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The templates of the package.
func packageTemplates() throws -> TemplateLibrary {
  try TemplateLibrary(folder: "\(TestData.packageRoot)/templates")
}

func writeText(_ text: String, to path: String) -> Bool {
  guard let file = fopen(path, "w") else { return false }
  defer { fclose(file) }
  let bytes = Array(text.utf8)
  return fwrite(bytes, 1, bytes.count, file) == bytes.count
}

/// The folder into which documents are written to be looked at, named by `ASSAY_LOOK`.
private let lookFolder: String? = getenv("ASSAY_LOOK").map { String(cString: $0) }

@Suite("Documents to look at")
struct LookTests {
  @Test(
    "the invented pilots are written where a person can look at them",
    .enabled(if: lookFolder != nil, "set ASSAY_LOOK to a folder to get the documents"))
  func look() throws {
    let folder = try #require(lookFolder)
    let templates = try packageTemplates()
    for (name, assessment) in [
      ("rich", RichAssessment.make()), ("trial", RichAssessment.make(stage: .trial)),
      ("minimal", RichAssessment.minimal), ("ingested", RichAssessment.ingested),
    ] {
      mkdir("\(folder)/\(name)", 0o755)
      for file in try renderDocuments(assessment, templates: templates) {
        #expect(writeText(file.content, to: "\(folder)/\(name)/\(file.fileName)"))
      }
    }
  }
}
