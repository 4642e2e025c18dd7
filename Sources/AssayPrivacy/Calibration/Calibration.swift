import AssayRuns

/// The smallest noise whose certified ε does not exceed a target.
///
/// The noise multiplier is a multiple of 1e-6. For `exact`, `rdp` and `basic` it is the smallest such
/// multiple; for `pld` (and `best`, where that wins) it is within 1e-4 relative of it. No release at
/// all (`steps` 0 or rate 0) needs no noise: 0.
/// - Parameters:
///   - targetEpsilon: Finite, above 0; compared with ε rounded up to 6 decimals.
///   - delta: Failure probability, strictly between 0 and 1.
///   - samplingRate: Probability or fraction with which one unit takes part.
///   - sampling: How units are chosen; by default Poisson when the rate is below 1.
///   - steps: Number of releases, all with the same noise.
///   - neighbouring: What makes two data sets neighbours.
///   - mechanism: The noise that is added.
///   - unit: Whom the guarantee protects; copied into it.
///   - accountant: Which bound certifies the result.
/// - Returns: The noise multiplier, and the guarantee at exactly that noise.
/// - Throws: ``PrivacyError`` naming the offending parameter; ``PrivacyError/targetUnreachable(why:)``
///   when even a noise multiplier of 1e9 is not enough.
public func noiseMultiplier(
  targetEpsilon: Double, delta: Double, samplingRate: Double = 1,
  sampling: PrivacyEvent.Sampling? = nil, steps: Int = 1,
  neighbouring: NeighbouringRelation = .addOrRemoveOne,
  mechanism: PrivacyEvent.Mechanism = .gaussian, unit: PrivacyUnit? = nil,
  accountant: Accountant = .best
) throws(PrivacyError) -> (noiseMultiplier: Double, guarantee: PrivacyGuarantee) {
  let search = PrivacySearch(
    event: PrivacyEvent(
      mechanism: mechanism, noiseMultiplier: 1, samplingRate: samplingRate, sampling: sampling,
      steps: steps),
    delta: delta, neighbouring: neighbouring, unit: unit, accountant: accountant)
  let found = try search.leastNoise(targetEpsilon: targetEpsilon)
  return (found.event.noiseMultiplier, found.guarantee)
}
