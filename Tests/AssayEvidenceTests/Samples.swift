import AssayDiagnostics
import AssayEvidence
import AssayFiles
import AssayRuns
import AssayStatistics
import AssayTestSupport
import Testing

/// The bytes of a file of the package.
func packageFile(_ path: String) throws -> [UInt8] {
  try InputFile.read("\(TestData.packageRoot)/\(path)")
}

/// The diagnostic that a body throws.
func diagnostic(_ body: () throws -> Void) throws -> Diagnostic {
  let error = try #require(throws: Diagnostic.self) { try body() }
  return error
}

/// One fact with a plain source.
func fact(_ id: String, _ result: Evidence.Result, unit: ValueUnit = .fraction) -> Evidence {
  Evidence(
    id: EvidenceID(id), title: "Title", unit: unit, result: result,
    source: .init(path: "runs", how: "measured"))
}

/// An estimate with an interval.
func estimate(
  _ id: String, _ value: Double, _ low: Double, _ high: Double, n: Int = 6_172,
  unit: ValueUnit = .fraction
) -> Evidence {
  let interval = Interval(low: low, high: high, method: .paired, confidence: 0.95)
  return fact(
    id, .estimate(.defined(value: value, interval: interval, count: n)), unit: unit)
}

/// A record of the example pilot.
func record(_ evidence: [Evidence] = [], subject: Subject = CheckExample.subject)
  -> EvidenceRecord
{
  EvidenceRecord(
    asOf: "2026-06-15T12:00:00Z", toolVersion: "test", subject: subject, evidence: evidence)
}

/// A check with one rule.
func check(
  _ rule: Rule, id: String = "XX-1", severity: Check.Severity = .required,
  appliesTo: Check.Applicability = .always, notWaivableIn: Set<Profile> = []
) -> Check {
  Check(
    id: id, group: "Group", title: "Title", requirement: "R.", rationale: "W.", remedy: "M.",
    owner: "owner", origin: "test", rule: rule,
    severity: Dictionary(uniqueKeysWithValues: Profile.allCases.map { ($0, severity) }),
    appliesTo: appliesTo, notWaivableIn: notWaivableIn)
}

/// A checklist of the given checks.
func checklist(_ checks: Check...) -> Checklist {
  Checklist(name: "test", version: "1", digest: "", checks: checks)
}

/// The finding of one check.
func finding(
  _ rule: Rule, _ evidence: [Evidence] = [], statements: Statements = Statements(),
  subject: Subject = CheckExample.subject, profile: Profile = .crossSilo
) throws -> Finding {
  let findings = checklist(check(rule)).judge(
    record(evidence, subject: subject), statements: statements, profile: profile, stage: .release)
  return try #require(findings.first)
}
