import AssayDiagnostics
import AssayFiles
import AssayTestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("Reading files and folders")
struct InputFolderTests {
  /// A folder with `inside/file.txt`, and `outside.txt` beside it.
  private let root: String
  private let folder: InputFolder

  init() throws {
    root = TestData.temporaryFolder()
    mkdir(root + "/inside", 0o755)
    mkdir(root + "/inside/sub", 0o755)
    try Self.write("secret", to: root + "/outside.txt")
    try Self.write("text", to: root + "/inside/file.txt")
    try Self.write("deep", to: root + "/inside/sub/deep.txt")
    folder = try InputFolder(root + "/inside")
  }

  private static func write(_ text: String, to path: String) throws {
    let file = try #require(fopen(path, "w"))
    fputs(text, file)
    fclose(file)
  }

  private func refusal(_ relative: String) -> Fact? {
    #expect(throws: Diagnostic.self) { try folder.read(relative) }?.fact
  }

  private func isUnsafe(_ fact: Fact?) -> Bool {
    if case .unsafePath = fact { true } else { false }
  }

  @Test("files inside are read, with paths in messages as the user gave them")
  func inside() throws {
    #expect(try folder.read("file.txt") == Array("text".utf8))
    #expect(try folder.read("sub/deep.txt") == Array("deep".utf8))
    #expect(folder.display("sub/deep.txt") == root + "/inside/sub/deep.txt")
    #expect(folder.hasFile("file.txt"))
    #expect(!folder.hasFile("sub"))
    #expect(folder.hasFolder("sub"))
    #expect(!folder.hasFile("absent"))
    let error = #expect(throws: Diagnostic.self) { try folder.read("absent") }
    #expect(error?.fact == .fileMissing)
    #expect(error?.location?.path == root + "/inside/absent")
  }

  @Test(
    "a path that could lead out is refused",
    arguments: [
      "../outside.txt", "sub/../../outside.txt", "sub/..", "..", ".", "./file.txt", "/etc/passwd",
      "//etc/passwd", "sub//deep.txt", "sub/", "..\\outside.txt", "sub\\deep.txt", "file.txt\u{0}x",
    ])
  func escapes(_ relative: String) {
    #expect(isUnsafe(refusal(relative)))
    #expect(!folder.hasFile(relative))
    #expect(throws: Diagnostic.self) { try folder.entries(relative) }
  }

  @Test("links inside of the folder are not followed, to files or to folders")
  func links() throws {
    symlink("../outside.txt", root + "/inside/link")
    symlink("..", root + "/inside/up")
    symlink("sub", root + "/inside/also")
    symlink("nowhere", root + "/inside/dangling")
    for relative in ["link", "up/outside.txt", "also/deep.txt", "dangling"] {
      #expect(isUnsafe(refusal(relative)), "\(relative)")
    }
    #expect(!folder.hasFile("link"))
    #expect(!folder.hasFolder("up"))
    // Went wrong once: a link to a folder was called missing.
    let listing = #expect(throws: Diagnostic.self) { try folder.entries("up") }
    #expect(isUnsafe(listing?.fact))
  }

  @Test("the folder itself may be a link, since the user named it")
  func namedLink() throws {
    symlink("inside", root + "/alias")
    #expect(try InputFolder(root + "/alias").read("file.txt") == Array("text".utf8))
  }

  @Test("entries are sorted by code point, and links and pipes are listed as other things")
  func entries() throws {
    try Self.write("", to: root + "/inside/Z")
    try Self.write("", to: root + "/inside/ä")
    symlink("file.txt", root + "/inside/link")
    mkfifo(root + "/inside/pipe", 0o644)
    let entries = try folder.entries()
    #expect(entries.map(\.name) == ["Z", "file.txt", "link", "pipe", "sub", "ä"])
    #expect(entries.map(\.kind) == [.file, .file, .other, .other, .folder, .file])
    #expect(entries[1].size == 4)
    #expect(try folder.entries("sub").map(\.name) == ["deep.txt"])
    let error = #expect(throws: Diagnostic.self) { try folder.entries("file.txt") }
    #expect(error?.fact == .isNotDirectory)
  }

  @Test("a pipe is refused at once instead of waiting for a writer")
  func pipe() throws {
    mkfifo(root + "/inside/pipe", 0o644)
    #expect(refusal("pipe") == .notRegularFile)
    let error = #expect(throws: Diagnostic.self) { try InputFile.read(root + "/inside/pipe") }
    #expect(error?.fact == .notRegularFile)
  }

  @Test("devices, folders and missing paths are named for what they are")
  func kinds() {
    func fact(_ path: String) -> Fact? {
      #expect(throws: Diagnostic.self) { try InputFile.read(path) }?.fact
    }
    #expect(fact("/dev/null") == .notRegularFile)
    #expect(fact(root) == .isDirectory)
    #expect(fact(root + "/absent") == .fileMissing)
    #expect(fact(root + "/outside.txt/x") == .fileMissing)
    #expect(fact("") == .fileMissing)
  }

  @Test("a folder that is a file, or is not there, is refused")
  func notAFolder() {
    let file = #expect(throws: Diagnostic.self) { try InputFolder(root + "/outside.txt") }
    #expect(file?.fact == .isNotDirectory)
    let absent = #expect(throws: Diagnostic.self) { try InputFolder(root + "/absent") }
    #expect(absent?.fact == .fileMissing)
  }

  @Test("a file over the limit is refused unread, at the limit it is read")
  func limit() throws {
    #expect(try folder.read("file.txt", limit: 4).count == 4)
    let error = #expect(throws: Diagnostic.self) { try folder.read("file.txt", limit: 3) }
    #expect(error?.fact == .overLimit(what: "bytes in this file", found: "4", limit: "3"))
  }

  @Test("an empty file is no bytes")
  func empty() throws {
    try Self.write("", to: root + "/inside/empty")
    #expect(try folder.read("empty").isEmpty)
  }
}

@Suite("Decoding UTF-8")
struct UTF8TextTests {
  @Test("lines end with LF or CR LF, and the last one may be empty")
  func lines() {
    #expect(UTF8Text.lines("a\nb\r\nc") == ["a", "b", "c"])
    #expect(UTF8Text.lines("a\n") == ["a", ""])
    #expect(UTF8Text.lines("") == [""])
  }

  @Test(
    "the first bad byte is found with line and column in characters",
    arguments: [
      ([0x61, 0xFF], 1, 2, 0xFF), (Array("ä\nö".utf8) + [0xC3, 0x28], 2, 2, 0xC3),
      ([0xC3], 1, 1, 0xC3), ([0x0A, 0x0A, 0x80], 3, 1, 0x80),
      // An encoded half of a surrogate pair, and an overlong slash.
      ([0xED, 0xA0, 0x80], 1, 1, 0xED), ([0x61, 0xC0, 0xAF], 1, 2, 0xC0),
    ] as [([UInt8], Int, Int, UInt8)])
  func badBytes(_ bytes: [UInt8], _ line: Int, _ column: Int, _ byte: UInt8) {
    let error = #expect(throws: Diagnostic.self) { try UTF8Text.decode(bytes, path: "p") }
    #expect(error?.location == SourceLocation(path: "p", line: line, column: column))
    #expect(error?.fact == .notUTF8(byte: byte))
  }

  @Test("only the first byte-order mark is dropped")
  func mark() throws {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    #expect(try UTF8Text.decode(mark + [0x61], path: "p") == "a")
    #expect(try UTF8Text.decode(mark + mark, path: "p") == "\u{FEFF}")
    #expect(try UTF8Text.decode([], path: "p") == "")
  }
}
