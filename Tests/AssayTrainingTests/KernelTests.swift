import Testing

@testable import AssayTraining

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The only suite that changes the instruction set, one test after the other.
@Suite(.serialized) struct KernelTests {
  static let available: [Kernels] = {
    let found = Kernels.allCases.filter { (try? $0.select()) != nil }
    try? Kernels.auto.select()
    return found
  }()

  @Test("every arm has the same bits with every instruction set of this processor")
  func instructionSets() throws {
    defer { try? Kernels.auto.select() }
    // Odd sizes on purpose: 37 features, 19 classes (more than one vector), hidden widths that are
    // no multiple of 16, batches that leave a rest.
    let many = try Example.clusters(
      clientRows: [23, 40, 7], testRows: 45, features: 37, classes: 19, seed: 4)
    let two = try Example.clusters(
      clientRows: [23, 40, 7], testRows: 45, features: 5, classes: 2, seed: 5)
    let training = LocalTraining(epochs: 2, batchSize: 9, learningRate: 0.1)
    let plans: [ArmPlan] = [
      .centralized(training), .local(training),
      .federated(
        FederatedPlan(
          rounds: 2, local: training, privacy: PrivateTraining(clip: 1, noiseMultiplier: 1))),
    ]
    #expect(Self.available.contains(.scalar))
    for data in [many, two] {
      for model in [ModelSpecification.softmax, .mlp(hidden: [33, 20])] {
        let trainer = Trainer(data: data, model: model, threads: 1)
        for plan in plans {
          var arms: [TrainedArm] = []
          for kernels in Self.available {
            try kernels.select()
            arms.append(trainer.train(plan, seed: 1).timeless)
          }
          for arm in arms.dropFirst() { #expect(arm == arms[0]) }
        }
      }
    }
  }

  @Test("elementary functions have the same bits with every instruction set")
  func elementaryBits() throws {
    defer { try? Kernels.auto.select() }
    let inputs = (0..<5_001).map { Float($0) * 0.04 - 110 }
    var results: [[UInt32]] = []
    for kernels in Self.available {
      try kernels.select()
      results.append(
        (Kernels.exp(inputs) + Kernels.log(inputs.map { abs($0) + 1 })).map(\.bitPattern))
    }
    for result in results { #expect(result == results[0]) }
  }

  /// Origin: exp and log of the C library in double. 1 ulp covers the 0.9 ulp stated beside them.
  @Test("exp and log are within one ulp of the C library's in double")
  func elementaryAccuracy() throws {
    let inputs = (0..<40_000).map { Float($0) * 0.00435 - 87 }
    for (x, y) in zip(inputs, Kernels.exp(inputs)) {
      let exact = exp(Double(x))
      #expect(abs(Double(y) - exact) <= Double(Float(exact).ulp))
    }
    let positive = (1..<40_000).map { Float($0) * 0.00043 }
    for (x, y) in zip(positive, Kernels.log(positive)) {
      let exact = log(Double(x))
      #expect(abs(Double(y) - exact) <= Double(Float(exact).ulp) + 1e-9)
    }
    #expect(Kernels.exp([.nan])[0].isNaN)
    #expect(Kernels.exp([-200])[0] < 2e-38)
  }

  @Test("kernels of another processor are refused with a way out")
  func refused() {
    let missing = Kernels.allCases.filter { !Self.available.contains($0) }
    #expect(!missing.isEmpty, "no processor has both AVX and NEON")
    for kernels in missing {
      #expect(throws: (any Error).self) { try kernels.select() }
    }
  }
}
