extension SelfCheck {
  /// Random numbers and elementary functions against answers that are known bit by bit.
  static var knownAnswers: [SelfCheck] {
    let suite = "Known answers"
    func words(_ found: [UInt32], _ expected: [UInt32]) -> SelfCheckOutcome {
      func text(_ words: [UInt32]) -> String {
        words.map { String($0, radix: 16) }.joined(separator: " ")
      }
      return .equal(text(found), text(expected))
    }
    func philox(_ what: String, _ counter: [UInt32], _ key: [UInt32], _ expected: [UInt32])
      -> SelfCheck
    {
      SelfCheck(suite, "Philox4x32-10 of \(what)") { _ in
        words(Randomness.philox(counter: counter, key: key), expected)
      }
    }
    // Random123 1.14, tests/kat_vectors.
    return [
      philox(
        "zeros", [0, 0, 0, 0], [0, 0], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
      philox(
        "ones", [.max, .max, .max, .max], [.max, .max],
        [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
      philox(
        "digits of pi", [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
        [0xa409_3822, 0x299f_31d0], [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]),
      SelfCheck(suite, "ChaCha20 of the block in RFC 8439, section 2.3.2") { _ in
        words(
          Randomness.chacha20(
            key: [
              0x0302_0100, 0x0706_0504, 0x0b0a_0908, 0x0f0e_0d0c, 0x1312_1110, 0x1716_1514,
              0x1b1a_1918, 0x1f1e_1d1c,
            ], counter: [1, 0x0900_0000, 0x4a00_0000, 0]),
          [
            0xe4e7_f110, 0x1559_3bd1, 0x1fdd_0f50, 0xc471_20a3, 0xc7f4_d1c7, 0x0368_c033,
            0x9aaa_2204, 0x4e6c_d4c3, 0x4664_82d2, 0x09aa_9f07, 0x05d7_c214, 0xa202_8bd9,
            0xd19c_12b5, 0xb94e_16de, 0xe883_d0cb, 0x4e3c_50a2,
          ])
      },
      // The C library's value in double (Python 3.11), rounded to float, but for exp(10), one unit above.
      elementary("exp", Kernels.exp, [0, 1, -1, 10, -20, 0.5], knownExponentials),
      elementary("log", Kernels.log, [1, 2, 10, 0.5, 1e-6, 12345], knownLogarithms),
    ]
  }

  private static let knownExponentials: [UInt32] = [
    0x3f80_0000, 0x402d_f854, 0x3ebc_5ab2, 0x46ac_14ef, 0x310d_a433, 0x3fd3_094c,
  ]
  private static let knownLogarithms: [UInt32] = [
    0, 0x3f31_7218, 0x4013_5d8e, 0xbf31_7218, 0xc15d_0c55, 0x4116_bc71,
  ]

  /// A function's bits; the kernels promise one unit in the last place, and the same bits everywhere.
  private static func elementary(
    _ name: String, _ function: @escaping ([Float]) -> [Float], _ arguments: [Float],
    _ expected: [UInt32]
  ) -> SelfCheck {
    SelfCheck("Known answers", "\(name) of the kernels at \(arguments.count) points") { _ in
      func text(_ words: [UInt32]) -> String {
        words.map { String($0, radix: 16) }.joined(separator: " ")
      }
      return .equal(text(function(arguments).map(\.bitPattern)), text(expected))
    }
  }
}
