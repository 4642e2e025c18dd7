/// SHA-256 of the weights of every ``SmallTraining``, written by its test under `RECORD_GOLDEN=1`.
///
/// They change only with the arithmetic or the random numbers of the engine, and then *Numbers that
/// changed* in the changelog says so.
enum GoldenDigests {
  static let weights: [String: String] = [:]
}
