import AssayFiles
import AssayRuns
import AssayStatistics

extension Evidence {
  /// The fact as one entry of `evidence.json`.
  ///
  /// Every entry has `id title unit kind value low high count interval source`, null where the fact
  /// has none; the rest appears only where it says something. `value` of a guarantee is ε. A number
  /// that is NaN is written as undefined.
  public func encode() -> JSONValue {
    var object: JSONObject = [
      "id": .string(id.description), "title": .string(title), "unit": .string(unit.rawValue),
    ]
    writeResult(into: &object)
    if !seeds.isEmpty {
      // The per-seed values whose mean is `value`, and beside them the seeds in the same order.
      object["seeds"] = .array(seeds.map { .number($0.value) })
      object["seed_ids"] = .array(seeds.map { .integer($0.seed) })
    }
    object["source"] = .object([
      "path": .string(source.path), "sha256": .optional(source.sha256), "how": .string(source.how),
    ])
    if !leftOut.isEmpty { object["left_out"] = .strings(leftOut) }
    if let note { object["note"] = .string(note) }
    return .object(object)
  }

  private func writeResult(into object: inout JSONObject) {
    func set(
      _ kind: String, _ value: JSONValue, interval: Interval? = nil, count: Int? = nil,
      undefined: String? = nil
    ) {
      // An interval without ends is none.
      let interval = interval.flatMap { $0.low.isNaN || $0.high.isNaN ? nil : $0 }
      object["kind"] = .string(kind)
      object["value"] = value
      object["low"] = .number(interval?.low)
      object["high"] = .number(interval?.high)
      object["count"] = .optional(count)
      object["interval"] = .optional(interval?.method.rawValue)
      if let interval {
        object["confidence"] = .number(interval.confidence)
        if let note = interval.note { object["interval_note"] = .string(note) }
        if let error = interval.standardError, let degrees = interval.degrees {
          object["standard_error"] = .number(error)
          object["degrees"] = .number(degrees)
        }
        if let adjusted = interval.adjusted { object["adjusted"] = adjusted.encode() }
      }
      if let undefined { object["undefined"] = .string(undefined) }
    }
    let notANumber = "the value is not a number"
    switch result {
    case .estimate(.defined(let value, let interval, let count)):
      value.isNaN
        ? set("estimate", .null, count: count, undefined: notANumber)
        : set("estimate", .number(value), interval: interval, count: count)
    case .estimate(.undefined(let reason, let count)):
      set("estimate", .null, count: count, undefined: reason)
    case .count(let count): set("count", .integer(count))
    case .quantity(let value):
      value.isNaN
        ? set("missing", .null, undefined: notANumber) : set("quantity", .number(value))
    case .flag(let flag): set("flag", .bool(flag))
    case .text(let text): set("text", .string(text))
    case .missing(let reason): set("missing", .null, undefined: reason)
    case .guarantee(let guarantee):
      set("guarantee", .number(guarantee.epsilon))
      object["delta"] = .number(guarantee.delta)
      object["epsilon_lower"] = .number(guarantee.epsilonLower)
      object["epsilon_without_amplification"] = .number(guarantee.epsilonWithoutAmplification)
      object["unit_of_privacy"] = .optional(guarantee.unit?.rawValue)
      object["neighbouring"] = .string(guarantee.neighbouring.rawValue)
      object["accountant"] = .string(guarantee.accountant)
      object["order"] = .number(guarantee.order)
      object["mu"] = .number(guarantee.mu)
      if !guarantee.errors.isEmpty {
        object["errors"] = .array(
          guarantee.errors.map {
            .object(["kind": .string($0.kind.rawValue), "value": .number($0.value)])
          })
      }
      object["assumptions"] = .strings(guarantee.assumptions)
    }
  }
}

extension EvidenceRecord {
  /// The name of the format.
  public static let schema = "assay.evidence/1"

  /// The record as `evidence.json`, without findings; see ``Assessment/encode()``.
  public func encode() -> JSONValue { .object(encoded(judged: nil)) }

  /// `judged` stands between the facts and the curves.
  func encoded(judged: JSONObject?) -> JSONObject {
    var object: JSONObject = [
      "schema": .string(Self.schema), "tool_version": .string(toolVersion),
      "as_of": .string(asOf), "subject": subject.encode(),
      "evidence": .array(evidence.map { $0.encode() }),
    ]
    for (key, value) in judged?.members ?? [] { object[key] = value }
    object["judgements"] = .array(judgements.map { $0.encode() })
    object["feasibility"] = feasibility?.encode() ?? .null
    object["assumptions"] = .array(assumptions.map { $0.encode() })
    object["ledger"] = .array(ledger.map { $0.encode() })
    object["series"] = .array(series.map { $0.encode() })
    return object
  }
}

