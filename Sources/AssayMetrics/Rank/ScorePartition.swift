/// Deals scores in `0...1` into bins that follow their order, about equally full.
///
/// A bin is a range of the bits of `score + offset`. Adding is monotone in floating-point
/// arithmetic, so a lower score never has a higher bin; above the offset bins are narrow near 0 and
/// wide near 1, below it they are equally wide. The offset is a low quantile of a sample, so that
/// few rows share a bin whether scores spread over `0...1` or crowd near 0. It decides how fast the
/// sort is, never its result.
struct ScorePartition: Sendable {
  static let binCount = 1 << 16

  let offset: Double
  private let base: UInt64
  private let shift: UInt64

  init(_ scores: [Double]) {
    let step = max(1, scores.count / 1024)
    var sample = stride(from: 0, to: scores.count, by: step).map { scores[$0] }
    sample.sort()
    let low = sample.isEmpty ? 0.5 : sample[sample.count / 64]
    offset = max(0x1p-40, min(1, low))
    base = offset.bitPattern
    let span = (1 + offset).bitPattern - base
    let bits = UInt64(64 - span.leadingZeroBitCount)
    shift = bits > 16 ? bits - 16 : 0
  }

  /// The bin of a score in `0...1`, within `0..<binCount`.
  @inline(__always)
  func bin(_ score: Double) -> Int {
    Int(truncatingIfNeeded: ((score + offset).bitPattern &- base) &>> shift)
  }
}
