import Synchronization

/// The partial folders of this process, so that an interrupted one can remove them before it ends.
public enum PartialFolders {
  private struct State {
    var paths: [String] = []
    var isClosed = false
  }
  private static let state = Mutex(State())

  static func register(_ path: String) { state.withLock { $0.paths.append(path) } }

  static func unregister(_ path: String) {
    state.withLock { state in state.paths.removeAll { $0 == path } }
  }

  /// Runs `create` unless the process is being interrupted; then nothing new may appear.
  static func creating<Result>(_ create: () -> Result) -> Result? {
    state.withLock { $0.isClosed ? nil : create() }
  }

  /// Removes every partial folder and refuses new files; called once, before the process ends early.
  public static func closeAndRemoveAll() {
    let all = state.withLock { state in
      state.isClosed = true
      return state.paths
    }
    for path in all { OutputFolder.removeTree(path) }
  }
}
