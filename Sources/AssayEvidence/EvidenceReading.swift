import AssayDiagnostics
import AssayFiles
import AssayRuns
import AssayStatistics

extension EvidenceRecord {
  /// Reads `evidence.json` back: the inverse of ``encode()``. Findings in it are left unread,
  /// because they are judged again from the facts.
  /// - Throws: A diagnostic that names the entry, such as `evidence[3].value`.
  public init(json: JSONValue, path: String) throws(Diagnostic) {
    let root = RecordReader(json, file: path)
    try root.requireObject()
    let schema = try root.string("schema")
    guard schema == Self.schema else {
      throw root.diagnostic(
        .badValue(key: "schema", found: schema, expected: "'\(Self.schema)'"))
    }
    self.init(
      asOf: try root.string("as_of"), toolVersion: try root.string("tool_version"),
      subject: try Subject(try root.member("subject")))
    guard CalendarDate.isValid(CalendarDate.day(of: asOf)) else {
      throw root.diagnostic(
        .badValue(key: "as_of", found: asOf, expected: "a time such as 2026-01-01T00:00:00Z"))
    }
    var seen: Set<EvidenceID> = []
    for entry in try root.list("evidence") {
      let fact = try Evidence(entry)
      guard seen.insert(fact.id).inserted else {
        throw entry.diagnostic(
          .badValue(key: "id", found: fact.id.description, expected: "each id once"))
      }
      evidence.append(fact)
    }
    for entry in try root.optionalList("series") { series.append(try Series(entry)) }
    for entry in try root.optionalList("judgements") { judgements.append(try Judgement(entry)) }
    if let entry = root.optional("feasibility") { feasibility = try Feasibility(entry) }
    for entry in try root.optionalList("assumptions") { assumptions.append(try Assumption(entry)) }
    for entry in try root.optionalList("ledger") { ledger.append(try LedgerEntry(entry)) }
  }
}

extension Evidence {
  init(_ entry: RecordReader) throws(Diagnostic) {
    try entry.requireObject()
    let source = try entry.member("source")
    self.init(
      id: try entry.evidenceID("id"), title: try entry.string("title"),
      unit: try entry.choice("unit", ValueUnit.self), result: try Self.result(entry),
      source: Source(
        path: try source.string("path"), sha256: try source.optionalString("sha256"),
        how: try source.string("how")),
      note: try entry.optionalString("note"))
    if entry.optional("left_out") != nil { leftOut = try entry.strings("left_out") }
    if entry.optional("seeds") != nil {
      let values = try entry.optionalNumbers("seeds")
      let ids = try entry.integers("seed_ids")
      guard values.count == ids.count else {
        throw entry.wrong("seed_ids", "one seed for each value of 'seeds'")
      }
      seeds = zip(ids, values).map { SeedValue(seed: $0, value: $1) }
    }
  }

  private enum Kind: String, CaseIterable {
    case estimate, guarantee, count, quantity, flag, text, missing
  }

  private static func result(_ entry: RecordReader) throws(Diagnostic) -> Result {
    switch try entry.choice("kind", Kind.self) {
    case .estimate:
      if let reason = try entry.optionalString("undefined") {
        return .estimate(.undefined(reason: reason, count: try entry.optionalInteger("count")))
      }
      return .estimate(
        .defined(
          value: try entry.number("value"), interval: try interval(entry),
          count: try entry.integer("count")))
    case .guarantee: return .guarantee(try guarantee(entry))
    case .count: return .count(try entry.integer("value"))
    case .quantity: return .quantity(try entry.number("value"))
    case .flag: return .flag(try entry.boolean("value"))
    case .text: return .text(try entry.string("value"))
    case .missing: return .missing(reason: try entry.string("undefined"))
    }
  }

  private static func interval(_ entry: RecordReader) throws(Diagnostic) -> Interval? {
    guard entry.optional("interval") != nil else { return nil }
    return Interval(
      low: try entry.number("low"), high: try entry.number("high"),
      method: try entry.choice("interval", IntervalMethod.self),
      confidence: try entry.number("confidence"),
      note: try entry.optionalString("interval_note"),
      standardError: try entry.optionalNumber("standard_error"),
      degrees: try entry.optionalNumber("degrees"), adjusted: try adjusted(entry))
  }

  private static func adjusted(_ entry: RecordReader) throws(Diagnostic) -> Interval.Adjusted? {
    guard let object = entry.optional("adjusted") else { return nil }
    return Interval.Adjusted(
      low: try object.number("low"), high: try object.number("high"),
      standardError: try object.number("standard_error"), degrees: try object.number("degrees"),
      scale: try object.choice("scale", Interval.Adjusted.Scale.self))
  }

  private static func guarantee(_ entry: RecordReader) throws(Diagnostic) -> PrivacyGuarantee {
    var unit: PrivacyUnit?
    if entry.optional("unit_of_privacy") != nil {
      unit = try entry.choice("unit_of_privacy", PrivacyUnit.self)
    }
    var errors: [ErrorTerm] = []
    for term in try entry.optionalList("errors") {
      errors.append(
        ErrorTerm(try term.choice("kind", ErrorTerm.Kind.self), try term.number("value")))
    }
    return PrivacyGuarantee(
      epsilon: try entry.number("value"),
      epsilonLower: try entry.optionalNumber("epsilon_lower"),
      delta: try entry.number("delta"), unit: unit,
      neighbouring: try entry.choice("neighbouring", NeighbouringRelation.self),
      accountant: try entry.string("accountant"), order: try entry.optionalNumber("order"),
      mu: try entry.optionalNumber("mu"), errors: errors,
      assumptions: try entry.strings("assumptions"),
      epsilonWithoutAmplification: try entry.number("epsilon_without_amplification"))
  }
}

