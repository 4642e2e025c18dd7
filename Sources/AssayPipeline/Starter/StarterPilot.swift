import AssayDiagnostics
import AssayFiles

/// The runnable pilot that `assay init` writes: invented data, one pilot file, and what goes with it.
public enum StarterPilot {
  /// The file a newcomer opens and runs.
  public static let pilotFile = "pilot.yaml"

  /// Where files of the installed data folder go inside the pilot.
  static let copies: [(from: String, to: String)] = [
    ("model-cards/starter/statements.yaml", "statements.yaml"),
    ("checklists/pilot-readiness.yaml", "checklists/pilot-readiness.yaml"),
  ]

  /// All files of the pilot with their paths relative to its folder, in a fixed order; the same
  /// bytes every time.
  /// - Parameter dataFolder: Assay's installed data: the folder that holds `model-cards` and
  ///   `checklists`.
  /// - Throws: A diagnostic when the installed data folder is incomplete or not UTF-8.
  public static func files(
    dataFolder: String
  ) throws(Diagnostic) -> [(path: String, content: String)] {
    let installed = try InputFolder(dataFolder)
    var files: [(path: String, content: String)] = [
      ("README.md", StarterTexts.readme),
      (pilotFile, StarterTexts.pilot),
      ("data.csv", StarterData().csv()),
    ]
    for copy in copies {
      let bytes = try installed.read(copy.from, limit: YAMLNode.sizeLimit)
      files.append((copy.to, try UTF8Text.decode(bytes, path: installed.display(copy.from))))
    }
    files.append(("ci/github-actions.yml", StarterSnippets.gitHubActions))
    files.append(("ci/gitlab-ci.yml", StarterSnippets.gitLab))
    files.append(("ci/Jenkinsfile", StarterSnippets.jenkins))
    return files
  }
}
