import AssayEvidence

/// What an arm costs: counted steps and bytes at the pilot's declared rates, no measured times.
///
/// `cost = bytes up / 10^9 · rate + bytes down / 10^9 · rate + steps / 10^6 · rate + examples / 10^6 ·
/// rate`, over all runs of the arm.
struct CostEvidence {
  let arm: String
  /// Whether the arm exchanges updates; one that trains in one place sends none.
  let isFederated: Bool
  let rates: Pilot.Rates?

  /// Adds the cost beside the counts, which were added before.
  func collect(into builder: inout EvidenceBuilder) {
    let source = Evidence.Source(
      path: "pilot.yaml", how: "counted steps and bytes at the pilot's declared rates")
    guard let rates else {
      builder.missing(
        "cost", arm, "Cost", "the pilot file declares no rates", unit: .number, source: source)
      return
    }
    let title = "Cost in \(rates.currency)"
    var total = 0.0
    var terms: [String] = []
    for (metric, what, unit, scale, rate) in [
      ("bytes_up", "from clients", "GB", 1e9, rates.perGigabyteUp),
      ("bytes_down", "to clients", "GB", 1e9, rates.perGigabyteDown),
      ("gradient_steps", "gradient steps", "million", 1e6, rates.perMillionSteps),
      ("examples_processed", "examples", "million", 1e6, rates.perMillionExamples),
    ] where rate > 0 {
      if metric.hasPrefix("bytes"), !isFederated { continue }
      guard let count = builder.find(EvidenceID(metric, arm: arm))?.value else {
        builder.missing(
          "cost", arm, title, "the run records do not count what is priced: \(what)",
          unit: .number, source: source)
        return
      }
      total += count / scale * rate
      let amount = PrintedNumber.text(count / scale, .number)
      terms.append("\(amount) \(unit) \(what) at \(PrintedNumber.text(rate, .number))")
    }
    builder.quantity(
      "cost", arm, title, total, .number, source: source,
      note: terms.isEmpty ? "nothing that this arm uses has a price" : terms.joined(separator: "; ")
    )
  }
}
