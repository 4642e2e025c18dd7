import AssayDiagnostics
import AssayFiles

/// Writes the starter pilot into a folder that holds nothing else.
/// - Returns: The files, by path.
public func writeStarterPilot(
  to path: String, environment: PipelineEnvironment
) throws -> [String] {
  let files = try StarterPilot.files(dataFolder: InstalledData().root)
  let folder = try OutputFolder(path)
  try write(files.map { OutputFile($0.path, $0.content) }, timings: nil, to: folder)
  return files.map(\.path)
}
