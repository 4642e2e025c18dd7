import Testing

@testable import AssayTraining

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct RandomnessTests {
  /// Origin: Random123 1.14.0, tests/kat_vectors, lines "philox4x32 10".
  @Test(
    "Philox4x32-10 gives the known answers",
    arguments: [
      (
        [0, 0, 0, 0], [0, 0], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]
      ),
      (
        [0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff], [0xffff_ffff, 0xffff_ffff],
        [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
      ),
      (
        [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0],
        [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
      ),
    ] as [([UInt32], [UInt32], [UInt32])])
  func philox(counter: [UInt32], key: [UInt32], expected: [UInt32]) {
    #expect(Randomness.philox(counter: counter, key: key) == expected)
  }

  /// Origin: RFC 8439 section 2.3.2.
  @Test("ChaCha20 gives the known answer")
  func chacha() {
    let key: [UInt32] = [
      0x0302_0100, 0x0706_0504, 0x0b0a_0908, 0x0f0e_0d0c, 0x1312_1110, 0x1716_1514, 0x1b1a_1918,
      0x1f1e_1d1c,
    ]
    let block = Randomness.chacha20(key: key, counter: [1, 0x0900_0000, 0x4a00_0000, 0])
    #expect(
      block == [
        0xe4e7_f110, 0x1559_3bd1, 0x1fdd_0f50, 0xc471_20a3, 0xc7f4_d1c7, 0x0368_c033, 0x9aaa_2204,
        0x4e6c_d4c3, 0x4664_82d2, 0x09aa_9f07, 0x05d7_c214, 0xa202_8bd9, 0xd19c_12b5, 0xb94e_16de,
        0xe883_d0cb, 0x4e3c_50a2,
      ])
  }

  @Test("a stream depends on every part of its address, and on nothing drawn before")
  func addresses() {
    let random = Randomness(seed: 7)
    let base = random.words(.order, client: 1, round: 2, count: 9)
    #expect(base == random.words(.order, client: 1, round: 2, count: 9))
    #expect(Array(base.prefix(3)) == random.words(.order, client: 1, round: 2, count: 3))
    let others = [
      Randomness(seed: 8).words(.order, client: 1, round: 2, count: 9),
      Randomness(seed: 7 + (1 << 32)).words(.order, client: 1, round: 2, count: 9),
      random.words(.dropout, client: 1, round: 2, count: 9),
      random.words(.order, client: 2, round: 2, count: 9),
      random.words(.order, client: 1, round: 3, count: 9),
    ]
    for other in others { #expect(other != base) }
    #expect(Set(others).count == others.count)
  }

  @Test("the system's generator never repeats itself")
  func system() {
    let first = Randomness.system().words(.noise, round: 1, count: 20)
    let second = Randomness.system().words(.noise, round: 1, count: 20)
    #expect(first != second)
    #expect(Set(first).count == 20)
  }

  /// Origin: the normal distribution. Bounds are 5 standard errors of each moment for n = 400,000:
  /// mean √(1/n), variance √(2/n), third √(15/n), fourth √(96/n).
  @Test("normals have the moments of the normal distribution, seeded and from the system")
  func moments() {
    for random in [Randomness(seed: 3), .system()] {
      let n = 400_000
      let memory = Memory<Double>(repeating: 0, count: n)
      random.normals(.noise, round: 1, first: 0, into: memory.start, count: n)
      var sums = [0.0, 0.0, 0.0, 0.0]
      var beyond = 0
      for x in memory.array {
        for power in 0..<4 { sums[power] += pow(x, Double(power + 1)) }
        if abs(x) > 3 { beyond += 1 }
      }
      let moments = sums.map { $0 / Double(n) }
      #expect(abs(moments[0]) < 5 * sqrt(1 / Double(n)))
      #expect(abs(moments[1] - 1) < 5 * sqrt(2 / Double(n)))
      #expect(abs(moments[2]) < 5 * sqrt(15 / Double(n)))
      #expect(abs(moments[3] - 3) < 5 * sqrt(96 / Double(n)))
      // P(|x| > 3) = erfc(3/√2); 5 standard deviations of the binomial count.
      let p = erfc(3 / sqrt(2.0))
      #expect(abs(Double(beyond) - p * Double(n)) < 5 * sqrt(p * Double(n)))
    }
  }

  /// A generator with 24-bit uniforms ends at 5.9, one with 53 bits at 8.6 standard deviations.
  @Test("the tail reaches beyond nine standard deviations, and the largest uniform gives zero")
  func tail() {
    #expect(abs(Randomness.boxMuller(radius: 0, angle: 1 << 61)[0]) > 9.4)
    #expect(abs(Randomness.boxMuller(radius: 0, angle: (1 << 62) + (1 << 61))[1]) > 9.4)
    #expect(abs(Randomness.boxMuller(radius: 1 << 36, angle: 1 << 61)[0]) > 6)
    #expect(Randomness.boxMuller(radius: .max, angle: 5).allSatisfy { abs($0) < 1e-7 })
  }

  /// Origin: log, sqrt, cos and sin of the C library. 1e-14 absolute: a few ulp of values up to 10.
  @Test("Box and Muller's formula holds in every quadrant")
  func boxMuller() {
    var numbers = TestNumbers(5)
    for _ in 0..<2_000 {
      let (a, b) = (UInt64(numbers.next() * 0x1p64), UInt64(numbers.next() * 0x1p64))
      let pair = Randomness.boxMuller(radius: a, angle: b)
      let r = sqrt(-2 * log(Double(a) * 0x1p-64 + 0x1p-65))
      // The quadrant's middle is at 0, π/2, π, 3π/2.
      let quadrant = Double(b >> 62)
      let angle = (quadrant + Double(b << 2) * 0x1p-64 - 0.5) * (Double.pi / 2)
      #expect(abs(pair[0] - r * cos(angle)) < 1e-14)
      #expect(abs(pair[1] - r * sin(angle)) < 1e-14)
    }
  }

  @Test("normals of one stream are the same in one piece and in several")
  func pieces() {
    let random = Randomness(seed: 11)
    let whole = Memory<Double>(repeating: 0, count: 301)
    random.normals(.noise, round: 4, first: 0, into: whole.start, count: 301)
    let parts = Memory<Double>(repeating: 0, count: 301)
    random.normals(.noise, round: 4, first: 0, into: parts.start, count: 130)
    random.normals(.noise, round: 4, first: 130, into: parts.start + 130, count: 171)
    #expect(whole.array == parts.array)
  }

  /// Origin: a uniform permutation puts each item at each place with probability 1/5; 5 standard
  /// deviations of the binomial count over 5,000 shuffles.
  @Test("a shuffle is a permutation, and every item is equally likely in every place")
  func shuffle() {
    let random = Randomness(seed: 2)
    var places = [[Int]](repeating: [Int](repeating: 0, count: 5), count: 5)
    for round in 0..<5_000 {
      var items: [Int32] = [0, 1, 2, 3, 4]
      random.shuffle(&items, count: 5, .order, round: round)
      #expect(items.sorted() == [0, 1, 2, 3, 4])
      for (place, item) in items.enumerated() { places[place][Int(item)] += 1 }
    }
    let bound = 5 * sqrt(5_000 * 0.2 * 0.8)
    for count in places.joined() { #expect(abs(Double(count) - 1_000) < bound) }
    var long = Array(Int32(0)..<1_000)
    random.shuffle(&long, count: 1_000, .order, round: 0)
    #expect(long != Array(0..<1_000))
    #expect(long.sorted() == Array(0..<1_000))
  }
}
