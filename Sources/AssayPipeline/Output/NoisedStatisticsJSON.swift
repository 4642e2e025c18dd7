import AssayEvidence
import AssayFiles
import AssayMetrics
import AssayPrivacy
import AssayRuns

/// What the noise of a file of statistics guarantees, on its own.
struct NoisedPrivacy {
  let statistics: NoisedStatistics
  /// As if the same units were in every part: the conservative statement.
  private let whole: Result<PrivacyGuarantee, PrivacyError>
  /// The largest ε of one part: holds where no unit is in two.
  private let largest: Result<PrivacyGuarantee, PrivacyError>

  init(_ statistics: NoisedStatistics) {
    self.statistics = statistics
    let events = statistics.events
    func account(_ history: [PrivacyEvent]) -> Result<PrivacyGuarantee, PrivacyError> {
      Result { () throws(PrivacyError) in
        try guarantee(
          history: history, delta: statistics.delta, neighbouring: .addOrRemoveOne,
          unit: statistics.unit)
      }
    }
    whole = account(events)
    var best = whole
    if events.count > 1 {
      best = account([events[0]])
      for event in Set(events.dropFirst()) {
        let next = account([event])
        if case (.success(let a), .success(let b)) = (best, next), a.epsilon >= b.epsilon {
          continue
        }
        best = next
      }
    }
    largest = best
  }

  private var who: String {
    switch statistics.unit {
    case .example: "row"
    case .client: "client"
    case .user: "person"
    case .silo: "organisation"
    }
  }

  private var mostRows: Int { statistics.parts.keys.map(\.rowsPerUnit).max() ?? 1 }
  private var count: Int { statistics.parts.values.reduce(0, +) }

  /// In one sentence, with all that belongs to an ε.
  var sentence: String {
    let noise =
      "counts with noise of variance \(statistics.noiseVariance)"
      + (statistics.isSimulation ? " (simulated: its seed undoes it)" : "")
    guard case .success(let guarantee) = whole else { return "\(noise); no ε is known" }
    return "\(noise): ε ≤ "
      + "\(PrintedNumber.text(guarantee.epsilon, .epsilon)) at δ = "
      + "\(PrintedNumber.text(guarantee.delta, .probability)) for one \(who) of at most \(mostRows) "
      + "\(mostRows == 1 ? "row" : "rows"), add-or-remove-one, accountant \(guarantee.accountant)"
      + (count > 1 ? ", as if the same units were in all \(count) files" : "")
  }

  var json: JSONValue {
    var object: JSONObject = [:]
    switch whole {
    case .success(let guarantee):
      object["epsilon"] = .number(guarantee.epsilon)
      object["epsilon_lower"] = .number(guarantee.epsilonLower)
      object["accountant"] = .string(guarantee.accountant)
    case .failure(let error):
      object["epsilon"] = .null
      object["undefined"] = .string(error.diagnostic.fact.sentence)
    }
    object["delta"] = .double(statistics.delta)
    object["unit"] = .string(statistics.unit.rawValue)
    object["neighbouring"] = .string(NeighbouringRelation.addOrRemoveOne.rawValue)
    object["mechanism"] = .string(PrivacyEvent.Mechanism.discreteGaussian.rawValue)
    object["sensitivity"] = .object([
      "rows_per_unit": .integer(mostRows), "histograms_per_row": .integer(statistics.releases),
      "l2": .double(Double(mostRows) * Double(statistics.releases).squareRoot()),
    ])
    object["noise_variance"] = .double(statistics.noiseVariance)
    object["noise"] = .string(statistics.isSimulation ? "seeded" : "system")
    object["releases"] = .array(
      statistics.parts.sorted { $0.key < $1.key }.map { part, count in
        .object([
          "noise_multiplier": .double(part.noiseMultiplier),
          "rows_per_unit": .integer(part.rowsPerUnit), "noise_variance": .double(part.variance),
          "noise": .string(part.noise.rawValue), "count": .integer(count),
        ])
      })
    if count > 1, case .success(let guarantee) = largest {
      object["epsilon_if_disjoint"] = .number(guarantee.epsilon)
    }
    object["assumptions"] = .strings(assumptions)
    return .object(object)
  }

  private var assumptions: [String] {
    var sentences: [String] = []
    if case .success(let guarantee) = whole { sentences = guarantee.assumptions }
    sentences += [
      "One \(who) has at most \(mostRows) \(mostRows == 1 ? "row" : "rows") with a label in one file; "
        + "each is in at most one bin of the histogram of all rows and of every column, for every arm.",
      "Groups, bins and threshold were fixed without a look at the rows.",
      "Only what the file holds is counted here; the ledger has the other releases about the same "
        + "data.",
    ]
    if count > 1 {
      sentences.append(
        "ε is that of the same units in all \(count) merged files; epsilon_if_disjoint holds where no "
          + "unit has rows in two of them.")
    }
    if statistics.isSimulation {
      sentences.append(
        "The noise came from a seed: a simulation, whose ε describes the mechanism and not this file."
      )
    }
    return sentences
  }
}

/// `assay.noised-statistics/1`: everything that a file of noised statistics holds.
struct NoisedStatisticsJSON {
  let statistics: NoisedStatistics
  let privacy: NoisedPrivacy

  var json: JSONValue {
    let shape = statistics.shape
    let cells = statistics.keys.enumerated().map { place, key in
      var arms: JSONObject = [:]
      for (arm, histograms) in zip(shape.arms, statistics.counts) {
        arms[arm.name] = .array(histograms[place].map { .integer($0) })
      }
      return JSONValue.object([
        "column": key.column == 0 ? .null : .strings(shape.columns[key.column - 1].names),
        "group": .array(key.groups.map { .optional($0.text) }), "scores": .object(arms),
      ])
    }
    return .object([
      "schema": .string("assay.noised-statistics/1"),
      "shape": StatisticsJSON.shape(shape), "privacy": privacy.json, "cells": .array(cells),
    ])
  }
}
