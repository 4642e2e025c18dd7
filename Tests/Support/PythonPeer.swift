import Foundation

/// A Python interpreter with the packages that a test compares with.
public enum PythonPeer {
  /// The first interpreter that imports the packages: the one named by `ASSAY_PYTHON`, that of
  /// `make peers`, or `python3`; `nil` where none does, and tests that want it are skipped.
  public static func interpreter(importing packages: [String]) -> String? {
    let named = ProcessInfo.processInfo.environment["ASSAY_PYTHON"].map { [$0] } ?? []
    let candidates = named + [TestData.packageRoot + "/.peers/bin/python", "/usr/bin/python3"]
    let script = packages.map { "import \($0)" }.joined(separator: "; ")
    return candidates.first { candidate in
      FileManager.default.isExecutableFile(atPath: candidate)
        && (try? Executable.run(["-c", script], program: candidate))?.status == 0
    }
  }

  /// Why a test that wants packages is skipped.
  public static func reason(_ packages: [String]) -> String {
    "needs a Python that imports \(packages.joined(separator: " and ")); "
      + "name one in ASSAY_PYTHON"
  }
}
