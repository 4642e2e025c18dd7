import AssayDiagnostics
import AssayTestSupport
import Foundation
import Testing

@testable import AssayFiles

@Suite("Replacing a file by what follows from it")
struct LockedUpdateTests {
  let folder = TestData.temporaryFolder()

  private func text(_ path: String) throws -> String {
    String(decoding: try InputFile.read(path), as: UTF8.self)
  }

  @Test("a file that is not there is made, and then changed with its permissions kept")
  func made() throws {
    let path = folder + "/a.json"
    try updateFile(path, limit: 100) { present in
      #expect(present == nil)
      return Array("one".utf8)
    }
    #expect(chmod(path, 0o640) == 0)
    try updateFile(path, limit: 100) { present in (present ?? []) + Array(" two".utf8) }
    #expect(try text(path) == "one two")
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o640)
  }

  @Test("many writers lose nothing")
  func concurrent() async throws {
    let path = folder + "/a.txt"
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<24 {
        group.addTask {
          try updateFile(path, limit: 10_000) { ($0 ?? []) + Array("\(index)\n".utf8) }
        }
      }
      try await group.waitForAll()
    }
    let lines = try text(path).split(separator: "\n").compactMap { Int($0) }
    #expect(lines.sorted() == Array(0..<24))
  }

  @Test("a change that fails leaves the file as it was, and the next one may come")
  func failing() throws {
    struct Stop: Error {}
    let path = folder + "/a.txt"
    try "old".write(toFile: path, atomically: true, encoding: .utf8)
    #expect(throws: Stop.self) {
      try updateFile(path, limit: 100) { _ in throw Stop() }
    }
    #expect(try text(path) == "old")
    try updateFile(path, limit: 100) { _ in Array("new".utf8) }
    #expect(try text(path) == "new")
    #expect(throws: Diagnostic.self) {
      try updateFile(path, limit: 2) { $0 ?? [] }
    }
  }

  @Test("who keeps the lock too long is waited for only so long; a link is not replaced")
  func refused() throws {
    let path = folder + "/a.txt"
    #expect(throws: OutputError.self) {
      try updateFile(path, limit: 100) { _ in
        try updateFile(path, limit: 100, patience: 0) { $0 ?? [] }
        return []
      }
    }
    #expect(!fileExists(path))
    try FileManager.default.createSymbolicLink(
      atPath: folder + "/link", withDestinationPath: folder + "/nowhere")
    #expect(throws: (any Error).self) {
      try updateFile(folder + "/link", limit: 100) { _ in [1] }
    }
    for bad in [folder, ".", ""] {
      #expect(throws: (any Error).self) { try updateFile(bad, limit: 100) { _ in [] } }
    }
  }
}
