import ArgumentParser
import AssayPipeline

/// The search for weak segments.
struct WeakSegmentFlags: ParsableArguments {
  @Flag(
    name: .customLong("find-weak-segments"),
    help: "Search one half of the rows for segments where an arm loses, confirm in the other half.")
  var findsWeakSegments = false

  @Option(
    name: .customLong("weak-metric"),
    help:
      "Metric to lose on: log_loss, accuracy, brier_score; mean_squared_error, mean_absolute_error."
  )
  var metrics: [String] = []

  @Option(
    name: .customLong("explore"),
    help: "Further column to search: numbers are cut at quantiles, texts are groups.")
  var explored: [String] = []

  func validate() throws {
    let known = [
      "log_loss", "accuracy", "brier_score", "mean_squared_error", "mean_absolute_error",
    ]
    if let wrong = metrics.first(where: { !known.contains($0) }) {
      throw ValidationError(
        "--weak-metric: expected \(known.joined(separator: ", ")), found '\(wrong)'")
    }
    if !findsWeakSegments, !metrics.isEmpty || !explored.isEmpty {
      throw ValidationError("--weak-metric and --explore: expected --find-weak-segments with them")
    }
  }

  var request: WeakSegmentRequest? {
    findsWeakSegments ? WeakSegmentRequest(explored: explored, metrics: metrics) : nil
  }
}