extension Assessment {
  /// The whole of `evidence.json`: the record and what was judged from it.
  public func encode() -> JSONValue {
    .object(
      record.encoded(judged: [
        "checklist": .object([
          "name": .string(checklist.name), "version": .string(checklist.version),
          "sha256": .string(checklist.digest),
        ]),
        "profile": .string(profile.rawValue), "stage": .string(stage.rawValue),
        "readiness": .string(readiness.rawValue),
        "attestations_pending": .integer(pendingAttestations),
        "findings": .array(findings.map { $0.encode() }),
      ]))
  }
}

extension Finding {
  /// The finding as one entry of `evidence.json`.
  public func encode() -> JSONValue {
    .object([
      "check": .string(check.id), "title": .string(check.title), "group": .string(check.group),
      "verdict": .string(verdict.rawValue), "required": .bool(isRequired),
      "reason": .string(reason), "evidence": .strings(evidence.map(\.description)),
    ])
  }
}

extension Subject {
  func encode() -> JSONValue {
    var object: JSONObject = [
      "name": .string(name), "kind": .string(kind.rawValue),
      "pilot_sha256": .optional(pilotDigest), "task": .string(task), "label": .string(label),
      "features": .strings(features), "segments": .strings(segments),
      "sensitive": .strings(sensitive), "client": .optional(client),
      "client_is": .string(clientIs), "client_count": .optional(clientCount),
      "training_rows": .optional(trainingRows), "test_rows": .optional(testRows),
      "split": .string(split), "scaling": .string(scaling), "model": .string(model),
      "seeds": .array(seeds.map { .integer($0) }), "candidate": .optional(candidate),
      "baseline": .optional(baseline), "local": .optional(local), "headline": .string(headline),
    ]
    if let partition { object["partition"] = .string(partition) }
    object["arms"] = .array(arms.map { $0.encode() })
    object["sources"] = .array(
      sources.map { .object(["path": .string($0.path), "sha256": .string($0.sha256)]) })
    object["notes"] = .strings(notes)
    return .object(object)
  }
}

extension ArmSummary {
  func encode() -> JSONValue {
    .object([
      "name": .string(name), "kind": .string(kind.rawValue), "private": .bool(isPrivate),
      "parameters": .array(
        parameters.map { .object(["name": .string($0.name), "value": .string($0.value)]) }),
      "runs": .array(
        runs.map {
          .object([
            "folder": .string($0.folder), "status": .string($0.status.rawValue),
            "reason": .optional($0.reason),
          ])
        }),
    ])
  }
}

extension Series {
  func encode() -> JSONValue {
    .object([
      "id": .string(id), "kind": .string(kind.rawValue), "arm": .string(arm),
      "lines": .array(
        lines.map { line in
          .object([
            "name": .string(line.name), "x": .array(line.x.map { .number($0) }),
            "y": .array(line.y.map { .number($0) }),
            "counts": .array(line.counts.map { .integer($0) }),
          ])
        }),
    ])
  }
}

extension Judgement {
  func encode() -> JSONValue {
    .object([
      "arm": .string(arm), "against": .string(against), "metric": .string(metric),
      "margin": .number(margin), "outcome": .string(outcome.rawValue),
      "evidence": .string(evidence.description), "reason": .string(reason),
    ])
  }
}

extension Feasibility {
  func encode() -> JSONValue {
    .object([
      "verdict": .string(verdict.rawValue), "sentence": .string(sentence),
      "explanation": .strings(explanation), "alternatives": .strings(alternatives),
      "margin": .number(margin), "margin_origin": .string(marginOrigin),
      "points": .array(points.map { $0.encode() }), "reference": .optional(reference),
      "recommended": .optional(recommended),
      "evidence": .strings(evidence.map(\.description)),
    ])
  }
}

extension Feasibility.Point {
  func encode() -> JSONValue {
    .object([
      "arm": .string(arm), "epsilon": .string(epsilon.description),
      "utility": .string(utility.description), "difference": .string(difference.description),
      "difference_to_local": .optional(differenceToLocal?.description),
      "within_margin": isWithinMargin.map { .bool($0) } ?? .null,
      "above_local": isAboveLocal.map { .bool($0) } ?? .null,
    ])
  }
}

extension Assumption {
  func encode() -> JSONValue {
    .object([
      "arm": .string(arm), "name": .string(name), "statement": .string(statement),
      "state": .string(state.rawValue), "reason": .string(reason),
      "evidence": .strings(evidence.map(\.description)),
      "epsilon_if_fails": .optional(epsilonIfFails?.description),
    ])
  }
}

extension LedgerEntry {
  func encode() -> JSONValue {
    .object([
      "release": .string(release), "arm": .optional(arm), "covered": .bool(isCovered),
      "epsilon": .optional(epsilon?.description), "reason": .string(reason),
    ])
  }
}

extension Interval.Adjusted {
  /// As it stands beside an interval.
  public func encode() -> JSONValue {
    .object([
      "low": .number(low), "high": .number(high), "standard_error": .number(standardError),
      "degrees": .number(degrees), "scale": .string(scale.rawValue),
    ])
  }
}
