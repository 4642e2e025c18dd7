import AssayTestSupport
import Foundation
import Testing

@Suite("Output appears whole or not at all")
struct OutputTests {
  private func hidden(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix(".") }
  }

  @Test("a folder that holds something else is left alone")
  func occupied() throws {
    let pilot = try SmallPilot()
    defer { pilot.remove() }
    try FileManager.default.createDirectory(
      atPath: pilot.output, withIntermediateDirectories: false)
    try pilot.write("precious", to: "out/thesis.txt")
    let outcome = try Executable.run(["run", pilot.path, "-o", pilot.output])
    #expect(outcome.status == 74)
    #expect(outcome.errors.contains("found 'thesis.txt' in it"), "\(outcome.errors)")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: pilot.output) == ["thesis.txt"])
  }

  @Test("a file where the folder should be is left alone")
  func isFile() throws {
    let pilot = try SmallPilot()
    defer { pilot.remove() }
    try pilot.write("precious", to: "out")
    let outcome = try Executable.run(["run", pilot.path, "-o", pilot.output])
    #expect(outcome.status == 74)
    #expect(try String(contentsOfFile: pilot.output, encoding: .utf8) == "precious")
  }

  @Test("a parent that cannot be written is an output failure")
  func unwritable() throws {
    let pilot = try SmallPilot()
    defer { pilot.remove() }
    let outcome = try Executable.run(["run", pilot.path, "-o", "/proc/assay/out"])
    #expect(outcome.status == 74)
    #expect(outcome.errors.contains("could not be written"), "\(outcome.errors)")
  }

  @Test("a full disk leaves nothing behind, and the old folder as it was")
  func fullDisk() throws {
    // A limit on the size of files stands in for a full disk: the system refuses the write.
    let pilot = try SmallPilot()
    defer { pilot.remove() }
    let first = try Executable.run(
      ["run", pilot.path, "-o", pilot.output, "--as-of", "2026-01-01T00:00:00Z"])
    #expect(first.status <= 1, "\(first.errors)")
    let before = try Data(contentsOf: URL(fileURLWithPath: pilot.output + "/manifest.json"))
    let limited = try Executable.run(
      [
        "-c", "ulimit -f 16; trap '' XFSZ; exec \"$0\" \"$@\"", Executable.path, "run", pilot.path,
        "-o", pilot.output, "--as-of", "2026-02-02T00:00:00Z",
      ], program: "/bin/bash")
    #expect(limited.status == 74, "\(limited.status) \(limited.errors)")
    #expect(
      try Data(contentsOf: URL(fileURLWithPath: pilot.output + "/manifest.json")) == before)
    #expect(try hidden(pilot.folder).isEmpty)
  }

  @Test(
    "an interrupted run ends with 130 or 143 and leaves nothing behind",
    arguments: [SIGINT, SIGTERM])
  func interrupted(_ number: Int32) throws {
    let pilot = try SmallPilot(rows: 4000)
    defer { pilot.remove() }
    try pilot.replace("rounds: 4", by: "rounds: 20000")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Executable.path)
    process.arguments = ["run", pilot.path, "-o", pilot.output, "--quiet"]
    process.standardError = FileHandle.nullDevice
    try process.run()
    // Wait until the partial folder stands, so that there is something to leave behind.
    for _ in 0..<400 {
      if try !hidden(pilot.folder).isEmpty { break }
      usleep(10_000)
    }
    #expect(try !hidden(pilot.folder).isEmpty)
    kill(process.processIdentifier, number)
    process.waitUntilExit()
    #expect(process.terminationStatus == 128 + number)
    #expect(try hidden(pilot.folder).isEmpty)
    #expect(!FileManager.default.fileExists(atPath: pilot.output))
  }

  @Test("what a killed run left behind is removed by the next")
  func killed() throws {
    let pilot = try SmallPilot()
    defer { pilot.remove() }
    // No process has this number: the largest that Linux gives is 4194304.
    try FileManager.default.createDirectory(
      atPath: pilot.folder + "/.out.assay-partial-99999999", withIntermediateDirectories: false)
    let outcome = try Executable.run(["run", pilot.path, "-o", pilot.output])
    #expect(outcome.status <= 1, "\(outcome.errors)")
    #expect(try hidden(pilot.folder).isEmpty)
  }
}
