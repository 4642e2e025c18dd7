import AssayDiagnostics
import AssayTables

/// How several files make one table, and which file holds each column.
struct PredictionLayout: Sendable {
  /// What the files are to one another.
  enum Arrangement: Hashable, Sendable {
    /// Parts of one table, one beneath the other; every file has every column.
    case parts
    /// The same rows, found by their ids.
    case joined
    /// The same rows in the same order, without ids.
    case sideBySide
  }

  var arrangement: Arrangement
  /// For each use the files that hold it; where files are joined, values are taken from the first and
  /// must agree in the others.
  var files: [[Int]]

  /// Decides from the columns alone.
  /// - Throws: For a column that no file has, or that several have where one is meant.
  init(_ uses: [ColumnUse], _ sources: [any ColumnSource]) throws {
    let names = sources.map(\.columnNames)
    for use in uses {
      let known = use.file.map { [names[$0]] } ?? names
      if !known.contains(where: { $0.contains(use.name) }) {
        throw Self.unknown(use, known.flatMap { $0 }, sources[use.file ?? 0].path)
      }
    }
    let isNamedByFile = uses.contains { $0.file != nil }
    let isComplete = names.allSatisfy { columns in
      uses.allSatisfy { columns.contains($0.name) }
    }
    if sources.count == 1 || (isComplete && !isNamedByFile && !Self.isOnePerArm(uses, names)) {
      arrangement = .parts
      files = uses.map { _ in Array(sources.indices) }
      return
    }
    let hasIdentifier = uses.contains { $0.purpose == .identifier }
    arrangement = hasIdentifier ? .joined : .sideBySide
    files = []
    for (index, use) in uses.enumerated() {
      let holders = sources.indices.filter { names[$0].contains(use.name) }
      if use.purpose == .identifier {
        if let lacking = sources.indices.first(where: { !holders.contains($0) }) {
          throw Self.unknown(use, names[lacking], sources[lacking].path)
        }
        files.append(holders)
      } else if let file = use.file {
        files.append([file])
      } else if use.purpose.isShared || holders.count == 1 {
        files.append(holders)
      } else {
        files.append([try Self.holder(of: index, uses, holders, sources)])
      }
    }
    let used = Set(files.flatMap { $0 })
    if arrangement == .sideBySide { try Self.checkNames(names, sources, uses) }
    if let idle = sources.indices.first(where: { file in
      !used.contains(file) || (hasIdentifier && !isUsed(file, uses))
    }) {
      throw Diagnostic(
        .other(found: "none", expected: "at least one of the columns named beside the id"),
        at: SourceLocation(path: sources[idle].path),
        help: "leave this file out, or write its columns as FILE:COLUMN")
    }
  }

  private func isUsed(_ file: Int, _ uses: [ColumnUse]) -> Bool {
    zip(uses, files).contains { $0.purpose != .identifier && $1.contains(file) }
  }

  /// Whether several arms name one column and there is a file for each of them.
  private static func isOnePerArm(_ uses: [ColumnUse], _ names: [[String]]) -> Bool {
    guard names.count > 1 else { return false }
    return uses.contains { use in
      guard case .score = use.purpose else { return false }
      return arms(naming: use.name, uses).count == names.count
    }
  }

  /// The arms whose scores or predictions are a column of that name, in their order.
  private static func arms(naming name: String, _ uses: [ColumnUse]) -> [String] {
    var arms: [String] = []
    for use in uses where use.name == name && use.file == nil {
      switch use.purpose {
      case .score(let arm), .prediction(let arm): if !arms.contains(arm) { arms.append(arm) }
      default: continue
      }
    }
    return arms
  }

  /// The file of a score or prediction that several files have: the first arm that names it means the
  /// first of them, the second arm the second.
  private static func holder(
    of index: Int, _ uses: [ColumnUse], _ holders: [Int], _ sources: [any ColumnSource]
  ) throws -> Int {
    let use = uses[index]
    let arms = arms(naming: use.name, uses)
    if arms.count == holders.count {
      switch use.purpose {
      case .score(let arm), .prediction(let arm):
        if let place = arms.firstIndex(of: arm) { return holders[place] }
      default: break
      }
    }
    let paths = holders.map { "'\(sources[$0].path)'" }.joined(separator: " and ")
    throw Diagnostic(
      .other(found: "it in \(paths)", expected: "the column '\(use.name)' in one file"),
      help: "write \(use.flag) with FILE:COLUMN, such as \(sources[holders[0]].path):\(use.name)")
  }

  /// Rows without ids can only be the same in the same order; a column that stands twice hints that
  /// they need not be.
  private static func checkNames(
    _ names: [[String]], _ sources: [any ColumnSource], _ uses: [ColumnUse]
  ) throws {
    var help = "files without ids are taken side by side only when no column stands twice"
    for (file, columns) in names.enumerated() {
      if let lacking = uses.first(where: { !columns.contains($0.name) && $0.file == nil }) {
        help +=
          "; to be parts of one table all need every column, and '\(sources[file].path)' lacks "
          + "'\(lacking.name)'"
        break
      }
    }
    var first: [String: Int] = [:]
    for (file, columns) in names.enumerated() {
      for name in columns {
        if let earlier = first[name] {
          throw Diagnostic(
            .other(
              found: "the column '\(name)' here and in '\(sources[earlier].path)'",
              expected: "--id with the column of record ids, by which files are joined"),
            at: SourceLocation(path: sources[file].path), help: help)
        }
        first[name] = file
      }
    }
  }

  /// That a column is not there, with the flag that named it.
  static func unknown(_ use: ColumnUse, _ known: [String], _ path: String) -> Diagnostic {
    var seen = Set<String>()
    let fact = Fact.unknownColumn(
      name: use.name, known: known.filter { seen.insert($0).inserted })
    return Diagnostic(
      fact, at: SourceLocation(path: path, line: 1),
      help: fact.advice.map { "\(use.flag) names this column; \($0)" }
        ?? "\(use.flag) names this column", width: use.name.count)
  }
}
