import CKernels
import Testing

@testable import AssayTraining

@Suite struct CompressionKernelTests {
  /// Codes, range and decoded values; `nil` when refused.
  private func quantized(
    _ values: [Float], bits: Int32, words: [UInt64]
  ) -> (codes: [UInt8], range: [Float], decoded: [Float])? {
    let count = Int64(values.count)
    var codes = [UInt8](repeating: 0xaa, count: Int(assay_code_bytes(count, bits)))
    var range: [Float] = [.nan, .nan]
    guard assay_quantize(values, count, bits, words, &range, &codes) else { return nil }
    var decoded = [Float](repeating: .nan, count: values.count)
    assay_dequantize(codes, count, bits, range, &decoded)
    return (codes, range, decoded)
  }

  private func randomWords(_ count: Int, seed: UInt64) -> [UInt64] {
    var numbers = TestNumbers(seed)
    return (0..<count).map { _ in
      UInt64(numbers.next() * 0x1p32) << 32 | UInt64(numbers.next() * 0x1p32)
    }
  }

  /// Origin: by hand. 0...3 on 15 steps: 1 and 2 lie on levels 5 and 10; 0.1 lies at 0.5, so it goes up
  /// for a random fraction below a half. Nibbles are packed low first.
  @Test("values on a level keep it, values between go up with the given chance")
  func byHand() throws {
    let values: [Float] = [0, 3, 1, 2, 0.1, 0.1]
    let below = UInt64(1 << 31) - 256
    let words: [UInt64] = [0, 0, (UInt64(1 << 31) + 256) << 32 | below]
    let found = try #require(quantized(values, bits: 4, words: words))
    #expect(found.codes == [0xf0, 0xa5, 0x01])
    #expect(found.range == [0, 3])
    #expect(found.decoded == [0, 3, 1, 2, 0.2, 0])
  }

  /// Origin: Suresh et al. 2017, section 2.1: a bit is 1 with probability (x − lo) / (hi − lo).
  @Test("one bit is the stochastic binary quantiser")
  func oneBit() throws {
    let values: [Float] = [-1, 3, 0, 0, 1, 1, 2, 2, -1]
    let quarter = UInt64(1 << 30)
    let words: [UInt64] = [
      0, quarter << 32 | (quarter - 1), (2 * quarter) << 32 | (2 * quarter - 1),
      (3 * quarter) << 32 | (3 * quarter - 1), 0,
    ]
    let found = try #require(quantized(values, bits: 1, words: words))
    #expect(found.codes == [0b0101_0110, 0])
    #expect(found.decoded == [-1, 3, 3, -1, 3, -1, 3, -1, -1])
  }

  @Test(
    "quantisation is unbiased, and never off by a whole level", arguments: [8, 4, 1] as [Int32])
  func unbiased(bits: Int32) throws {
    var numbers = TestNumbers(UInt64(bits))
    let values = (0..<33).map { _ in Float(numbers.next() * 6 - 2) }
    // Evenly spaced fractions instead of random ones: the mean is then off by at most level / turns.
    let turns = 4_096
    var means = [Double](repeating: 0, count: values.count)
    var farthest: Float = 0
    let level = Double((values.max() ?? 0) - (values.min() ?? 0)) / Double((1 << bits) - 1)
    for turn in 0..<turns {
      let fraction = UInt64(turn) << 20 | 0x8_0000
      let words = [UInt64](repeating: fraction << 32 | fraction, count: 17)
      let found = try #require(quantized(values, bits: bits, words: words))
      for (i, value) in found.decoded.enumerated() {
        means[i] += Double(value) / Double(turns)
        farthest = max(farthest, abs(value - values[i]))
      }
    }
    #expect(farthest <= Float(level) * 1.000_001)
    for (mean, value) in zip(means, values) {
      #expect(abs(mean - Double(value)) <= level / Double(turns) + 1e-6)
    }
  }

  @Test("constants and both ends come back exactly", arguments: [8, 4, 1] as [Int32])
  func exact(bits: Int32) throws {
    let words = randomWords(6, seed: 4)
    for constant in [0, -0.1, 5 * .leastNonzeroMagnitude, 1e38] as [Float] {
      let values = [Float](repeating: constant, count: 11)
      let found = try #require(quantized(values, bits: bits, words: words))
      #expect(found.decoded == values)
    }
    let least = Float.leastNonzeroMagnitude
    let ranges: [(Float, Float)] = [
      (-1e38, 3e38), (-9 * least, 1), (0.1, 0.100_000_01), (-1e30, 1),
    ]
    for (low, high) in ranges {
      let found = try #require(
        quantized([high, low, low, high, low], bits: bits, words: words))
      #expect(found.decoded == [high, low, low, high, low])
    }
    #expect(try #require(quantized([], bits: bits, words: [])).codes.isEmpty)
  }

  @Test("a value that is not finite is refused")
  func refused() {
    for bad in [Float.nan, .infinity, -.infinity] {
      #expect(quantized([1, bad, 2], bits: 8, words: [0, 0]) == nil)
    }
  }

  /// Origin: sorting by magnitude, then by index.
  @Test("the largest values are those of a sort, ties to the lowest index")
  func largest() {
    var numbers = TestNumbers(6)
    for trial in 0..<60 {
      let count = 1 + trial * 7
      // Few distinct magnitudes make ties; both signs; zeros of both.
      let values = (0..<count).map { _ -> Float in
        let size = Float(Int(numbers.next() * 12)) * (trial % 2 == 0 ? 1 : .leastNonzeroMagnitude)
        return numbers.next() < 0.5 ? -size : size
      }
      for keep in Set([0, 1, count / 3, count - 1, count]) {
        var found = [Int32](repeating: -1, count: keep)
        assay_largest(values, Int64(count), Int64(keep), &found)
        let sorted = values.indices.sorted { (abs(values[$1]), $0) < (abs(values[$0]), $1) }
        #expect(found == sorted.prefix(keep).sorted().map { Int32($0) })
      }
    }
    var found: [Int32] = [-1, -1]
    assay_largest([1, -.infinity, 2, -.nan, 3], 5, 2, &found)
    #expect(found == [1, 3])
  }
}
