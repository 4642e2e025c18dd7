import AssayDiagnostics
import CKernels

/// The instruction sets that the kernels are compiled for; all give the same bits.
public enum Kernels: String, Hashable, Sendable, CaseIterable {
  /// The widest that this processor has.
  case auto
  /// No vector instructions asked for.
  case scalar
  /// 256-bit vectors with fused multiply-add (x86-64).
  case avx2
  /// 512-bit vectors (x86-64).
  case avx512
  /// 128-bit vectors (AArch64).
  case neon

  /// Uses these kernels from now on, in the whole process.
  /// - Throws: A diagnostic when this processor does not have them.
  public func select() throws(Diagnostic) {
    if !assay_kernels_select(rawValue) {
      throw Diagnostic(
        .badValue(
          key: "--kernels", found: rawValue, expected: "an instruction set of this processor"),
        help: "use --kernels auto")
    }
  }

  /// exp of every value as the kernels compute it in float32, for arguments in −103...88.37; what is
  /// outside counts as the nearer end, and NaN stays NaN.
  static func exp(_ values: [Float]) -> [Float] {
    var result = values
    assay_exp(&result, Int64(result.count))
    return result
  }

  /// log of every value as the kernels compute it in float32: −∞ of 0, NaN of less.
  static func log(_ values: [Float]) -> [Float] {
    var result = values
    assay_log(&result, Int64(result.count))
    return result
  }
}
