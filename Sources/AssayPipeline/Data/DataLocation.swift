import AssayFiles

/// Where a pilot's data stands.
struct DataLocation {
  let pilotPath: String
  let override: String?

  /// The path to open: absolute paths as they are, others from the pilot file's folder. An override
  /// that names a folder replaces that folder; one that names a file replaces the main data file.
  func resolve(_ path: String, isMain: Bool) -> String {
    if let override {
      if (try? InputFolder(override)) != nil {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let whole = "\(override)/\(path)"
        return !path.hasPrefix("/") && fileExists(whole) ? whole : "\(override)/\(name)"
      }
      if isMain { return override }
    }
    if path.hasPrefix("/") { return path }
    let folder = pilotPath.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    return folder.isEmpty ? path : folder.joined(separator: "/") + "/" + path
  }
}
