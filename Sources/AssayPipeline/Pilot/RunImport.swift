import AssayDiagnostics
import AssayImport
import AssayRuns

extension ResolvedPlan {
  /// Reads the runs that arms name with `from:`.
  /// - Parameter override: Replaces the folder that relative paths start from.
  func importRuns(override: String?) throws -> [String: Run] {
    var result: [String: Run] = [:]
    for arm in arms {
      guard case .ingested(let path) = arm.specification.kind else { continue }
      let resolved = DataLocation(pilotPath: pilot.path, override: override)
        .resolve(path, isMain: false)
      let runs = try AssayImport.importRuns(from: resolved, format: nil)
      let roots = runs.filter { $0.parent == nil }
      guard let run = roots.first, roots.count == 1 else {
        throw Diagnostic(
          .other(
            found: "\(roots.count) (\(roots.prefix(5).map(\.name).joined(separator: ", ")))",
            expected: "one run in '\(path)' for the arm '\(arm.name)'"),
          at: arm.specification.location, help: "name the folder of a single run")
      }
      result[arm.name] = run
    }
    return result
  }
}
