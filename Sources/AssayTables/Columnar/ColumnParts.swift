import AssayDiagnostics

/// Joins a column whose parts were decoded and read in its role apart from each other.
enum ColumnParts {
  /// Rows that stand together, read in a role, and what is wrong with them.
  struct Part: Sendable {
    var values: ColumnTable.Values
    var problems: DiagnosticList
  }

  /// Reads decoded values in a role.
  /// - Parameters:
  ///   - firstRow: The table's row of the first value.
  ///   - place: The place of a problem.
  static func part(
    _ decoded: DecodedValues, request: ColumnRequest, firstRow: Int,
    place: @escaping (_ fact: Fact, _ row: Int, _ help: String?) -> Diagnostic
  ) -> Part {
    if !decoded.problems.isEmpty {
      // What cannot be decoded has no value that could be judged.
      var problems = DiagnosticList()
      for problem in decoded.problems {
        problems.append(
          place(
            .wrongType(column: request.name, found: problem.found, expected: problem.expected),
            firstRow + problem.row, nil))
      }
      return Part(values: .numbers([]), problems: problems)
    }
    var reader = TypedValuesReader(
      column: request.name, role: request.role, firstRow: firstRow, place: place)
    let values = reader.read(decoded.values)
    return Part(values: values, problems: reader.problems)
  }

  /// The whole column.
  static func joined(
    _ parts: some Sequence<Part>, role: ColumnRequest.Role, rowCount: Int,
    problems: inout DiagnosticList
  ) -> ColumnTable.Values {
    var joiner = ColumnJoiner(role: role, rowCount: rowCount)
    for part in parts {
      problems.append(part.problems)
      if problems.isEmpty { joiner.append(part.values) }
    }
    return joiner.finish()
  }
}

extension DiagnosticList {
  /// Adds the problems of what follows.
  mutating func append(_ other: DiagnosticList) {
    if other.isEmpty { return }
    self = DiagnosticList(
      diagnostics + other.diagnostics, omitted: omitted + other.omitted)
  }
}
