import AssayDiagnostics
import AssayFiles
import AssayImport
import AssayRuns
import AssayTestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("Damaged artifacts") struct MutationTests {
  /// How many mutants of each fixture; `ASSAY_MUTATIONS` asks for more.
  static let count = getenv("ASSAY_MUTATIONS").flatMap { Int(String(cString: $0)) } ?? 120

  @Test(
    "bit flips, cuts, splices and large numbers end in a run or a message, never in a trap",
    arguments: [
      "flower/dp", "flower/legacy-history", "opacus", "mlflow-sqlite",
      "mlflow-sqlite-wal",
      "mlflow-file/mlruns/669062447769860941/6f90cc58172c4a9fa64767036c53fe3a",
    ])
  func mutants(fixture: String) throws {
    let scratch = try Scratch(copying: fixture)
    let names = try files(scratch.root, "")
    let originals = try names.map { try scratch.bytes($0) }
    var random = SplitMix64(state: 1)
    var read = 0
    for _ in 0..<Self.count {
      let which = random.next(names.count)
      try scratch.write(names[which], mutate(originals[which], &random))
      do {
        let runs = try importRuns(from: scratch.root)
        read += 1
        // What was read can be written and read again.
        for run in runs {
          let text = run.fileJSON.serialized()
          let json = try JSONValue.parse(Array(text.utf8), path: "x")
          #expect(try Run(json: json, path: "x").rounds.count == run.rounds.count)
        }
      } catch is Diagnostic {
      } catch is DiagnosticList {
      }
      try scratch.write(names[which], originals[which])
    }
    #expect(read > 0)
  }

  private func files(_ root: String, _ folder: String) throws -> [String] {
    try InputFolder(root).entries(folder).flatMap { entry in
      let path = folder.isEmpty ? entry.name : folder + "/" + entry.name
      return entry.kind == .folder ? try files(root, path) : [path]
    }
  }

  private func mutate(_ bytes: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
    guard !bytes.isEmpty else { return [UInt8(random.next(256))] }
    var bytes = bytes
    for _ in 0...random.next(3) {
      let at = random.next(bytes.count)
      switch random.next(5) {
      case 0: bytes[at] ^= 1 << UInt8(random.next(8))
      case 1: bytes.removeLast(min(bytes.count - 1, random.next(bytes.count)))
      case 2:
        bytes.insert(contentsOf: bytes.suffix(from: at).prefix(40), at: random.next(bytes.count))
      case 3: bytes.insert(contentsOf: Array("9223372036854775807".utf8), at: at)
      default:
        let end = min(bytes.count, at + 1 + random.next(8))
        bytes.replaceSubrange(at..<end, with: Array("-1e999".utf8))
      }
    }
    return bytes
  }
}
