import AssayEvidence
import AssayRuns

extension FeasibilityReport {
  /// The guarantee in plain language.
  var reading: DocumentSection? {
    guard !index.privateArms.isEmpty else { return nil }
    return DocumentSection(
      "meaning", "What the guarantee means",
      [
        .paragraph([
          "Imagine somebody who sees everything that was released and must tell whether one unit took part. ε bounds how much better than guessing that person can become: at ε near 0 hardly at all, and each further 0.7 roughly doubles the odds. δ is the small probability with which the bound may not hold."
        ]),
        .paragraph([
          "It says nothing about facts that hold for many units together: a model may learn them, and should. It holds for the releases listed in the ledger and for nothing else."
        ]),
      ])
  }
}
