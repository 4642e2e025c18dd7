import CKernels

/// Clipping and noise of a private round.
enum ClippedSum {
  /// The factor that brings an update of this norm to an L2 norm of at most `clip`; 1 when it is
  /// within.
  ///
  /// The computed norm of `count` terms may be too small by rounding, relatively by less than
  /// (`count` + 3)·2^-53, and scaling rounds twice more, so the factor is smaller by more than all of
  /// that and the bound holds exactly.
  static func factor(norm: Double, clip: Double, count: Int) -> Double {
    let upper = norm * (1 + Double(count + 4) * 0x1p-52)
    return upper > clip ? clip / upper : 1
  }

  /// Adds `N(0, deviation²)` to every live coordinate of a sum; the padding stays zero.
  static func addNoise(
    to sum: UnsafeMutablePointer<Double>, network: Network, deviation: Double,
    randomness: Randomness, round: Int, pool: WorkerPool
  ) {
    guard deviation > 0 else { return }
    let noise = Memory<Double>(repeating: 0, count: network.liveCount)
    let block = 8_192
    pool.run((noise.count + block - 1) / block) { index, _ in
      let first = index * block
      randomness.normals(
        .noise, round: round, first: first, into: noise.start + first,
        count: min(block, noise.count - first))
    }
    var next = noise.start
    for run in network.liveRuns {
      for i in 0..<run.count { sum[run.start + i] += next[i] * deviation }
      next += run.count
    }
  }
}
