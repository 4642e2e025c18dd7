import Testing

@testable import AssayTraining

@Suite struct PrivateStepTests {
  /// Origin: algorithm 1 of Abadi et al. 2016 in double, with each row's gradient in memory.
  @Test("a private step is that of clipped gradients, one for each row")
  func againstTextbook() {
    for (number, problem) in KernelTests.problems.enumerated() {
      let parameters = problem.parameters.map { Double($0) }
      let noise = problem.vector(seed: 5, scale: 0.2)
      let order = (0..<Int32(problem.rowCount)).map { $0 }
      let clip = [0.1, 1, 100][number % 3]
      var sum = noise.map { Double($0) }
      var clipped = 0
      for row in 0..<problem.rowCount {
        let gradient = problem.reference(parameters, row: row).gradient
        let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
        if norm > Double(Float(clip)) { clipped += 1 }
        for i in sum.indices { sum[i] += gradient[i] * min(1, clip / norm) }
      }
      let found = problem.descendedPrivately(
        order: order, clip: Float(clip), noise: noise, expected: 20, rate: 0.5)
      #expect(found.clipped == clipped, "\(problem.widths)")
      for i in sum.indices {
        let expected = parameters[i] - 0.5 * sum[i] / 20
        #expect(abs(Double(found.parameters[i]) - expected) < 1e-5, "\(problem.widths) [\(i)]")
      }
    }
  }

  @Test("blocks of rows do not show: many rows are the sum of few")
  func manyRows() {
    // 75 rows go through in three blocks; without clipping they are one batch of plain descent.
    let problem = KernelProblem([9, 12, 4], rows: 75, seed: 8)
    let order = (0..<Int32(75)).map { $0 }
    let plain = problem.descended(order: order, batch: 75, rate: 0.3).parameters
    let found = problem.descendedPrivately(order: order, clip: 1e9, expected: 75, rate: 0.3)
    #expect(found.clipped == 0)
    for (a, b) in zip(plain, found.parameters) { #expect(abs(a - b) < 1e-6) }
  }

  /// Origin: the definition; −rate·noise / expected by hand: −0.5 · 0.25 / 2 = −0.0625.
  @Test("a step without rows is noise alone, and without noise nothing")
  func noRows() {
    var problem = KernelProblem([3, 4, 2], rows: 4, seed: 1)
    #expect(
      problem.descendedPrivately(order: [], clip: 1, expected: 2, rate: 0.5).parameters
        == problem.parameters)
    problem.parameters = problem.parameters.map { _ in 1 }
    let noise = problem.parameters.map { _ in Float(0.25) }
    let found = problem.descendedPrivately(
      order: [], clip: 1, noise: noise, expected: 2, rate: 0.5)
    #expect(found.parameters.allSatisfy { $0 == 0.9375 })
    #expect(found.clipped == 0)
  }

  /// Origin: the definition of the bound. From weights of 0 a step of rate 1 shows the scaled gradient
  /// itself, each element rounded once, so its norm is computed here from what is stored.
  @Test("no row's scaled gradient is longer than the clip, rounding included")
  func bound() {
    var numbers = TestNumbers(12)
    for trial in 0..<300 {
      var problem = KernelProblem([1 + trial % 9, 2 + trial % 4], rows: 1, seed: UInt64(trial))
      problem.parameters = problem.parameters.map { _ in 0 }
      // Rows from 1e−18 to 1e18 in length.
      let size = exponential(numbers.next() * 36 - 18)
      problem.features = problem.features.map { $0 * Float(size) }
      let zero = problem.parameters.map { Double($0) }
      let norm = length(problem.reference(zero, row: 0).gradient.map { Float($0) })
      // Clips far below the norm, far above, and as near as floats come.
      let near = Float(norm)
      for clip in [
        near, near.nextUp, near.nextDown, near * (1 + 0x1p-22), near * (1 - 0x1p-22), near * 0.1,
        near * 1e-9, near * 10, Float(exponential(numbers.next() * 12 - 6)),
      ] where clip > 1e-30 {
        let found = problem.descendedPrivately(order: [0], clip: clip, expected: 1, rate: 1)
        #expect(length(found.parameters) <= Double(clip), "trial \(trial), clip \(clip)")
        #expect(length(found.parameters) >= 0.999_999 * min(norm, Double(clip)))
      }
    }
  }

  /// Tolerance: the weights' own rounding, half an ulp of a weight below 2 for each.
  @Test("the bound is over all layers together")
  func boundOverLayers() {
    for seed in 0..<40 as Range<UInt64> {
      let problem = KernelProblem([6, 9, 7, 3], rows: 1, seed: seed, scale: 0.9)
      for clip in [0.01, 0.1, 0.5] as [Float] {
        let found = problem.descendedPrivately(order: [0], clip: clip, expected: 1, rate: 1)
        let change = length(
          zip(problem.parameters, found.parameters).map { Float(Double($0) - Double($1)) })
        let rounding = Double(problem.parameters.count).squareRoot() * 0x1p-24
        #expect(change <= Double(clip) + rounding)
        if found.clipped == 1 { #expect(change >= Double(clip) - rounding - 1e-6) }
      }
    }
  }

  @Test("a row whose gradient is not finite contributes nothing and counts as clipped")
  func notFinite() {
    for bad in [Float.nan, .infinity, -.infinity, .greatestFiniteMagnitude] {
      for squared in [false, true] {
        var problem = KernelProblem(
          [4, 8, squared ? 1 : 3], squaredError: squared, rows: 6, seed: 2)
        let before = problem.descendedPrivately(
          order: [0, 1, 3, 4, 5], clip: 0.5, expected: 6, rate: 0.1)
        problem.features[2 * 4] = bad
        problem.features[2 * 4 + 1] = bad
        let after = problem.descendedPrivately(
          order: [0, 1, 2, 3, 4, 5], clip: 0.5, expected: 6, rate: 0.1)
        #expect(after.parameters.allSatisfy { $0.isFinite })
        // The greatest float leads to a gradient that is finite in double, and clipped.
        if bad != .greatestFiniteMagnitude {
          #expect(after.parameters == before.parameters, "\(bad) \(squared)")
          #expect(after.clipped == before.clipped + 1)
        }
      }
    }
  }

  private func length(_ values: [Float]) -> Double {
    values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
  }

  /// 10 to a power.
  private func exponential(_ power: Double) -> Double {
    var value = 1.0
    for _ in 0..<Int(abs(power)) { value *= power < 0 ? 0.1 : 10 }
    return value
  }
}
