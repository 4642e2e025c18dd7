import Synchronization

/// The partial folders of this process, so that an interrupted one can remove them before it ends.
public enum PartialFolders {
  private static let paths = Mutex<[String]>([])

  static func register(_ path: String) { paths.withLock { $0.append(path) } }

  static func unregister(_ path: String) { paths.withLock { $0.removeAll { $0 == path } } }

  /// Removes every partial folder; called once, when the process is about to end early.
  public static func removeAll() {
    let all = paths.withLock { $0 }
    for path in all { OutputFolder.removeTree(path) }
  }
}
