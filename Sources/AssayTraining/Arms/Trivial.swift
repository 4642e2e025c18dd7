import AssayStatistics

extension Trainer {
  /// No model at all: every row gets the share of each class among all training rows, or the mean of
  /// their targets.
  ///
  /// It is written as a model whose weights are 0 and whose bias is `log p` (the log-odds for two classes),
  /// −1e30 for a class without rows; for a numeric label the bias is the mean.
  func trivial(_ session: Session) -> TrainedArm {
    let constant =
      session.data.raw.isRegression
      ? meanTarget(session.data.raw) : classShares(session.data.raw, session.network.outputs)
    let data = session.data.raw
    let outputs = session.network.outputs
    var arm = TrainedArm()
    arm.scores = session.timedEvaluation {
      (0..<data.testCount).flatMap { _ in constant.prediction }
    }
    arm.weights = [
      NamedTensor(
        name: "layer1.weight", shape: [outputs, data.featureCount],
        values: [Float](repeating: 0, count: outputs * data.featureCount)),
      NamedTensor(name: "layer1.bias", shape: [outputs], values: constant.bias),
    ]
    arm.trainingLoss = constant.loss
    arm.countPooledClients(session.data)
    arm.evaluateSeconds = session.evaluateTime.seconds
    return arm
  }

  /// What is predicted for every row, as a bias, and its mean training loss.
  private typealias Constant = (prediction: [Double], bias: [Float], loss: Double)

  /// The shares p of the classes; their loss is the entropy −Σ p·log p.
  private func classShares(_ data: TrainingData, _ outputs: Int) -> Constant {
    var counts = [Int](repeating: 0, count: data.classCount)
    for label in data.trainLabels { counts[Int(label)] += 1 }
    let shares = counts.map { Double($0) / Double(data.trainLabels.count) }
    let row = outputs == 1 ? [shares[1]] : shares
    let logits = row.map { share -> Float in
      let rest = outputs == 1 ? 1 - share : 1
      if share == 0 { return -1e30 }
      return rest == 0 ? 1e30 : Float(PortableMath.log(share) - PortableMath.log(rest))
    }
    return (row, logits, shares.reduce(0) { $1 > 0 ? $0 - $1 * PortableMath.log($1) : $0 })
  }

  /// The mean of the targets, in double; its loss is half their variance (divided by n).
  private func meanTarget(_ data: TrainingData) -> Constant {
    let count = Double(data.trainCount)
    let mean = data.trainTargets.reduce(0) { $0 + Double($1) } / count
    let squares = data.trainTargets.reduce(0) { sum, target in
      let deviation = Double(target) - mean
      return sum + deviation * deviation
    }
    return ([mean], [Float(mean)], squares / count / 2)
  }
}
