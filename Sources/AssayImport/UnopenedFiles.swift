import AssayDiagnostics
import AssayFiles

extension ArtifactSource {
  /// Model files of a folder by path and size. A pickle can run code when it is loaded, and weights
  /// are not evidence, so none of them is opened. `stem` chooses among several runs of one folder.
  func unopenedFiles(
    in relative: String, stemEnding stem: String = ""
  ) throws(Diagnostic) -> JSONValue? {
    let suffixes = [
      ".pt", ".pth", ".pkl", ".pickle", ".joblib", ".ckpt", ".bin", ".npz", ".npy", ".h5",
    ]
    let files = try entries(relative).filter { entry in
      entry.kind == .file && suffixes.contains { entry.name.hasSuffix(stem + $0) }
    }
    if files.isEmpty { return nil }
    return .array(
      files.prefix(200).map {
        .object(["path": .string(joined(relative, $0.name)), "bytes": .integer($0.size)])
      })
  }

  /// Path and digest of a predictions file, which another step evaluates.
  func predictions(named names: [String], in relative: String) throws(Diagnostic) -> JSONValue? {
    guard let name = names.first(where: { hasFile(joined(relative, $0)) }) else { return nil }
    let path = joined(relative, name)
    let bytes = try peek(path, limit: ArtifactLimit.table)
    return .object(["path": .string(path), "sha256": .string(SHA256.hexDigest(bytes))])
  }
}
