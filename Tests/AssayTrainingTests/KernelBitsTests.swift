import CKernels
import Testing

@testable import AssayTraining

extension KernelTests {
  /// Networks of 0 to 3 hidden layers with odd widths, every kind of output.
  static let problems: [KernelProblem] = {
    let hidden = [[], [1], [33], [7, 50], [19, 16, 5]]
    var problems: [KernelProblem] = []
    for (number, outputs) in [1, 2, 3, 10, 17].enumerated() {
      for (depth, widths) in hidden.enumerated() {
        let features = [5, 37, 60, 1, 16][(number + depth) % 5]
        problems.append(
          KernelProblem(
            [features] + widths + [outputs], rows: 23, seed: UInt64(10 * number + depth)))
      }
    }
    for widths in hidden {
      problems.append(
        KernelProblem([13] + widths + [1], squaredError: true, rows: 23, seed: 77))
    }
    return problems
  }()

  /// Everything that the kernels make of a problem, bit by bit.
  private static func bits(_ problem: KernelProblem) -> [UInt64] {
    let order = (0..<Int32(problem.rowCount)).map { $0 * 7 % Int32(problem.rowCount) }
    let anchor = problem.vector(seed: 1, scale: 0.5)
    let correction = problem.vector(seed: 2, scale: 0.01)
    var all: [UInt64] = []
    func note(_ values: [Float]) { all += values.map { UInt64($0.bitPattern) } }
    for (anchor, correction, most) in [
      (nil, nil, .max), (anchor, nil, .max), (nil, correction, 2), (anchor, correction, .max),
    ] as [([Float]?, [Float]?, Int64)] {
      let (weights, steps) = problem.descended(
        order: order, batch: 9, rate: 0.1, most: most, proximal: 0.3, anchor: anchor,
        correction: correction)
      note(weights)
      all.append(UInt64(steps))
    }
    for count in [0, 4, order.count] {
      let (weights, clipped) = problem.descendedPrivately(
        order: Array(order.prefix(count)), clip: 0.7, noise: correction, expected: 8, rate: 0.5)
      note(weights)
      all.append(UInt64(clipped))
    }
    let (loss, correct) = problem.evaluated()
    all += [loss.bitPattern, UInt64(correct)]
    note(problem.logits())
    return all
  }

  @Test("every kernel has the same bits with every instruction set of this processor")
  func bitsOfKernels() throws {
    defer { try? Kernels.auto.select() }
    for problem in Self.problems {
      var found: [[UInt64]] = []
      for kernels in Self.available {
        try kernels.select()
        found.append(Self.bits(problem))
      }
      for other in found.dropFirst() { #expect(other == found[0], "\(problem.widths)") }
    }
  }

  @Test("sums of updates have the same bits with every instruction set of this processor")
  func bitsOfSums() throws {
    defer { try? Kernels.auto.select() }
    var numbers = TestNumbers(3)
    let values = (0..<1_003).map { _ in Float(numbers.next() - 0.5) * 100 }
    let origin = values.map { $0 * 0.37 + 1 }
    var found: [[UInt64]] = []
    for kernels in Self.available {
      try kernels.select()
      var sum = [Double](repeating: 1, count: values.count)
      assay_add_scaled(&sum, values, 0.1, Int64(values.count))
      assay_add_update(&sum, values, origin, 0.3, Int64(values.count))
      found.append(
        sum.map(\.bitPattern) + [
          assay_update_norm(values, origin, Int64(values.count)).bitPattern,
          assay_all_finite(values, Int64(values.count)) ? 1 : 0,
          assay_all_finite(values + [.nan], Int64(values.count + 1)) ? 1 : 0,
        ])
    }
    for other in found { #expect(other == found[0]) }
    #expect(found[0].suffix(2) == [1, 0])
  }

  /// Origin: C11 annex F for log; for exp its own contract, which keeps arguments in −103...88.37.
  @Test("exp and log are defined for every float")
  func extremes() throws {
    defer { try? Kernels.auto.select() }
    for kernels in Self.available {
      try kernels.select()
      let exps = Kernels.exp([.infinity, 1e30, -.infinity, -1e30, 0, -0.0, .nan, -.nan])
      #expect(exps[0] > 2.3e38 && exps[0].isFinite)
      #expect(exps[1] == exps[0])
      #expect(exps[2] == .leastNonzeroMagnitude)
      #expect(exps[3] == exps[2])
      #expect(exps[4] == 1 && exps[5] == 1)
      #expect(exps[6].isNaN && exps[7].isNaN)
      let logs = Kernels.log([
        .infinity, 0, -0.0, -1, -.infinity, .nan, 1, .leastNonzeroMagnitude,
        .greatestFiniteMagnitude,
      ])
      #expect(logs[0] == .infinity)
      #expect(logs[1] == -.infinity && logs[2] == -.infinity)
      #expect(logs[3].isNaN && logs[4].isNaN && logs[5].isNaN)
      #expect(logs[6] == 0)
      // −149·ln 2 and 128·ln 2.
      #expect(abs(logs[7] + 103.278_93) < 1e-5)
      #expect(abs(logs[8] - 88.722_84) < 1e-5)
    }
  }

  /// Origin: IEEE 754; whatever is not a number in a model shows in its loss.
  @Test("a logit that is not a number makes the loss one that is not")
  func undefinedLoss() {
    for problem in Self.problems {
      var problem = problem
      problem.features[0] = .nan
      // The weights of the first feature are not 0, so each unit of the first layer is NaN; ReLU keeps it.
      #expect(problem.evaluated().loss.isNaN, "\(problem.widths)")
      let order = (0..<Int32(problem.rowCount)).map { $0 }
      _ = problem.descended(order: order, batch: 9, rate: 0.1)
    }
  }
}
