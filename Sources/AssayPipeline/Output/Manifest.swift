import AssayDiagnostics
import AssayFiles

/// `manifest.json`: the digest of every other file of an output folder but `timings.json`.
struct Manifest {
  static let schema = "assay.manifest/1"

  private var files: [(path: String, sha256: String, bytes: Int)] = []

  /// Adds a file; the manifest lists files in order of their path.
  mutating func add(_ path: String, _ bytes: [UInt8]) {
    files.append((path, SHA256.hexDigest(bytes), bytes.count))
  }

  /// The manifest as JSON.
  var json: JSONValue {
    let sorted = files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    return .object([
      "schema": .string(Self.schema), "tool": .string("assay \(AssayVersion.current)"),
      "files": .array(
        sorted.map {
          .object([
            "path": .string($0.path), "sha256": .string($0.sha256), "bytes": .integer($0.bytes),
          ])
        }),
    ])
  }
}

/// A file of an output folder.
struct OutputFile {
  var path: String
  var bytes: [UInt8]
  /// Whether it holds rows of people: readable by its owner alone.
  var isPrivate = false

  init(_ path: String, _ text: String) {
    self.path = path
    bytes = Array(text.utf8)
  }

  init(_ path: String, _ bytes: [UInt8], isPrivate: Bool = false) {
    self.path = path
    self.bytes = bytes
    self.isPrivate = isPrivate
  }
}

/// Writes all files, the manifest and, beside it, the timings.
func write(_ files: [OutputFile], timings: JSONValue?, to folder: OutputFolder) throws {
  var manifest = Manifest()
  for file in files {
    manifest.add(file.path, file.bytes)
    if file.isPrivate {
      try folder.write(file.bytes, to: file.path, mode: 0o600, folderMode: 0o700)
    } else {
      try folder.write(file.bytes, to: file.path)
    }
  }
  if let timings { try folder.write(timings.serialized(), to: "timings.json") }
  try folder.write(manifest.json.serialized(), to: OutputFolder.manifestName)
  try folder.commit()
}

extension OutputFile {
  /// Writes one file outside of a folder of ours, whole or not at all.
  static func writeAlone(_ bytes: [UInt8], to path: String) throws(OutputError) {
    try replaceFile(path, with: bytes)
  }
}
