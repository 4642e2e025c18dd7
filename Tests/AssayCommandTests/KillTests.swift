import AssayFiles
import AssayTestSupport
import Foundation
import Testing

@Suite("A run that is killed", .serialized)
struct KillTests {
  /// Several kinds of arms with some rounds each.
  private func pilot() throws -> SmallPilot {
    let pilot = try SmallPilot()
    try pilot.replace(
      "  - name: federated-dp\n",
      by: """
          - {name: best, kind: optimum, iterations: 30}
          - name: scaffold
            extends: federated
            algorithm: scaffold
            rounds: 15
          - name: buffered
            extends: federated
            algorithm: {name: fedbuff, buffer: 3}
            compression: {top: 0.5}
            rounds: 15
          - name: personal
            extends: federated
            algorithm: ditto
            participation: {dropout: {after_upload: 0.1}, faults: {nan: 0.1, duplicate: 0.1}}
          - name: federated-dp

        """)
    try pilot.replace("    dropout: 0.1\n", by: "")
    return pilot
  }

  private func arguments(_ pilot: SmallPilot, _ output: String, threads: Int) -> [String] {
    [
      "run", pilot.path, "-o", output, "--as-of", "2026-01-31T08:00:00Z", "--threads",
      "\(threads)", "--checkpoint-seconds", "0",
    ]
  }

