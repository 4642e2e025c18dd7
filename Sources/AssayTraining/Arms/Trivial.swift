import AssayStatistics

extension Trainer {
  /// No model at all: every row gets the share of each class among all training rows.
  ///
  /// It is written as a model whose weights are 0 and whose bias is `log p` (the log-odds for two classes),
  /// −1e30 for a class without rows.
  func trivial(_ session: Session) -> TrainedArm {
    let data = session.data.raw
    var arm = TrainedArm()
    var counts = [Int](repeating: 0, count: data.classCount)
    for label in data.trainLabels { counts[Int(label)] += 1 }
    let shares = counts.map { Double($0) / Double(data.trainLabels.count) }
    let outputs = session.network.outputs
    let row = outputs == 1 ? [shares[1]] : shares
    arm.scores = session.timedEvaluation { data.testLabels.flatMap { _ in row } }
    let logits = row.map { share -> Float in
      let rest = outputs == 1 ? 1 - share : 1
      if share == 0 { return -1e30 }
      return rest == 0 ? 1e30 : Float(PortableMath.log(share) - PortableMath.log(rest))
    }
    arm.weights = [
      NamedTensor(
        name: "layer1.weight", shape: [outputs, data.featureCount],
        values: [Float](repeating: 0, count: outputs * data.featureCount)),
      NamedTensor(name: "layer1.bias", shape: [outputs], values: logits),
    ]
    arm.trainingLoss = shares.reduce(0) { $1 > 0 ? $0 - $1 * PortableMath.log($1) : $0 }
    arm.countPooledClients(session.data)
    arm.evaluateSeconds = session.evaluateTime.seconds
    return arm
  }
}
