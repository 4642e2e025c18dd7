import AssayEvidence
import AssayStatistics

/// An estimate in one line of text: value, interval, count.
enum PlainEstimate {
  static func text(_ estimate: Estimate, _ unit: ValueUnit) -> String {
    Evidence(
      id: EvidenceID("estimate", arm: "line"), title: "", unit: unit, result: .estimate(estimate),
      source: .init(path: "", how: "")
    ).printedLine
  }
}
