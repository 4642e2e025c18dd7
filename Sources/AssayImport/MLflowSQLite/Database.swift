import AssayDiagnostics
import CSQLite

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A SQLite database of unknown origin, read without touching its file.
///
/// The bytes are those that were hashed: they are opened in memory, read-only. Only where a
/// write-ahead log stands beside the file, both are copied into a private folder and opened there.
/// The schema is not trusted: no view, trigger or function of the file runs.
final class Database {
  private var handle: OpaquePointer?
  private let path: String
  private let copy: String?
  /// How many more calls the progress handler allows; lives as long as the connection.
  private let budget = UnsafeMutablePointer<Int32>.allocate(capacity: 1)

  /// Opens a database.
  /// - Parameters:
  ///   - bytes: The database file.
  ///   - log: The write-ahead log, where there is one with content.
  ///   - path: The database's path, for messages.
  init(_ bytes: [UInt8], log: [UInt8]?, path: String) throws(Diagnostic) {
    self.path = path
    // Called every 1,000,000 steps of the virtual machine; 10,000 calls are minutes of work.
    budget.initialize(to: 10_000)
    if let log {
      copy = try PrivateCopy.write(["store.db": bytes, "store.db-wal": log])
    } else {
      copy = nil
    }
    do {
      if let copy {
        try check(
          sqlite3_open_v2(
            "\(copy)/store.db", &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW, nil)
        )
      } else {
        try check(sqlite3_open_v2(":memory:", &handle, SQLITE_OPEN_READWRITE, nil))
        try load(bytes)
      }
      try harden()
    } catch {
      close()
      throw error
    }
  }

  deinit {
    close()
    budget.deallocate()
  }

  private func close() {
    sqlite3_close_v2(handle)
    handle = nil
    if let copy { PrivateCopy.remove(copy, ["store.db", "store.db-wal", "store.db-shm"]) }
  }

  private func load(_ bytes: [UInt8]) throws(Diagnostic) {
    guard let memory = sqlite3_malloc64(UInt64(max(1, bytes.count))) else {
      throw Diagnostic(.unreadable(reason: "not enough memory"), at: location())
    }
    // The buffer has `bytes.count` bytes; SQLite owns it from here on and frees it, also on failure.
    memory.copyMemory(from: bytes, byteCount: bytes.count)
    // A database in WAL mode whose log is empty or gone: without a file there is no log to look for.
    for offset in [18, 19] where bytes.count > offset && bytes[offset] == 2 {
      memory.storeBytes(of: 1, toByteOffset: offset, as: UInt8.self)
    }
    try check(
      sqlite3_deserialize(
        handle, "main", memory.assumingMemoryBound(to: UInt8.self), Int64(bytes.count),
        Int64(bytes.count),
        UInt32(SQLITE_DESERIALIZE_FREEONCLOSE) | UInt32(SQLITE_DESERIALIZE_READONLY)))
  }

  private func harden() throws(Diagnostic) {
    try check(assay_sqlite_defensive(handle))
    sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, 16 << 20)
    sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0)
    sqlite3_progress_handler(
      handle, 1_000_000,
      { budget in
        guard let budget = budget?.assumingMemoryBound(to: Int32.self) else { return 1 }
        budget.pointee -= 1
        return budget.pointee < 0 ? 1 : 0
      }, budget)
    try query("PRAGMA cell_size_check = ON") { _ in }
    try query("PRAGMA query_only = ON") { _ in }
    try query("PRAGMA quick_check(1)") { (row) throws(Diagnostic) in
      let answer = row.text(0) ?? ""
      if answer != "ok" {
        throw Diagnostic(
          .syntax(format: "SQLite database", problem: "it is damaged: \(answer.prefix(200))"),
          at: self.location(), help: "copy the store again while nobody writes to it")
      }
    }
  }

  /// A place in the database.
  func location(_ part: String? = nil) -> SourceLocation { SourceLocation(path: path, part: part) }

  private func check(_ code: Int32) throws(Diagnostic) {
    guard code != SQLITE_OK else { return }
    let words = handle.flatMap { sqlite3_errmsg($0) } ?? sqlite3_errstr(code)
    throw Diagnostic(
      .syntax(
        format: "SQLite database", problem: words.map { String(cString: $0) } ?? "error \(code)"),
      at: location(), help: "copy the store again while nobody writes to it")
  }

  /// One row of an answer; values are read by their place in the `SELECT`.
  struct Row {
    fileprivate let statement: OpaquePointer

    /// Text; `nil` for NULL. What is not UTF-8 becomes U+FFFD.
    func text(_ column: Int32) -> String? {
      guard sqlite3_column_type(statement, column) != SQLITE_NULL else { return nil }
      guard let bytes = sqlite3_column_text(statement, column) else { return "" }
      let count = Int(sqlite3_column_bytes(statement, column))
      // Valid until the next step: `count` bytes, copied here.
      return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    /// A whole number; `nil` for NULL and everything that is no number.
    func integer(_ column: Int32) -> Int? {
      switch sqlite3_column_type(statement, column) {
      case SQLITE_INTEGER: Int(sqlite3_column_int64(statement, column))
      case SQLITE_FLOAT: Int(exactly: sqlite3_column_double(statement, column))
      default: nil
      }
    }

    /// A number; `nil` for NULL and everything that is no number.
    func double(_ column: Int32) -> Double? {
      switch sqlite3_column_type(statement, column) {
      case SQLITE_INTEGER, SQLITE_FLOAT: sqlite3_column_double(statement, column)
      default: nil
      }
    }
  }

  /// Runs a query of ours; no word of it comes from the file.
  func query(
    _ sql: StaticString, _ body: (Row) throws(Diagnostic) -> Void
  ) throws(Diagnostic) {
    var prepared: OpaquePointer?
    try check(sqlite3_prepare_v2(handle, "\(sql)", -1, &prepared, nil))
    guard let statement = prepared else { return }
    defer { sqlite3_finalize(statement) }
    while true {
      let code = sqlite3_step(statement)
      if code == SQLITE_DONE { return }
      if code == SQLITE_INTERRUPT {
        throw Diagnostic(
          .overLimit(what: "steps of reading this database", found: "more", limit: "10^10"),
          at: location())
      }
      if code != SQLITE_ROW { try check(code) }
      try body(Row(statement: statement))
    }
  }
}

/// A folder that only this user can read, for as long as a database is open.
private enum PrivateCopy {
  static func write(_ files: [String: [UInt8]]) throws(Diagnostic) -> String {
    var template = Array("/tmp/assay-import-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw failure("/tmp") }
    let folder = String(cString: made)
    for (name, bytes) in files {
      let path = "\(folder)/\(name)"
      let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { throw failure(path) }
      defer { close(descriptor) }
      var written = 0
      while written < bytes.count {
        let count = bytes[written...].withUnsafeBytes { rest in
          // Reads at most `rest.count` bytes of the buffer.
          Glibc_write(descriptor, rest.baseAddress, rest.count)
        }
        guard count > 0 else { throw failure(path) }
        written += count
      }
    }
    return folder
  }

  static func remove(_ folder: String, _ names: [String]) {
    for name in names { unlink("\(folder)/\(name)") }
    rmdir(folder)
  }

  private static func failure(_ path: String) -> Diagnostic {
    Diagnostic(
      .unreadable(reason: "no private copy could be made: \(String(cString: strerror(errno)))"),
      at: SourceLocation(path: path))
  }
}

private func Glibc_write(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
