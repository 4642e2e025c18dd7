import CKernels

/// What random words are used for; each purpose has streams of its own.
enum RandomPurpose: UInt32 {
  case initialModel = 1
  case order
  case sampling
  case dropout
  case noise
  /// Which rows join a step of example-level DP-SGD; the round is the number of the client's step.
  case exampleSampling
  /// Its noise.
  case exampleNoise
  /// Noise that clients add to their own updates.
  case localNoise
  /// Noise of a node of the tree; the client is the level, the round the node.
  case treeNoise
  /// Noise on the count of updates within an adaptive clip.
  case countNoise
  /// The fixed order in which clients come without sampling.
  case cyclicOrder
  /// Which clients are adversaries.
  case adversaries
  /// What adversaries send.
  case attack
  /// Stochastic rounding of updates.
  case quantization
  /// Class of device and time of day, fixed for a run.
  case device = 32
  case availability
  /// What happens to a client in a round before its upload.
  case course
  /// What happens to its uploads.
  case upload
  case partitionOrder = 48
  case partitionShares
  case partitionRepair
}

/// Random words addressed by purpose, client and round instead of drawn one after the other: a draw
/// depends on its address alone, so neither threads nor the order of work can change it.
struct Randomness {
  private var source: assay_random

  /// Philox4x32-10 with the seed as its key (Salmon, Moraes, Dror, Shaw, SC 2011).
  init(seed: Int) {
    source = assay_random()
    let bits = UInt64(bitPattern: Int64(seed))
    source.cryptographic = false
    source.key.0 = UInt32(truncatingIfNeeded: bits)
    source.key.1 = UInt32(truncatingIfNeeded: bits >> 32)
  }

  /// ChaCha20 (RFC 8439) with a key of the operating system's generator; never the same twice.
  static func system() -> Randomness {
    var generator = SystemRandomNumberGenerator()
    func word() -> UInt32 { UInt32(truncatingIfNeeded: generator.next()) }
    var result = Randomness(seed: 0)
    result.source.cryptographic = true
    result.source.key = (word(), word(), word(), word(), word(), word(), word(), word())
    return result
  }

  /// The first `count` words of a stream.
  func words(_ purpose: RandomPurpose, client: Int = 0, round: Int, count: Int) -> [UInt64] {
    var source = source
    return [UInt64](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let base = buffer.baseAddress {
        assay_random_words(&source, stream(purpose, client, round), 0, base, Int64(count))
      }
      initialized = count
    }
  }

  /// The first `count` numbers of a stream, uniform in `0..<1`, multiples of 2^-53.
  func uniforms(_ purpose: RandomPurpose, client: Int = 0, round: Int, count: Int) -> [Double] {
    words(purpose, client: client, round: round, count: count).map { Double($0 >> 11) * 0x1p-53 }
  }

  /// One word of a stream; allocates nothing.
  func word(_ purpose: RandomPurpose, client: Int = 0, round: Int, at index: Int) -> UInt64 {
    var source = source
    var word: UInt64 = 0
    assay_random_words(&source, stream(purpose, client, round), UInt64(index), &word, 1)
    return word
  }

  /// One number of a stream, uniform in `0..<1`, a multiple of 2^-53.
  func uniform(_ purpose: RandomPurpose, client: Int = 0, round: Int, at index: Int) -> Double {
    Double(word(purpose, client: client, round: round, at: index) >> 11) * 0x1p-53
  }

  /// The first standard normal of a pair of words, `2 · pair` and the next; allocates nothing.
  func normal(_ purpose: RandomPurpose, client: Int = 0, round: Int, pair: Int) -> Double {
    var source = source
    var value = 0.0
    assay_normals(&source, stream(purpose, client, round), UInt64(2 * pair), &value, 1)
    return value
  }

  /// Standard normals `first..<first + count` of a stream; `first` is even.
  func normals(
    _ purpose: RandomPurpose, client: Int = 0, round: Int, first: Int = 0,
    into out: UnsafeMutablePointer<Double>, count: Int
  ) {
    var source = source
    assay_normals(&source, stream(purpose, client, round), UInt64(first), out, Int64(count))
  }

  /// The first `count` words of a stream, into memory of the caller's.
  func fill(
    _ out: UnsafeMutablePointer<UInt64>, count: Int, _ purpose: RandomPurpose, client: Int = 0,
    round: Int
  ) {
    var source = source
    assay_random_words(&source, stream(purpose, client, round), 0, out, Int64(count))
  }

  /// Shuffles in place by Fisher and Yates.
  func shuffle(
    _ items: UnsafeMutablePointer<Int32>, count: Int, _ purpose: RandomPurpose, client: Int = 0,
    round: Int
  ) {
    var source = source
    assay_shuffle(&source, stream(purpose, client, round), items, Int64(count))
  }

  private func stream(_ purpose: RandomPurpose, _ client: Int, _ round: Int) -> assay_stream {
    // More than 2^32 rounds or passes would repeat a stream; none of them could be run.
    assay_stream(
      a: UInt32(truncatingIfNeeded: client), b: UInt32(truncatingIfNeeded: round),
      c: purpose.rawValue)
  }

  /// One block of Philox4x32-10.
  static func philox(counter: [UInt32], key: [UInt32]) -> [UInt32] {
    precondition(counter.count == 4 && key.count == 2, "a counter of 4 words and a key of 2")
    var out = [UInt32](repeating: 0, count: 4)
    assay_philox(counter, key, &out)
    return out
  }

  /// One block of ChaCha20; the counter is the block number and the nonce.
  static func chacha20(key: [UInt32], counter: [UInt32]) -> [UInt32] {
    precondition(counter.count == 4 && key.count == 8, "a counter of 4 words and a key of 8")
    var out = [UInt32](repeating: 0, count: 16)
    assay_chacha20(key, counter, &out)
    return out
  }

  /// Two standard normals from two uniform words, by Box and Muller (1958).
  static func boxMuller(radius: UInt64, angle: UInt64) -> [Double] {
    var out = [0.0, 0.0]
    assay_box_muller(radius, angle, &out)
    return out
  }
}
