import AssayDiagnostics
import AssayFiles
import AssayImport
import AssayRuns
import AssayTestSupport
import FoundationEssentials

/// The fixtures beside these tests.
let fixtures = TestData.packageRoot + "/Tests/AssayImportTests/Fixtures"

/// Real artifacts that are too large for the package.
let artifacts = (TestData.external ?? "") + "/artifacts"

/// A copy of a fixture that a test may damage; removed with the value.
final class Scratch {
  let path: String

  init(copying fixture: String? = nil) throws {
    path = TestData.temporaryFolder()
    if let fixture {
      try FileManager.default.copyItem(atPath: "\(fixtures)/\(fixture)", toPath: "\(path)/in")
    } else {
      try FileManager.default.createDirectory(
        atPath: "\(path)/in", withIntermediateDirectories: true)
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The copy.
  var root: String { path + "/in" }

  func bytes(_ file: String) throws -> [UInt8] { try InputFile.read("\(root)/\(file)") }

  func write(_ file: String, _ bytes: [UInt8]) throws {
    let path = "\(root)/\(file)"
    let folder = path[..<(path.lastIndex(of: "/") ?? path.endIndex)]
    try FileManager.default.createDirectory(
      atPath: String(folder), withIntermediateDirectories: true)
    guard FileManager.default.createFile(atPath: path, contents: Data(bytes)) else {
      throw Diagnostic(.unwritable(reason: "test"), at: SourceLocation(path: path))
    }
  }

  func write(_ file: String, _ text: String) throws { try write(file, Array(text.utf8)) }

  /// Replaces the first occurrence of a text.
  func replace(_ old: String, with new: String, in file: String) throws {
    let text = String(decoding: try bytes(file), as: UTF8.self)
    guard let range = text.firstRange(of: old) else {
      throw Diagnostic(.missingKey(key: old, inside: file))
    }
    try write(file, text.replacingCharacters(in: range, with: new))
  }

  func remove(_ file: String) throws {
    try FileManager.default.removeItem(atPath: "\(root)/\(file)")
  }

  /// The message of a refusal, with the folder's path as `IN`.
  func message(_ below: String = "", format: String? = nil) -> String {
    do {
      let runs = try importRuns(from: below.isEmpty ? root : "\(root)/\(below)", format: format)
      return "no error, \(runs.count) runs"
    } catch let problem as Diagnostic {
      return shown(problem.rendered)
    } catch let list as DiagnosticList {
      return shown(list.rendered)
    } catch {
      return "another error: \(error)"
    }
  }

  private func shown(_ text: String) -> String { text.replacing(root, with: "IN") }
}

/// The truth that was written down when the artifacts were made.
func truth() throws -> JSONValue {
  let path = artifacts + "/truth.json"
  return try JSONValue.parse(try InputFile.read(path), path: path)
}

extension Array where Element == Run {
  /// The run of that id.
  func run(_ id: String?) throws -> Run {
    guard let run = first(where: { $0.id == id }) else {
      throw Diagnostic(.unknownName(what: "a run", name: id ?? "nil", known: map(\.id)))
    }
    return run
  }
}

/// A generator of the same numbers everywhere: SplitMix64 (Steele, Lea, Flood 2014).
struct SplitMix64 {
  var state: UInt64

  mutating func next(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((z ^ (z >> 31)) >> 1) % bound
  }
}
