import Testing

@testable import AssayTraining

@Suite struct StandardizationTests {
  /// Origin: worked by hand; (1, 2, 3, 6) has mean 3, population variance 3.5.
  @Test("mean and population deviation come out, and a constant feature keeps its scale")
  func fit() {
    let features: [Float] = [1, 0.1, 2, 0.1, 3, 0.1, 6, 0.1]
    let moments = FeatureMoments(features: features, featureCount: 2, rows: 0..<4)
    let scaling = Standardization.fit(moments)
    #expect(scaling.shifts[0] == 3)
    #expect(abs(scaling.factors[0] - 1 / 3.5.squareRoot()) < 1e-15)
    #expect(scaling.factors[1] == 1)
  }

  /// Origin: the same rows counted at once; 1e-12 relative, a few merges in double.
  @Test("merged moments of clients are those of the pooled rows, also far from zero")
  func merge() {
    var numbers = TestNumbers(8)
    let features = (0..<900).map { Float(numbers.next() * 10 + ($0 % 3 == 0 ? 5_000 : 0)) }
    let whole = FeatureMoments(features: features, featureCount: 3, rows: 0..<300)
    var merged = FeatureMoments(featureCount: 3)
    for range in [0..<1, 1..<120, 120..<120, 120..<300] {
      merged.merge(FeatureMoments(features: features, featureCount: 3, rows: range))
    }
    #expect(merged.counts[0] == 300)
    for f in 0..<3 {
      #expect(abs(merged.means[f] - whole.means[f]) < 1e-12 * abs(whole.means[f]))
      #expect(abs(merged.squares[f] - whole.squares[f]) < 1e-9 * whole.squares[f])
    }
    let none = Standardization.fit(FeatureMoments(featureCount: 2))
    #expect(none.shifts == [0, 0])
    #expect(none.factors == [1, 1])
  }

  @Test("declared ranges map to 0...1 and undeclared features stay")
  func ranges() throws {
    let scaling = Standardization.ranges([0...100, nil, -1...1])
    #expect(scaling.shifts == [0, 0, -1])
    #expect(scaling.factors == [0.01, 1, 0.5])
  }

  @Test("a missing value is not counted, and becomes the mean, the middle of its range, or 0")
  func missing() throws {
    // Worked by hand: 1, 3 and a gap have mean 2 and population variance 1.
    let features: [Float] = [1, 3, .nan]
    let fitted = Standardization.fit(
      FeatureMoments(features: features, featureCount: 1, rows: 0..<3))
    #expect(fitted.shifts == [2])
    #expect(fitted.factors == [1])
    func scaled(_ scaling: FeatureScaling) throws -> [Float] {
      ScaledData(
        try TrainingData(
          featureCount: 1, classCount: 2, clientCount: 1, trainFeatures: features,
          trainLabels: [0, 1, 1], trainClients: [0, 0, 0], testFeatures: [], testLabels: [],
          testClients: [], scaling: scaling)
      ).train
    }
    #expect(try scaled(.shared(fitted)) == [-1, 1, 0])
    #expect(try scaled(.shared(.ranges([1...5]))) == [0, 0.5, 0.5])
    #expect(try scaled(.none) == [1, 3, 0])
  }
}
