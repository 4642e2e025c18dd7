import AssayDiagnostics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Reading files whose content is not trusted: regular files only, bounded, whole.
public enum InputFile {
  /// The most bytes that are read from one file unless a caller sets another limit.
  public static let sizeLimit = 4 << 30

  /// Reads a whole regular file.
  /// - Parameters:
  ///   - path: The path as the user gave it; used in messages.
  ///   - limit: The most bytes that are read.
  /// - Throws: A diagnostic for a missing path, a folder, a pipe or device, a file over the limit,
  ///   or a refusal by the system.
  public static func read(_ path: String, limit: Int = sizeLimit) throws(Diagnostic) -> [UInt8] {
    // O_NONBLOCK: opening a pipe must not wait for a writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw Diagnostic(fact(forError: errno), at: SourceLocation(path: path))
    }
    defer { close(descriptor) }
    return try readAll(descriptor, path: path, limit: limit)
  }

  static func fact(forError code: Int32) -> Fact {
    switch code {
    case ENOENT, ENOTDIR: .fileMissing
    case ELOOP: .unsafePath(path: "a symbolic link", why: "is not followed")
    default: .unreadable(reason: String(cString: strerror(code)))
    }
  }

  /// The size of an open file, after checking that it is a regular one within the limit.
  static func checkedSize(
    _ descriptor: Int32, path: String, limit: Int
  ) throws(Diagnostic) -> Int {
    let location = SourceLocation(path: path)
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw Diagnostic(.unreadable(reason: String(cString: strerror(errno))), at: location)
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw Diagnostic(.isDirectory, at: location)
    default: throw Diagnostic(.notRegularFile, at: location)
    }
    let size = Int(status.st_size)
    guard size <= limit else {
      throw Diagnostic(
        .overLimit(what: "bytes in this file", found: "\(size)", limit: "\(limit)"), at: location)
    }
    return size
  }

  static func readAll(
    _ descriptor: Int32, path: String, limit: Int
  ) throws(Diagnostic) -> [UInt8] {
    let location = SourceLocation(path: path)
    let size = try checkedSize(descriptor, path: path, limit: limit)
    var failure: Int32 = 0
    // `read` writes at most `size - filled` bytes at `filled`, inside the buffer of `size` bytes.
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
      while filled < size {
        guard let base = buffer.baseAddress else { break }
        let got = readBytes(descriptor, base + filled, size - filled)
        if got < 0 {
          if errno == EINTR { continue }
          failure = errno
          break
        }
        if got == 0 { break }
        filled += got
      }
    }
    if failure != 0 {
      throw Diagnostic(.unreadable(reason: String(cString: strerror(failure))), at: location)
    }
    // One byte more than the size promised: the file grew, or it is one that the system makes up
    // while it is read, such as those in /proc, whose size reads 0.
    var beyond: UInt8 = 0
    let more = withUnsafeMutableBytes(of: &beyond) { buffer in
      buffer.baseAddress.map { readBytes(descriptor, $0, 1) } ?? 0
    }
    if bytes.count != size || more != 0 {
      throw Diagnostic(
        size == 0 ? .notRegularFile : .unreadable(reason: "the file changed while it was read"),
        at: location)
    }
    return bytes
  }
}

/// A folder given by the user; everything read through it stays inside of it.
///
/// Paths are opened one component at a time without following links, so neither `..`, an absolute
/// path nor a symbolic link inside the folder can lead out.
public struct InputFolder: Sendable {
  /// The folder's path as the user gave it.
  public let path: String

