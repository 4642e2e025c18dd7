import AssayDiagnostics

/// A gzip file that is read decompressed, in parts, from its beginning to its end.
///
/// One member or several; each member's CRC-32 and length are verified by zlib. Zero bytes behind the
/// last member are padding; anything else there is damage. Memory is one part of the file and what a
/// caller asks for.
public final class GzipStream {
  /// The path as the user gave it.
  public let path: String
  private let file: FileStream
  private let inflater = Inflater(window: 15 + 16)
  private let partSize: Int
  private let limit: Int
  private var part: [UInt8] = []
  private var position = 0
  private var total = 0
  /// Whether bytes of a member were read whose end was not.
  private var isInsideMember = true

  /// Whether all bytes were given out.
  public private(set) var isAtEnd = false

  /// Opens a file.
  /// - Parameters:
  ///   - partSize: Compressed bytes that are read at once.
  ///   - limit: The most decompressed bytes that are given out; more is an error when they are read.
  /// - Throws: What ``FileStream/init(_:limit:)`` throws, and a diagnostic for an empty file.
  public init(
    _ path: String, partSize: Int = 1 << 18, limit: Int = 1 << 36
  ) throws(Diagnostic) {
    self.path = path
    file = try FileStream(path)
    self.partSize = max(1, partSize)
    self.limit = limit
    if file.size == 0 { throw Diagnostic(.fileEmpty, at: SourceLocation(path: path)) }
  }

  /// SHA-256 of the compressed bytes that were read so far: of the whole file, once it is at its end.
  public var hexDigest: String { file.hexDigest }

  /// Whether a file begins with the two bytes of gzip.
  public static func isGzip(_ firstBytes: some Collection<UInt8>) -> Bool {
    firstBytes.starts(with: [0x1F, 0x8B])
  }

  /// Appends the next decompressed bytes, at most `count`; fewer only where the file ends.
  /// - Throws: A diagnostic for damaged data, for a file that ends within a member, and for more
  ///   bytes than the limit.
  public func read(_ count: Int, into bytes: inout [UInt8]) throws(Diagnostic) {
    var wanted = count
    while wanted > 0, !isAtEnd {
      if position == part.count {
        try refill()
        if isAtEnd { return }
      }
      // Bounded steps: the file, not the caller, decides how much memory is taken.
      let room = min(wanted, 1 << 20)
      var outcome = (step: Inflater.Step.more, read: 0, wrote: 0)
      let piece = [UInt8](unsafeUninitializedCapacity: room) { buffer, initialized in
        part.withUnsafeBytes { input in
          outcome = inflater.step(
            UnsafeRawBufferPointer(rebasing: input[position...]),
            UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: room))
        }
        initialized = outcome.wrote
      }
      bytes += piece
      position += outcome.read
      wanted -= outcome.wrote
      total += outcome.wrote
      if total > limit {
        throw failure(
          .overLimit(what: "decompressed bytes", found: "more", limit: "\(limit)"))
      }
      switch outcome.step {
      case .more: isInsideMember = true
      case .corrupt: throw damaged("the data is damaged, or its checksum is wrong")
      case .memberEnd:
        isInsideMember = false
        try nextMember()
      }
    }
    // A caller that asked for exactly what there is learns that it is the end.
    if count > 0, !isAtEnd, !isInsideMember, position == part.count { try refill() }
  }

  /// Reads the next part of the file; sets `isAtEnd` where there is none and no member is open.
  private func refill() throws(Diagnostic) {
    part.removeAll(keepingCapacity: true)
    position = 0
    guard !file.isAtEnd else {
      if isInsideMember { throw damaged("the file ends within the data") }
      isAtEnd = true
      return
    }
    try file.read(partSize, into: &part)
  }

  /// Stands behind a member: at the next one, at padding, or at the end.
  private func nextMember() throws(Diagnostic) {
    if position == part.count { try refill() }
    if isAtEnd { return }
    if part[position] != 0 {
      inflater.reset()
      isInsideMember = true
      return
    }
    while !isAtEnd {
      guard part[position...].allSatisfy({ $0 == 0 }) else {
        throw damaged("other bytes follow the data")
      }
      position = part.count
      try refill()
    }
  }

  private func damaged(_ problem: String) -> Diagnostic {
    failure(.syntax(format: "gzip", problem: problem))
  }

  private func failure(_ fact: Fact) -> Diagnostic {
    Diagnostic(fact, at: SourceLocation(path: path))
  }
}
