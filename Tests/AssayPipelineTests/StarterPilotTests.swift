import AssayDiagnostics
import AssayFiles
import AssayTestSupport
import Testing

@testable import AssayPipeline

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("The starter pilot")
struct StarterPilotTests {
  /// An installed data folder with the two files that are copied.
  private func dataFolder() throws -> String {
    let root = TestData.temporaryFolder()
    for folder in ["model-cards", "model-cards/starter", "checklists"] {
      mkdir(root + "/" + folder, 0o755)
    }
    for (path, text) in [
      ("model-cards/starter/statements.yaml", "model: {}\n"),
      ("checklists/pilot-readiness.yaml", "checks: []\n"),
    ] {
      let file = try #require(fopen(root + "/" + path, "w"))
      fputs(text, file)
      fclose(file)
    }
    return root
  }

  @Test("all files are there, with plain relative paths, the same each time")
  func files() throws {
    let folder = try dataFolder()
    let files = try StarterPilot.files(dataFolder: folder)
    #expect(
      files.map(\.path) == [
        "README.md", "pilot.yaml", "data.csv", "statements.yaml", "checklists/pilot-readiness.yaml",
        "ci/github-actions.yml", "ci/gitlab-ci.yml", "ci/Jenkinsfile",
      ])
    let again = try StarterPilot.files(dataFolder: folder)
    #expect(files.map(\.content) == again.map(\.content))
    #expect(files.allSatisfy { $0.content.hasSuffix("\n") && !$0.content.hasSuffix("\n\n") })
    #expect(files[3].content == "model: {}\n")
  }

  @Test("an incomplete data folder is named, with the file that is missing")
  func incomplete() throws {
    let folder = try dataFolder()
    unlink(folder + "/model-cards/starter/statements.yaml")
    let error = #expect(throws: Diagnostic.self) { try StarterPilot.files(dataFolder: folder) }
    #expect(error?.fact == .fileMissing)
    #expect(error?.location?.path.hasSuffix("model-cards/starter/statements.yaml") == true)
  }

  @Test("the pilot file is YAML with the keys of the format, and names columns that exist")
  func pilot() throws {
    let node = try YAMLNode.parse(Array(StarterTexts.pilot.utf8), path: "pilot.yaml")
    let pilot = try node.mapping(
      "the pilot",
      keys: [
        "assay", "name", "data", "model", "seeds", "arms", "success", "checklist", "statements",
      ])
    let data = try pilot.require("data").openMapping("data")
    var named = try data.texts("segments") + data.texts("sensitive")
    for key in ["id", "client", "label"] { named.append(try #require(try data.text(key))) }
    named.append(try #require(try data["split"]?.openMapping("split").text("column")))
    for name in named { #expect(StarterData.columns.contains(name), "\(name)") }
    // 13 features remain: 9 numbers and 4 texts, as the README says.
    #expect(Set(StarterData.columns).subtracting(named).count == 13)
    let arms = try pilot.require("arms").list("arms").map { try $0.openMapping("arm").text("name") }
    #expect(arms == ["baseline", "local", "federated", "federated-dp"])
    for hypothesis in try pilot.require("success").list("success") {
      let judged = try hypothesis.mapping("it", keys: ["arm", "against", "metric", "margin"])
      #expect(arms.contains(try judged.text("arm")))
      #expect(arms.contains(try judged.text("against")))
    }
  }

  @Test(
    "CI snippets publish documents, gate and evidence, and never rows",
    arguments: [
      StarterSnippets.gitHubActions, StarterSnippets.gitLab, StarterSnippets.jenkins,
    ])
  func snippets(_ snippet: String) {
    #expect(snippet.contains("out/gate.xml"))
    #expect(snippet.contains("out/evidence.json"))
    #expect(snippet.contains("assay run pilot.yaml -o out"))
    for line in snippet.split(separator: "\n") where line.contains("out/runs") {
      #expect(line.contains("Never"), "\(line)")
    }
    for line in snippet.split(separator: "\n") {
      let words = line.split { " ,'".contains($0) }
      // The folder as a whole would take the rows along.
      #expect(
        !words.contains { $0 == "out" || $0 == "out/" || $0 == "out/**" || $0 == "out/*" }
          || line.contains("assay run"))
    }
  }

  @Test("the YAML snippets can be read")
  func snippetSyntax() throws {
    for text in [StarterSnippets.gitHubActions, StarterSnippets.gitLab] {
      #expect(throws: Never.self) { try YAMLNode.parse(Array(text.utf8), path: "ci.yml") }
    }
  }
}
