#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where tests find their files.
public enum TestData {
  /// The package's root folder, found from this file's place in it.
  public static let packageRoot: String = {
    let components = #filePath.split(separator: "/").dropLast(3)
    return "/" + components.joined(separator: "/")
  }()

  /// A folder of large reference data that is not part of the package, named by the environment
  /// variable `ASSAY_TEST_DATA`; `nil` when it is not set, and tests that want it are skipped.
  public static let external: String? = getenv("ASSAY_TEST_DATA").map { String(cString: $0) }

  /// A folder that `Scripts/goldens/replay.py` wrote, named by the environment variable `ASSAY_REPLAY`.
  public static let replay: String? = getenv("ASSAY_REPLAY").map { String(cString: $0) }

  /// Why a test that wants ``external`` is skipped.
  public static let externalReason: String =
    "needs reference data that is not part of the package; set ASSAY_TEST_DATA to its folder"

  /// A fresh folder for one test below the system's temporary folder.
  public static func temporaryFolder() -> String {
    var template = Array("/tmp/assay-test-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { preconditionFailure("no temporary folder") }
    return String(cString: made)
  }
}
