import CKernels

/// Shortens one client's update and gives back what the server makes of it.
struct UpdateCompressor {
  let compression: Compression
  let network: Network
  let randomness: Randomness

  /// Memory of one worker.
  final class Scratch {
    let update: Memory<Float>
    let words: Memory<UInt64>
    let codes: Memory<UInt8>
    let kept: Memory<Int32>

    init(_ network: Network, _ compression: Compression) {
      let count = compression == .none ? 0 : network.liveCount
      update = Memory(repeating: 0, count: count)
      words = Memory(repeating: 0, count: (count + 1) / 2)
      codes = Memory(repeating: 0, count: count)
      kept = Memory(repeating: 0, count: count)
    }
  }

  /// Bytes of one update on the wire: 4 for each parameter; quantised: the codes and 8 for their range;
  /// the largest: 4 for a value and 4 for its position.
  var bytes: Int {
    switch compression {
    case .none: network.modelBytes
    case .quantized(let bits):
      Int(assay_code_bytes(Int64(network.liveCount), Int32(bits))) + 8
    case .topShare: keptCount * 8
    }
  }

  /// How many parameters are kept: the share of all, rounded to the nearest, at least one.
  private var keptCount: Int {
    guard case .topShare(let share) = compression else { return network.liveCount }
    return min(
      network.liveCount, max(1, Int((share * Double(network.liveCount)).rounded())))
  }

  /// Replaces a client's model by the one that the server reads from the wire.
  /// - Parameters:
  ///   - residual: What the client left out before, or `nil`; added to the update.
  ///   - rest: Where what is left out now is written, of the model's padded length; `nil` without error
  ///     feedback.
  /// - Returns: Whether the update could be coded: its values are finite. Otherwise it goes as it is.
  @discardableResult
  func apply(
    _ model: UnsafeMutablePointer<Float>, from global: UnsafePointer<Float>, client: Int,
    round: Int, residual: UnsafePointer<Float>?, rest: UnsafeMutablePointer<Float>?,
    scratch: Scratch
  ) -> Bool {
    if compression == .none { return true }
    guard assay_all_finite(model, Int64(network.paddedCount)) else { return false }
    let update = scratch.update.start
    var next = 0
    for run in network.liveRuns {
      for i in run.start..<(run.start + run.count) {
        update[next] = model[i] - global[i] + (residual?[i] ?? 0)
        next += 1
      }
    }
    switch compression {
    case .none: break
    case .quantized(let bits):
      randomness.fill(
        scratch.words.start, count: scratch.words.count, .quantization, client: client,
        round: round)
      var range: [Float] = [0, 0]
      guard
        assay_quantize(
          update, Int64(next), Int32(bits), scratch.words.start, &range, scratch.codes.start)
      else { return false }
      assay_dequantize(scratch.codes.start, Int64(next), Int32(bits), range, update)
    case .topShare:
      assay_largest(update, Int64(next), Int64(keptCount), scratch.kept.start)
    }
    write(update, to: model, from: global, rest: rest, kept: scratch.kept)
    return true
  }

  private func write(
    _ update: UnsafeMutablePointer<Float>, to model: UnsafeMutablePointer<Float>,
    from global: UnsafePointer<Float>, rest: UnsafeMutablePointer<Float>?, kept: Memory<Int32>
  ) {
    var isTop = false
    if case .topShare = compression { isTop = true }
    let keep = keptCount
    var position = 0
    var next = 0
    for run in network.liveRuns {
      for i in run.start..<(run.start + run.count) {
        if isTop, !(position < keep && Int(kept[position]) == next) {
          model[i] = global[i]
          rest?[i] = update[next]
        } else {
          if isTop { position += 1 }
          model[i] = global[i] + update[next]
          rest?[i] = 0
        }
        next += 1
      }
    }
  }
}
