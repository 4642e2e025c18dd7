import AssayDiagnostics
import AssayEvidence
import AssayPrivacy
import AssayRuns

extension PrivacyEvidence {
  /// The column of an attack's false-positive rate, of another δ and of a group's size in ids.
  static let attackColumn = "false-positive rate"
  static let deltaColumn = "delta"
  static let groupColumn = "group size"
  /// Group sizes that are looked at.
  static let groupSizes = [2, 5, 10]

  /// What the headline means: how often an attacker can be right, ε at smaller δ, ε of groups.
  ///
  /// Of several histories the one with the largest ε is meant. A part that cannot be computed is missing
  /// with its reason; the headline stands without it.
  func meaning(
    of history: [PrivacyEvent], _ delta: Double, _ relation: NeighbouringRelation,
    into builder: inout EvidenceBuilder
  ) {
    do throws(PrivacyError) {
      let found = try GuaranteeMeaning(history: history, delta: delta, neighbouring: relation)
      attacks(found, &builder)
      gaussian(found, &builder)
      builder.series.append(tradeOff(found))
    } catch {
      builder.missing(
        "membership_advantage", arm, "Largest advantage of any attack over guessing",
        "it could not be computed: \(error.fact.sentence)", unit: .bound, source: source)
      return
    }
    for (text, other) in Self.smallerDeltas(delta) {
      guard
        let found = try? AssayPrivacy.guarantee(
          history: history, delta: other, neighbouring: relation, unit: record.unit)
      else { continue }
      guarantee(
        "epsilon_at_delta", Self.deltaColumn, text, "ε of one run at a smaller δ", found, &builder)
    }
    for size in Self.groupSizes where size < record.population ?? .max {
      guard
        let group = try? groupGuarantee(
          size: size, history: history, delta: delta, neighbouring: relation)
      else { continue }
      guarantee(
        "epsilon_of_group", Self.groupColumn, "\(size)",
        "ε of one run for several units together",
        PrivacyGuarantee(
          epsilon: group.epsilon, epsilonLower: group.epsilonLower, delta: group.delta,
          unit: record.unit, neighbouring: relation, accountant: group.accountant,
          assumptions: [], epsilonWithoutAmplification: group.epsilon), &builder)
    }
  }

  /// δ a tenth and a thousandth of the stated one, as ids write them.
  private static func smallerDeltas(_ delta: Double) -> [(String, Double)] {
    [delta / 10, delta / 1000].filter { $0 > 1e-15 }.map {
      (PrintedNumber.text($0, .probability), $0)
    }
  }

  private var howMeaning: String { "computed from the privacy-loss law of the recorded releases" }

  private func attacks(_ found: GuaranteeMeaning, _ builder: inout EvidenceBuilder) {
    for bound in found.attacks {
      builder.add(
        Evidence(
          id: EvidenceID(
            "attack_detection_bound", arm: arm, column: Self.attackColumn,
            group: "\(bound.falsePositiveRate)"),
          title: "Most often that any attack detects a unit that took part", unit: .bound,
          result: .quantity(bound.truePositiveRate),
          source: .init(path: source.path, how: howMeaning),
          note: "while it accuses a unit that took no part in "
            + "\(PrintedNumber.text(100 * bound.falsePositiveRate, .number)) % of cases; guessing detects as many"
        ))
    }
    builder.add(
      Evidence(
        id: EvidenceID("membership_advantage", arm: arm),
        title: "Largest advantage of any attack over guessing", unit: .bound,
        result: .quantity(found.advantage.upper), source: .init(path: source.path, how: howMeaning),
        note: "detection rate minus false-alarm rate, an upper bound; lower end "
          + PrintedNumber.lowerEnd(found.advantage.lower)))
  }

  /// The curve of detection bounds, from no false alarms on.
  private func tradeOff(_ found: GuaranteeMeaning) -> Series {
    let points = found.profile.tradeOff
    return Series(
      kind: .tradeOff, arm: arm,
      lines: [
        Series.Line(
          name: "bound", x: [0] + points.map(\.falsePositiveRate),
          y: [found.profile.truePositiveRate(atFalsePositiveRate: 0)]
            + points.map(\.truePositiveRate))
      ])
  }

  private func gaussian(_ found: GuaranteeMeaning, _ builder: inout EvidenceBuilder) {
    guard let mu = found.mu, let error = found.muError else {
      builder.missing(
        "gaussian_mu", arm, "μ of Gaussian differential privacy",
        "no finite μ covers the guarantee", unit: .bound, source: source)
      return
    }
    builder.add(
      Evidence(
        id: EvidenceID("gaussian_mu", arm: arm), title: "μ of Gaussian differential privacy",
        unit: .bound, result: .quantity(mu), source: .init(path: source.path, how: howMeaning),
        note: error == 0
          ? "exact: the releases are one Gaussian mechanism"
          : "the least that covers the guarantee down to δ; it grants an attack at most "
            + "\(PrintedNumber.text(error, .bound)) more detections than the guarantee itself"))
  }

  private func guarantee(
    _ metric: String, _ column: String, _ group: String, _ title: String,
    _ guarantee: PrivacyGuarantee, _ builder: inout EvidenceBuilder
  ) {
    builder.add(
      Evidence(
        id: EvidenceID(metric, arm: arm, column: column, group: group), title: title,
        unit: .epsilon, result: .guarantee(guarantee),
        source: .init(
          path: source.path, how: "computed by the accountant \(guarantee.accountant)")))
  }
}
