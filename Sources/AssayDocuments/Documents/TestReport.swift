import AssayEvidence

/// Results of tests as JUnit XML, in the dialect of the gate.
public struct TestReport {
  /// One test.
  public struct Case: Hashable, Sendable {
    /// The family it belongs to; cases of one family stand together.
    public var suite: String
    /// What is tested, in plain words; unique in its family.
    public var name: String
    /// How it ended.
    public var outcome: GateOutcome
    /// What was found and expected, or why it was skipped; empty when it passed.
    public var message: String

    /// Creates a case.
    public init(suite: String, name: String, outcome: GateOutcome, message: String) {
      self.suite = suite
      self.name = name
      self.outcome = outcome
      self.message = message
    }
  }

  private let cases: [Case]
  private let properties: [(name: String, value: String)]

  /// Creates a report.
  /// - Parameters:
  ///   - cases: At least one.
  ///   - properties: Facts about the run, the same for every suite.
  public init(_ cases: [Case], properties: [(name: String, value: String)] = []) {
    precondition(!cases.isEmpty, "a report of at least one test")
    self.cases = cases
    self.properties = properties
  }

  /// The finished file.
  /// - Parameter asOf: The time that it names.
  /// - Throws: A diagnostic when the file does not read back as it was meant: a bug of Assay.
  public func junit(asOf: String) throws -> String {
    var order: [String] = []
    var members: [String: [Case]] = [:]
    for item in cases {
      if members[item.suite] == nil { order.append(item.suite) }
      members[item.suite, default: []].append(item)
    }
    let suites = order.map { name in
      JUnitWriter.Suite(
        name: JUnitWriter.name(name), properties: properties,
        cases: (members[name] ?? []).map { item in
          JUnitWriter.Case(
            name: JUnitWriter.name(item.name), className: JUnitWriter.name(name),
            outcome: item.outcome, type: "broken",
            message: JUnitWriter.oneLine(item.message), text: item.message)
        })
    }
    return try JUnitWriter.text(of: suites, asOf: asOf)
  }
}