extension Subject {
  init(_ entry: RecordReader) throws(Diagnostic) {
    try entry.requireObject()
    self.init(name: try entry.string("name"), kind: try entry.choice("kind", Kind.self))
    pilotDigest = try entry.optionalString("pilot_sha256")
    task = try entry.string("task")
    label = try entry.string("label")
    features = try entry.strings("features")
    segments = try entry.strings("segments")
    sensitive = try entry.strings("sensitive")
    client = try entry.optionalString("client")
    clientIs = try entry.string("client_is")
    clientCount = try entry.optionalInteger("client_count")
    partition = try entry.optionalString("partition")
    trainingRows = try entry.optionalInteger("training_rows")
    testRows = try entry.optionalInteger("test_rows")
    split = try entry.string("split")
    scaling = try entry.string("scaling")
    model = try entry.string("model")
    seeds = try entry.integers("seeds")
    candidate = try entry.optionalString("candidate")
    baseline = try entry.optionalString("baseline")
    local = try entry.optionalString("local")
    headline = try entry.string("headline")
    for arm in try entry.list("arms") { arms.append(try ArmSummary(arm)) }
    for source in try entry.list("sources") {
      sources.append(
        SourceFile(path: try source.string("path"), sha256: try source.string("sha256")))
    }
    notes = try entry.strings("notes")
  }
}

extension ArmSummary {
  init(_ entry: RecordReader) throws(Diagnostic) {
    self.init(
      name: try entry.string("name"), kind: try entry.choice("kind", Kind.self),
      isPrivate: try entry.boolean("private"))
    for parameter in try entry.list("parameters") {
      parameters.append(Parameter(try parameter.string("name"), try parameter.string("value")))
    }
    for run in try entry.list("runs") {
      runs.append(
        RunState(
          folder: try run.string("folder"), status: try run.choice("status", RunStatus.self),
          reason: try run.optionalString("reason")))
    }
  }
}

extension Series {
  init(_ entry: RecordReader) throws(Diagnostic) {
    self.init(
      kind: try entry.choice("kind", Kind.self), arm: try entry.string("arm"), lines: [])
    for line in try entry.list("lines") { lines.append(try Line(line)) }
  }
}

extension Series.Line {
  init(_ entry: RecordReader) throws(Diagnostic) {
    let x = try entry.member("x").value.array?.compactMap(\.extendedDouble)
    // Null stands for a point without value; anything else has to be a number.
    let y = try entry.member("y").value.array?.compactMap { value -> Double?? in
      if value.isNull { return .some(nil) }
      return value.extendedDouble.map { .some($0) }
    }
    let counts = try entry.integers("counts")
    guard let x, let y, x.count == y.count, x.count == entry.value["x"]?.array?.count,
      y.count == entry.value["y"]?.array?.count, counts.isEmpty || counts.count == x.count
    else {
      throw entry.diagnostic(
        .other(
          found: "lists of other lengths or other values",
          expected: "one number in 'x' and one number or null in 'y' for each point"))
    }
    self.init(name: try entry.string("name"), x: x, y: y, counts: counts)
  }
}

extension Judgement {
  init(_ entry: RecordReader) throws(Diagnostic) {
    self.init(
      arm: try entry.string("arm"), against: try entry.string("against"),
      metric: try entry.string("metric"), margin: try entry.number("margin"),
      outcome: try entry.choice("outcome", Outcome.self),
      evidence: try entry.evidenceID("evidence"), reason: try entry.string("reason"))
  }
}

extension Feasibility {
  init(_ entry: RecordReader) throws(Diagnostic) {
    var points: [Point] = []
    for point in try entry.list("points") { points.append(try Point(point)) }
    self.init(
      verdict: try entry.choice("verdict", Verdict.self), sentence: try entry.string("sentence"),
      explanation: try entry.strings("explanation"),
      alternatives: try entry.strings("alternatives"), margin: try entry.number("margin"),
      marginOrigin: try entry.string("margin_origin"), points: points,
      reference: try entry.optionalString("reference"),
      recommended: try entry.optionalString("recommended"),
      evidence: try entry.evidenceIDs("evidence"))
  }
}

extension Feasibility.Point {
  init(_ entry: RecordReader) throws(Diagnostic) {
    self.init(
      arm: try entry.string("arm"), epsilon: try entry.evidenceID("epsilon"),
      utility: try entry.evidenceID("utility"), difference: try entry.evidenceID("difference"),
      differenceToLocal: try entry.optionalEvidenceID("difference_to_local"),
      isWithinMargin: try entry.optionalBoolean("within_margin"),
      isAboveLocal: try entry.optionalBoolean("above_local"))
  }
}

extension Assumption {
  init(_ entry: RecordReader) throws(Diagnostic) {
    self.init(
      arm: try entry.string("arm"), name: try entry.optionalString("name") ?? "",
      statement: try entry.string("statement"), state: try entry.choice("state", State.self),
      reason: try entry.string("reason"),
      evidence: entry.optional("evidence") == nil ? [] : try entry.evidenceIDs("evidence"),
      epsilonIfFails: try entry.optionalEvidenceID("epsilon_if_fails"))
  }
}

extension LedgerEntry {
  init(_ entry: RecordReader) throws(Diagnostic) {
    self.init(
      release: try entry.string("release"), arm: try entry.optionalString("arm"),
      isCovered: try entry.boolean("covered"), epsilon: try entry.optionalEvidenceID("epsilon"),
      reason: try entry.string("reason"))
  }
}
