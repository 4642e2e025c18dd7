import AssayDiagnostics
import AssayFiles
import AssayTestSupport
import Foundation
import Testing

@testable import AssayTables

@Suite("Files that other tools wrote")
struct TypedTableFixtureTests {
  static let folder = TestData.packageRoot + "/Tests/AssayTablesTests/Fixtures/typed"

  /// Origin: pyarrow 26.0.1, NumPy 2.4.6 and Python 3.11; see the README beside the files.
  @Test("fixtures have the values that were written")
  func fixtures() throws {
    var count = 0
    for entry in try InputFolder(Self.folder).entries()
    where entry.name.hasSuffix(".expected.json") {
      let found = try TypedTableReading.differences(
        expected: Self.folder + "/" + entry.name, in: Self.folder)
      #expect(found.problems.isEmpty, "\(found.problems.joined(separator: "\n"))")
      count += found.values
    }
    #expect(count > 2_500)
  }

  /// A generator of its own, so that a failing number names the damage: SplitMix64.
  struct Damage {
    private var state: UInt64

    init(_ seed: Int) { state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 }

    mutating func next(below limit: Int) -> Int {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return Int((z ^ (z >> 31)) % UInt64(limit))
    }

    /// Flips bits, cuts the end off, or writes an extreme number somewhere.
    mutating func applied(to bytes: [UInt8]) -> [UInt8] {
      var bytes = bytes
      switch next(below: 4) {
      case 0: return Array(bytes.prefix(next(below: bytes.count)))
      case 1:
        let extremes: [[UInt8]] = [
          [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0xFF, 0xFF, 0xFF, 0x7F], [0, 0, 0, 0],
          [0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 0x80], [0xFF, 0xFF],
        ]
        let value = extremes[next(below: extremes.count)]
        // Numbers of the formats stand at multiples of four more often than not.
        let place = next(below: max(1, (bytes.count - value.count) / 4)) * 4
        for (index, byte) in value.enumerated() where place + index < bytes.count {
          bytes[place + index] = byte
        }
      default:
        for _ in 0...next(below: 8) {
          bytes[next(below: bytes.count)] ^= 1 << UInt8(next(below: 8))
        }
      }
      return bytes
    }
  }

  /// How often each file is damaged; `ASSAY_DAMAGE` asks for more.
  static let damageCount =
    ProcessInfo.processInfo.environment["ASSAY_DAMAGE"].flatMap(Int.init) ?? 2_000

  /// What was read is not looked at: a flipped bit of a value is another value.
  @Test(
    "2,000 kinds of damage are read or refused, and nothing worse",
    arguments: ["187.arrow", "262.arrows", "1103.npy", "1127.npz", "2228.jsonl", "2272.json"])
  func damage(_ name: String) throws {
    let bytes = try InputFile.read(Self.folder + "/" + name)
    let folder = TestData.temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/" + name
    var refused = 0
    for seed in 0..<Self.damageCount {
      var damage = Damage(seed)
      let damaged = damage.applied(to: bytes)
      do {
        let source = try Self.open(damaged, path)
        let requests = source.columnNames.prefix(40).enumerated().map { index, column in
          ColumnRequest(column, as: index % 2 == 0 ? .text : .number(allowMissing: true))
        }
        for request in requests { _ = try? source.read([request], threads: 1) }
        _ = try source.read(requests, threads: 1)
      } catch { refused += 1 }
    }
    #expect(refused > Self.damageCount / 10)
  }

  private static func open(_ bytes: [UInt8], _ path: String) throws -> any ColumnSource {
    if path.hasSuffix(".arrow") || path.hasSuffix(".arrows") {
      return try ArrowTable(path: path, bytes: bytes)
    }
    if path.hasSuffix(".npy") || path.hasSuffix(".npz") {
      return try NumPyTable(path: path, bytes: bytes)
    }
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return try JSONRecordsTable(path: path)
  }
}