  /// Checks that a folder stands at the path.
  public init(_ path: String) throws(Diagnostic) {
    self.path = path
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw Diagnostic(.fileMissing, at: SourceLocation(path: path))
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw Diagnostic(.isNotDirectory, at: SourceLocation(path: path))
    }
  }

  /// One entry of a folder.
  public struct Entry: Hashable, Sendable {
    /// What kind of thing the entry is.
    public enum Kind: Hashable, Sendable {
      /// A regular file.
      case file
      /// A folder.
      case folder
      /// A link, pipe, device or socket: listed, never opened.
      case other
    }
    /// The name, one path component.
    public var name: String
    /// The kind.
    public var kind: Kind
    /// Size in bytes of a regular file.
    public var size: Int
  }

  /// The path shown in messages for a path inside the folder.
  public func display(_ relative: String) -> String {
    relative.isEmpty ? path : path.hasSuffix("/") ? path + relative : path + "/" + relative
  }

  /// The entries of a folder inside this one, sorted by name in code-point order.
  ///
  /// An unknown or unreadable folder is an error; `.` and `..` are left out.
  public func entries(_ relative: String = "") throws(Diagnostic) -> [Entry] {
    let descriptor = try openInside(relative, flags: O_RDONLY | O_DIRECTORY)
    guard let stream = fdopendir(descriptor) else {
      close(descriptor)
      throw Diagnostic(
        .unreadable(reason: String(cString: strerror(errno))),
        at: SourceLocation(path: display(relative)))
    }
    defer { closedir(stream) }
    var entries: [Entry] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        // d_name is NUL-terminated within its fixed size.
        pointer.withMemoryRebound(
          to: CChar.self, capacity: MemoryLayout.size(ofValue: pointer.pointee)
        ) {
          String(cString: $0)
        }
      }
      if name == "." || name == ".." { continue }
      var status = stat()
      guard fstatat(dirfd(stream), name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
      let kind: Entry.Kind =
        switch status.st_mode & S_IFMT {
        case S_IFREG: .file
        case S_IFDIR: .folder
        default: .other
        }
      entries.append(Entry(name: name, kind: kind, size: Int(status.st_size)))
    }
    return entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// Whether a regular file stands at a path inside the folder.
  public func hasFile(_ relative: String) -> Bool { kind(of: relative) == .file }

  /// Whether a folder stands at a path inside the folder.
  public func hasFolder(_ relative: String) -> Bool { kind(of: relative) == .folder }

  private func kind(of relative: String) -> Entry.Kind? {
    guard let descriptor = try? openInside(relative, flags: O_RDONLY | O_NONBLOCK) else {
      return nil
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return .file
    case S_IFDIR: return .folder
    default: return .other
    }
  }

  /// Reads a regular file inside the folder.
  public func read(
    _ relative: String, limit: Int = InputFile.sizeLimit
  ) throws(Diagnostic) -> [UInt8] {
    let descriptor = try openInside(relative, flags: O_RDONLY | O_NONBLOCK)
    defer { close(descriptor) }
    return try InputFile.readAll(descriptor, path: display(relative), limit: limit)
  }

  private static func isLink(_ name: String, in folder: Int32) -> Bool {
    var status = stat()
    return fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0
      && status.st_mode & S_IFMT == S_IFLNK
  }

  func openInside(_ relative: String, flags: Int32) throws(Diagnostic) -> Int32 {
    let location = SourceLocation(path: display(relative))
    var components: [String] = []
    if !relative.isEmpty {
      components = relative.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    }
    for component in components {
      if component.isEmpty || component == "." || component == ".." || component.contains("\\")
        || component.utf8.contains(0)
      {
        throw Diagnostic(
          .unsafePath(path: relative, why: "is absolute, leaves the folder or is not plain"),
          at: location)
      }
    }
    // The folder itself was named by the user, so a link there is followed.
    var current = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard current >= 0 else { throw Diagnostic(InputFile.fact(forError: errno), at: location) }
    for (index, component) in components.enumerated() {
      let isLast = index == components.count - 1
      let wanted = isLast ? flags : O_RDONLY | O_DIRECTORY
      let next = openat(current, component, wanted | O_NOFOLLOW | O_CLOEXEC)
      let code = errno
      // Where a folder is wanted, the system says ENOTDIR for a link as well as for a file.
      let isLink = next < 0 && Self.isLink(component, in: current)
      close(current)
      guard next >= 0 else {
        throw Diagnostic(
          isLink
            ? .unsafePath(path: relative, why: "passes through a symbolic link")
            : isLast && code == ENOTDIR ? .isNotDirectory : InputFile.fact(forError: code),
          at: location)
      }
      current = next
    }
    return current
  }
}

/// Whether a regular file stands at a path.
public func fileExists(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
}

/// Whether two paths lead to the same file.
public func isSameFile(_ first: String, _ second: String) -> Bool {
  var a = stat()
  var b = stat()
  return stat(first, &a) == 0 && stat(second, &b) == 0 && a.st_dev == b.st_dev
    && a.st_ino == b.st_ino
}