  private func hidden(_ pilot: SmallPilot) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: pilot.folder)
      .filter { $0.hasPrefix(".") }
  }

  private func expectSame(_ a: String, _ b: String) throws {
    var (first, second) = (try RunTests.files(a), try RunTests.files(b))
    first.removeValue(forKey: "timings.json")
    second.removeValue(forKey: "timings.json")
    #expect(first.count > 20 && first.keys == second.keys)
    for (path, bytes) in first { #expect(bytes == second[path], "\(path)") }
  }

  /// Starts the command, kills it after so many seconds, or once the progress has changed and then so
  /// many seconds.
  private func kill(
    _ pilot: SmallPilot, after seconds: Double, isProgressAwaited: Bool, threads: Int
  ) throws -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Executable.path)
    process.arguments = arguments(pilot, pilot.output, threads: threads)
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    let progress = pilot.folder + "/.out.assay-progress"
    func state() -> Date? {
      (try? FileManager.default.attributesOfItem(atPath: progress))?[.modificationDate] as? Date
    }
    let before = state()
    try process.run()
    while isProgressAwaited, process.isRunning, state() == before { usleep(2_000) }
    usleep(UInt32(seconds * 1e6))
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    return process.terminationReason == .uncaughtSignal
  }

  @Test("twenty kills at any moment do not change a byte of what the last run writes")
  func twentyKills() throws {
    let pilot = try pilot()
    defer { pilot.remove() }
    let whole = pilot.folder + "/whole"
    let first = try Executable.run(arguments(pilot, whole, threads: 1))
    #expect(first.status == 1, "\(first.errors)")
    var state: UInt64 = 11
    func next() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) / 9_007_199_254_740_992
    }
    var kills = 0
    for attempt in 0..<100 where kills < 20 {
      let isAwaited = attempt % 2 == 0
      if try kill(
        pilot, after: next() * (isAwaited ? 0.02 : 0.3), isProgressAwaited: isAwaited,
        threads: 1 + attempt % 3)
      {
        kills += 1
      }
    }
    #expect(kills == 20)
    // One kill more that is sure to leave something to go on from.
    try? FileManager.default.removeItem(atPath: pilot.output)
    _ = try kill(pilot, after: 0.01, isProgressAwaited: true, threads: 1)
    let last = try Executable.run(arguments(pilot, pilot.output, threads: 2))
    #expect(last.status == first.status, "\(last.errors)")
    try expectSame(whole, pilot.output)
    #expect(try hidden(pilot).isEmpty)
  }

  /// A run that was stopped behind some rounds, so that there is progress.
  private func interrupted() throws -> SmallPilot {
    let pilot = try pilot()
    for _ in 0..<20 {
      _ = try kill(pilot, after: 0.01, isProgressAwaited: true, threads: 1)
      let kept = try? FileManager.default.contentsOfDirectory(
        atPath: pilot.folder + "/.out.assay-progress")
      // Killed very early, it holds nothing to go on from yet.
      if kept?.contains(where: { $0.hasSuffix(".checkpoint") || $0.hasSuffix(".finished") }) == true
      {
        return pilot
      }
      try? FileManager.default.removeItem(atPath: pilot.output)
    }
    return pilot
  }

  @Test("goes on where it was, says so, and is closed to others meanwhile")
  func goesOn() throws {
    let pilot = try interrupted()
    defer { pilot.remove() }
    let progress = pilot.folder + "/.out.assay-progress"
    let attributes = try FileManager.default.attributesOfItem(atPath: progress)
    #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o700)
    // Other threads, instructions and another clock than before.
    let last = try Executable.run([
      "run", pilot.path, "-o", pilot.output, "--threads", "3", "--kernels", "scalar", "--as-of",
      "2026-02-01T00:00:00Z",
    ])
    #expect(last.status == 1, "\(last.errors)")
    #expect(
      last.errors.contains("going on behind") || last.errors.contains("was trained before"),
      "\(last.errors)")
    #expect(try hidden(pilot).isEmpty)
    let whole = pilot.folder + "/whole"
    _ = try Executable.run(["run", pilot.path, "-o", whole, "--as-of", "2026-02-01T00:00:00Z"])
    try expectSame(whole, pilot.output)
  }

  @Test("another pilot or other data never goes on from it")
  func otherInput() throws {
    for change in [
      { (pilot: SmallPilot) in try pilot.replace("batch_size: 16", by: "batch_size: 8") },
      { (pilot: SmallPilot) in try pilot.write(SmallPilot.data(rows: 248), to: "data.csv") },
    ] {
      let pilot = try interrupted()
      defer { pilot.remove() }
      try change(pilot)
      let last = try Executable.run(arguments(pilot, pilot.output, threads: 1))
      #expect(last.status == 1, "\(last.errors)")
      #expect(last.errors.contains("belongs to another pilot, data or version: removed"))
      #expect(!last.errors.contains("going on"))
      #expect(!last.errors.contains("trained before"))
      let whole = pilot.folder + "/whole"
      _ = try Executable.run(arguments(pilot, whole, threads: 1))
      try expectSame(whole, pilot.output)
      #expect(try hidden(pilot).isEmpty)
    }
  }

  @Test("bad input leaves it alone")
  func badInput() throws {
    let pilot = try interrupted()
    defer { pilot.remove() }
    let before = try RunTests.files(pilot.folder + "/.out.assay-progress")
    try pilot.replace("rounds: 15", by: "rounds: -1")
    #expect(try Executable.run(arguments(pilot, pilot.output, threads: 1)).status == 2)
    try pilot.replace("rounds: -1", by: "rounds: 15")
    try FileManager.default.moveItem(
      atPath: pilot.folder + "/data.csv", toPath: pilot.folder + "/other.csv")
    #expect(try Executable.run(arguments(pilot, pilot.output, threads: 1)).status == 2)
    #expect(try RunTests.files(pilot.folder + "/.out.assay-progress") == before)
  }

  @Test("damaged files are named and not used, and the result is the same")
  func damagedFiles() throws {
    let pilot = try interrupted()
    defer { pilot.remove() }
    let progress = pilot.folder + "/.out.assay-progress"
    let names = try FileManager.default.contentsOfDirectory(atPath: progress)
      .filter { $0.hasSuffix(".finished") || $0.contains(".checkpoint") }
    #expect(!names.isEmpty)
    for name in names {
      var bytes = try Data(contentsOf: URL(fileURLWithPath: progress + "/" + name))
      bytes[bytes.startIndex + bytes.count / 2] ^= 1
      try bytes.write(to: URL(fileURLWithPath: progress + "/" + name))
    }
    let last = try Executable.run(arguments(pilot, pilot.output, threads: 1))
    #expect(last.errors.contains("is not used: damaged"), "\(last.errors)")
    let whole = pilot.folder + "/whole"
    _ = try Executable.run(arguments(pilot, whole, threads: 1))
    try expectSame(whole, pilot.output)
  }

  @Test("a second process into the same folder goes on without checkpoints, and says so")
  func twoProcesses() throws {
    let pilot = try interrupted()
    defer { pilot.remove() }
    let progress = pilot.folder + "/.out.assay-progress"
    let lock = open(progress + "/lock", O_RDWR)
    #expect(lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0)
    let before = try RunTests.files(progress)
    let second = try Executable.run(arguments(pilot, pilot.output, threads: 1))
    #expect(second.status == 1, "\(second.errors)")
    #expect(
      second.errors.contains(
        "no checkpoints: another process is running into the same folder"), "\(second.errors)")
    #expect(try RunTests.files(progress) == before)
    close(lock)
    let third = try Executable.run(arguments(pilot, pilot.output, threads: 1))
    #expect(third.status == 1, "\(third.errors)")
    #expect(try hidden(pilot).isEmpty)
  }

  @Test("a progress folder that others can write, or a link in its place, is not used")
  func unsafeFolders() throws {
    let pilot = try pilot()
    defer { pilot.remove() }
    let progress = pilot.folder + "/.out.assay-progress"
    try FileManager.default.createDirectory(atPath: progress, withIntermediateDirectories: false)
    chmod(progress, 0o755)
    let open = try Executable.run(arguments(pilot, pilot.output, threads: 1))
    #expect(open.status == 1)
    #expect(open.errors.contains("is open to others than the user"), "\(open.errors)")
    rmdir(progress)
    try FileManager.default.createSymbolicLink(
      atPath: progress, withDestinationPath: pilot.folder)
    let link = try Executable.run(arguments(pilot, pilot.output, threads: 1))
    #expect(link.status == 1)
    #expect(link.errors.contains("no checkpoints"), "\(link.errors)")
    #expect(FileManager.default.fileExists(atPath: pilot.path))
  }

  @Test("a short run keeps nothing, and a bad number of seconds is misuse")
  func shortRun() throws {
    let pilot = try pilot()
    defer { pilot.remove() }
    let process = try Executable.run(["run", pilot.path, "-o", pilot.output, "--quiet"])
    #expect(process.status == 1)
    #expect(try hidden(pilot).isEmpty)
    for text in ["-1", "nan", "soon", "1e10"] {
      let outcome = try Executable.run([
        "run", pilot.path, "-o", pilot.output, "--checkpoint-seconds=\(text)",
      ])
      #expect(outcome.status == 64, "\(text)")
    }
  }
}
