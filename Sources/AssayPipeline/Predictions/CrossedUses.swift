import AssayRuns
import AssayTables

extension ColumnUse {
  /// Puts the columns behind crossed ones, such as `region+sex`, in their place. Positions stay; further
  /// columns are added at the end.
  static func crossed(_ uses: [ColumnUse], in sources: [any ColumnSource]) -> [ColumnUse] {
    var result = uses
    for (index, use) in uses.enumerated() {
      switch use.purpose {
      case .segment, .sensitive: break
      default: continue
      }
      let known = use.file.map { sources[$0].columnNames } ?? sources.flatMap(\.columnNames)
      guard let crossed = CrossedColumn(use.name, columns: known) else { continue }
      result[index].name = crossed.parts[0]
      result[index].crossing = (use.name, [])
      for part in crossed.parts.dropFirst() {
        var further = use
        further.purpose = .crossed
        further.name = part
        let place = result.count
        result[index].crossing?.others.append(place)
        result.append(further)
      }
    }
    return result
  }
}

extension PredictionColumns {
  /// The groups of a use, crossed with others where it says so; they are handed over and gone
  /// afterwards.
  mutating func takeGroups(_ index: Int) throws -> GroupColumn {
    func column(_ use: Int) -> GroupColumn {
      let (codes, texts) = takeTexts(use)
      return GroupColumn(name: uses[use].name, texts: texts, codes: codes)
    }
    let first = column(index)
    guard let crossing = uses[index].crossing else { return first }
    return try GroupColumn(crossing: [first] + crossing.others.map(column), name: crossing.name)
  }

  /// Which file each row came from, where the files are parts of one table; by its last part unless
  /// two files share it.
  var files: GroupColumn? {
    guard layout.arrangement == .parts, sources.count > 1 else { return nil }
    let paths = sources.map(\.path)
    let short = paths.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
    let names = Set(short).count == short.count ? short : paths
    return GroupColumn(
      name: "file", texts: names,
      codes: partSizes.enumerated().flatMap { Array(repeating: Int32($0), count: $1) })
  }
}
