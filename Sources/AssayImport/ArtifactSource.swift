import AssayDiagnostics
import AssayFiles
import AssayRuns

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the user named, a folder or one file; importers open nothing outside of it.
///
/// When the user names a file, its folder is opened and every other name in it is invisible, so an
/// importer needs no second way of reading.
struct ArtifactSource: Sendable {
  /// The folder, or the folder of the file.
  let folder: InputFolder
  /// The file's name when the user named a file.
  let onlyFile: String?
  /// The last component of the folder's real path: the id of a run that has no other.
  let name: String

  init(_ path: String) throws(Diagnostic) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw Diagnostic(.fileMissing, at: SourceLocation(path: path))
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR:
      folder = try InputFolder(path)
      onlyFile = nil
      name = lastComponent(realPath(path))
    case S_IFREG:
      // The user may name a link; below the source no link is followed.
      var link = stat()
      let isLink = lstat(path, &link) == 0 && link.st_mode & S_IFMT == S_IFLNK
      let file = isLink ? realPath(path) : path
      let slash = file.lastIndex(of: "/")
      let parent = slash.map { String(file[..<$0]) } ?? "."
      folder = try InputFolder(parent.isEmpty ? "/" : parent)
      onlyFile = slash.map { String(file[file.index(after: $0)...]) } ?? file
      name = lastComponent(realPath(folder.path))
    default: throw Diagnostic(.notRegularFile, at: SourceLocation(path: path))
    }
  }

  /// The entries of a folder that belong to the source; links, pipes and devices are left out.
  func entries(_ relative: String = "") throws(Diagnostic) -> [InputFolder.Entry] {
    let all = try folder.entries(relative).filter { $0.kind != .other }
    guard let onlyFile else { return all }
    return relative.isEmpty ? all.filter { $0.name == onlyFile && $0.kind == .file } : []
  }

  /// Whether a regular file of the source stands at the path.
  func hasFile(_ relative: String) -> Bool {
    (onlyFile == nil || onlyFile == relative) && folder.hasFile(relative)
  }

  /// Whether a folder of the source stands at the path.
  func hasFolder(_ relative: String) -> Bool { onlyFile == nil && folder.hasFolder(relative) }

  /// Reads a file of the source and notes its digest.
  func read(
    _ relative: String, limit: Int, noting sources: inout [SourceFile]
  ) throws(Diagnostic) -> [UInt8] {
    let bytes = try peek(relative, limit: limit)
    sources.append(SourceFile(path: relative, sha256: SHA256.hexDigest(bytes)))
    return bytes
  }

  /// Reads a file of the source, to see what it is.
  func peek(_ relative: String, limit: Int) throws(Diagnostic) -> [UInt8] {
    guard onlyFile == nil || onlyFile == relative else {
      throw Diagnostic(.fileMissing, at: location(relative))
    }
    return try folder.read(relative, limit: limit)
  }

  /// The path shown in messages.
  func path(_ relative: String) -> String { folder.display(relative) }

  /// The place shown in messages.
  func location(_ relative: String, line: Int? = nil, part: String? = nil) -> SourceLocation {
    SourceLocation(path: path(relative), line: line, part: part)
  }

  /// The name of a folder inside the source, the source's own name for the source itself.
  func folderName(_ relative: String) -> String {
    relative.isEmpty ? name : lastComponent(relative)
  }
}

/// Joins a path inside the source and a name.
func joined(_ folder: String, _ name: String) -> String {
  folder.isEmpty ? name : folder + "/" + name
}

/// The last component of a path.
func lastComponent(_ path: String) -> String {
  path.split(separator: "/").last.map(String.init) ?? path
}

/// The path without links, `.` and `..`; the path itself where the system knows none.
private func realPath(_ path: String) -> String {
  guard let resolved = realpath(path, nil) else { return path }
  defer { free(resolved) }
  return String(cString: resolved)
}

/// Bounds for files of an artifact, far above what the tools write.
enum ArtifactLimit {
  /// Bytes of a JSON, YAML or small text file.
  static let document = 16 << 20
  /// Bytes of a log or of a recorder's file.
  static let log = 256 << 20
  /// Bytes of a metric's history.
  static let metricHistory = 256 << 20
  /// Bytes of a database.
  static let database = 2 << 30
  /// Bytes of a predictions file, which is hashed and not evaluated here.
  static let table = 4 << 30
  /// Rows, points or lines of one artifact.
  static let rows = 5_000_000
  /// Runs of one store.
  static let runs = 20_000
  /// Folders inside folders.
  static let depth = 16
}
