/// A list of checks, as read from a file.
public struct Checklist: Hashable, Sendable {
  /// The checklist's name, such as `pilot-readiness`.
  public var name: String
  /// Its version.
  public var version: String
  /// SHA-256 of the file as read.
  public var digest: String
  /// The checks in order.
  public var checks: [Check]

  /// Creates a checklist.
  public init(name: String, version: String, digest: String, checks: [Check]) {
    self.name = name
    self.version = version
    self.digest = digest
    self.checks = checks
  }
}
