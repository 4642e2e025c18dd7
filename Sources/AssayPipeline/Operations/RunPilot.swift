import AssayDiagnostics
import AssayEvidence
import AssayFiles
import AssayTraining

/// What a judging command tells its caller.
public struct GateResult: Sendable {
  /// Whether the gate holds no failure and no error.
  public var isGateMet: Bool
  /// The verdicts as JSON.
  public var json: JSONValue
  /// The verdicts in words, for a terminal.
  public var summary: String
}

/// Trains and judges a pilot and writes every document.
///
/// What was trained is kept beside the output from time to time. When the process is killed, the same call
/// goes on from there and writes the same bytes.
/// - Parameters:
///   - path: The pilot file.
///   - output: The folder to write, whole or not at all.
///   - data: Replaces the data file that the pilot names, or the folder its paths start from.
///   - checkpointSeconds: Seconds between checkpoints, from 0 (after every round) on; `nil` for none.
/// - Throws: Diagnostics about the input, or an ``OutputError``.
public func runPilot(
  at path: String, output: String, data: String? = nil, judging: JudgingChoice,
  checkpointSeconds: Double? = nil, environment: PipelineEnvironment
) throws -> GateResult {
  // A pilot that cannot be read, or a target that cannot be written, costs no training.
  _ = try Pilot.read(path: path)
  let folder = try OutputFolder(output)
  let progress = checkpointSeconds.map {
    RunProgress(beside: output, interval: $0, report: environment.progress)
  }
  let assessed = try assess(
    pilotAt: path, data: data, judging: judging, progress: progress, environment: environment)
  environment.progress("writing \(output)")
  try write(
    try assessed.files(environment: environment), timings: assessed.timings, to: folder)
  progress?.remove()
  return GateResult(assessed.assessment, folder: output)
}

extension GateResult {
  /// The verdicts of an assessment; `folder` is where documents were written.
  init(_ assessment: Assessment, folder: String?) {
    isGateMet = assessment.isGateMet
    json = Self.json(of: assessment)
    summary = GateSummary(assessment, folder: folder).text
  }

  private static func json(of assessment: Assessment) -> JSONValue {
    .object([
      "schema": .string("assay.gate/1"), "name": .string(assessment.record.subject.name),
      "verdict": .string(assessment.readiness.rawValue), "met": .bool(assessment.isGateMet),
      "profile": .string(assessment.profile.rawValue), "stage": .string(assessment.stage.rawValue),
      "pending_attestations": .integer(assessment.pendingAttestations),
      "findings": .array(
        assessment.findings.map { finding in
          .object([
            "check": .string(finding.check.id), "verdict": .string(finding.verdict.rawValue),
            "required": .bool(finding.isRequired), "reason": .string(finding.reason),
            "evidence": .strings(finding.evidence.map(\.description)),
          ])
        }),
    ])
  }
}

/// The verdicts in words: headline, what blocks, hypotheses, where the documents are.
struct GateSummary {
  let text: String

  init(_ assessment: Assessment, folder: String?) {
    var lines = ["\(assessment.record.subject.name): \(assessment.readiness.rawValue)"]
    if assessment.stage == .trial {
      lines[0] += " (trial: \(assessment.pendingAttestations) attestations pending)"
    }
    let counts = Verdict.allCases.compactMap { verdict -> String? in
      let count = assessment.findings.count { $0.verdict == verdict }
      return count > 0 ? "\(count) \(verdict.rawValue)" : nil
    }
    lines.append("  checks: \(counts.joined(separator: ", "))")
    for judgement in assessment.record.judgements {
      lines.append(
        "  \(judgement.outcome.rawValue): \(judgement.metric) of \(judgement.arm) against "
          + "\(judgement.against). \(judgement.reason)")
    }
    if let feasibility = assessment.record.feasibility, !feasibility.points.isEmpty {
      lines.append("  privacy: \(feasibility.sentence)")
    }
    let blocking = assessment.findings.filter {
      $0.outcome(at: assessment.stage) == .failure || $0.outcome(at: assessment.stage) == .error
    }
    for finding in blocking.prefix(12) {
      lines.append("  \(finding.verdict.rawValue) \(finding.check.id) \(finding.check.title)")
    }
    if blocking.count > 12 { lines.append("  and \(blocking.count - 12) more") }
    if let folder {
      for name in [
        "evaluation.html", "model-card.html", "dp-feasibility.html", "pilot-readiness.html",
        "gate.xml",
      ] { lines.append("  \(folder)/\(name)") }
    }
    text = lines.map(printable).joined(separator: "\n") + "\n"
  }
}

/// The algorithms that a federated arm may name: one line each, then one for each of its parameters.
public func algorithmList() -> String {
  AlgorithmEntry.catalogue.map { entry in
    "\(entry.name)\t\(entry.summary)\n"
      + entry.parameters.map { parameter in
        "  \(parameter.name)\t\(parameter.meaning); \(parameter.expectation), "
          + "default \(AlgorithmParameter.text(parameter.standard))\n"
      }.joined()
  }.joined()
}
