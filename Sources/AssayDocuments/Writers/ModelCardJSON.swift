import AssayEvidence
import AssayFiles

/// The model card for programs: the same statements, evidence and verdicts as the page.
struct ModelCardJSON {
  let index: EvidenceIndex
  let document: Document

  /// Strict JSON; an undefined value is null with its reason, never 0.
  var text: String {
    let assessment = index.assessment
    let record = index.record
    let subject = record.subject
    let card = ModelCard(index: index)
    var root: JSONObject = [
      "schema": .string("assay.model-card/1"), "name": .string(subject.name),
      "as_of": .string(record.asOf), "tool_version": .string(record.toolVersion),
      "model": .string(subject.model), "task": .string(subject.task),
      "arm": .optional(card.arm?.name), "pilot_sha256": .optional(subject.pilotDigest),
    ]
    root["gate"] = .object([
      "readiness": .string(assessment.readiness.rawValue),
      "met": .bool(assessment.isGateMet), "profile": .string(assessment.profile.rawValue),
      "stage": .string(assessment.stage.rawValue),
      "pending_attestations": .integer(assessment.pendingAttestations),
      "trial": .optional(Phrases.trial(assessment)),
      "checklist": .object([
        "name": .string(assessment.checklist.name),
        "version": .string(assessment.checklist.version),
        "sha256": .string(assessment.checklist.digest),
      ]),
    ])
    root["statements"] = .object(statements(assessment.statements))
    root["not_provided"] = .array(
      card.gaps.map {
        .object([
          "field": .string($0.key), "title": .string($0.title), "role": .string($0.role),
          "mandatory": .bool($0.isMandatory),
        ])
      })
    let privacy = PrivacyTexts(index: index)
    root["privacy"] = .object([
      "protections": .array(
        privacy.protections.map {
          .object([
            "title": .string($0.title), "sentence": .string($0.sentence.spoken),
            "does_not_protect": .string($0.limit.spoken),
          ])
        }),
      "statements": .array(
        index.privateArms.map { arm in
          .object([
            "arm": .string(arm.name),
            "paragraphs": .strings(privacy.statement(of: arm).map(\.spoken)),
            "assumptions": .strings(privacy.assumptions(of: arm).map(\.spoken)),
          ])
        }),
      "not_covered": .strings(privacy.notCovered.map(\.spoken)),
      "ledger": .array(record.ledger.map(entry)),
    ])
    root["findings"] = .array(assessment.findings.map(finding))
    root["evidence"] = .object(evidence)
    root["sources"] = .array(
      subject.sources.map { .object(["path": .string($0.path), "sha256": .string($0.sha256)]) })
    return JSONValue.object(root).serialized()
  }

  private func statements(_ statements: Statements) -> JSONObject {
    var object = JSONObject()
    for field in StatementField.all {
      guard let signed = statements.texts[field.key], !signed.text.isEmpty else {
        object[field.key] = .null
        continue
      }
      object[field.key] = .object([
        "text": .string(signed.text), "by": .optional(signed.by), "role": .optional(signed.role),
        "date": .optional(signed.date),
      ])
    }
    return object
  }

  private func entry(_ entry: LedgerEntry) -> JSONValue {
    .object([
      "release": .string(entry.release), "arm": .optional(entry.arm),
      "covered": .bool(entry.isCovered),
      "epsilon": .optional(entry.epsilon?.description), "reason": .string(entry.reason),
    ])
  }

  private func finding(_ finding: Finding) -> JSONValue {
    .object([
      "check": .string(finding.check.id), "title": .string(finding.check.title),
      "verdict": .string(finding.verdict.rawValue), "required": .bool(finding.isRequired),
      "reason": .string(finding.reason), "evidence": .strings(finding.evidence.map(\.description)),
    ])
  }

  /// The facts that the card shows, in order of appearance.
  private var evidence: JSONObject {
    var object = JSONObject()
    for evidence in document.shownEvidence {
      var item: JSONObject = [
        "title": .string(evidence.title), "printed": .string(evidence.printedLine),
        "value": value(evidence), "low": .number(evidence.interval?.low),
        "high": .number(evidence.interval?.high), "count": .optional(evidence.count),
      ]
      if case .estimate(.undefined(let reason, _)) = evidence.result {
        item["undefined"] = .string(reason)
      }
      if case .missing(let reason) = evidence.result { item["missing"] = .string(reason) }
      item["source"] = .object([
        "path": .string(evidence.source.path), "sha256": .optional(evidence.source.sha256),
        "how": .string(evidence.source.how),
      ])
      if !evidence.leftOut.isEmpty { item["left_out"] = .strings(evidence.leftOut) }
      if let note = evidence.note { item["note"] = .string(note) }
      object[evidence.id.description] = .object(item)
    }
    return object
  }

  private func value(_ evidence: Evidence) -> JSONValue {
    switch evidence.result {
    case .flag(let flag): .bool(flag)
    case .text(let text): .string(text)
    case .count(let count): .integer(count)
    default: .number(evidence.value)
    }
  }
}
