import AssayTestSupport
import Testing

/// Kernels of another processor, emulated.
@Suite struct NeonTests {
  private static let script = TestData.packageRoot + "/Scripts/check-neon"

  /// Why the script cannot run here; `nil` when it can.
  private static let obstacle: String? = {
    guard let found = try? Executable.run(["--tools"], program: script) else {
      return "\(script) cannot be run"
    }
    return found.status == 0 ? nil : found.errors
  }()

  /// Origin: the same C code under qemu-aarch64, hash by hash.
  @Test(
    "NEON has the same bits as the instruction sets of this processor",
    .enabled(if: obstacle == nil, Comment(rawValue: obstacle ?? "")))
  func sameBits() throws {
    let found = try Executable.run(["--quick"], program: Self.script)
    #expect(found.status == 0, "\(found.output)\(found.errors)")
    #expect(found.output.contains("scalar: the same bits as neon"))
  }

  @Test("the script says how it is used, and fails, when it does not understand")
  func usage() throws {
    let found = try Executable.run(["--fast"], program: Self.script)
    #expect(found.status == 2)
    #expect(found.errors.contains("Scripts/check-neon [--quick]"))
  }
}
