import AssayEvidence
import AssayMetrics
import AssayStatistics

extension EvaluationOptions {
  /// Clients that a cell must have to be shown: 5 where clients are devices of persons, else 1.
  static func minimumClients(of profile: Profile?) -> Int { profile == .crossDevice ? 5 : 1 }
}

extension Evidence {
  /// Whether the value is hidden because it, or another hidden one, is about few people.
  var isSuppressed: Bool {
    if case .estimate(.undefined(let reason, nil)) = result {
      reason.hasPrefix("suppressed")
    } else {
      false
    }
  }
}
