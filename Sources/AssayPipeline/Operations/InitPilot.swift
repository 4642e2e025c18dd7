import AssayDiagnostics
import AssayFiles

/// Writes the starter pilot into a folder that holds nothing else.
/// - Returns: The files, by path.
public func writeStarterPilot(
  to path: String, environment: PipelineEnvironment
) throws -> [String] {
  let files = try StarterPilot.files(dataFolder: InstalledData().root)
  let folder = try OutputFolder(path, mustBeNew: true)
  for file in files { try folder.write(file.content, to: file.path) }
  try folder.commit()
  return files.map(\.path)
}
