import AssayDiagnostics
import AssayFiles

/// The package's own text files, for tests about how it is put together.
public enum PackageTree {
  /// One file of the package.
  public struct File: Sendable {
    /// The path from the package's root.
    public var path: String
    /// The whole text.
    public var text: String

    /// Creates a file.
    public init(path: String, text: String) {
      self.path = path
      self.text = text
    }

    /// The lines without their ends.
    public var lines: [String] { UTF8Text.lines(text) }
    /// The folder it stands in, empty for the root.
    public var folder: String {
      path.split(separator: "/").dropLast().joined(separator: "/")
    }
  }

  /// The package's root.
  public static func root() throws(Diagnostic) -> InputFolder {
    try InputFolder(TestData.packageRoot)
  }

  /// All text files below a folder whose names end in one of the endings, in a fixed order; folders
  /// that a build makes, and hidden ones, are left out.
  public static func files(below folder: String = "", endings: [String]) throws(Diagnostic)
    -> [File]
  {
    let root = try root()
    var found: [File] = []
    for entry in try root.entries(folder) {
      let path = folder.isEmpty ? entry.name : folder + "/" + entry.name
      switch entry.kind {
      case .folder where !entry.name.hasPrefix(".") && path != "build":
        found += try files(below: path, endings: endings)
      case .file where endings.contains { entry.name.hasSuffix($0) }:
        found.append(try file(path))
      default: break
      }
    }
    return found
  }

  /// One file of the package.
  public static func file(_ path: String) throws(Diagnostic) -> File {
    let root = try root()
    return File(
      path: path, text: try UTF8Text.decode(try root.read(path), path: root.display(path)))
  }
}
