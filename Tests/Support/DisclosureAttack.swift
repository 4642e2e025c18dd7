/// What somebody can do who knows nothing but the published numbers: set up every sum that the names
/// of columns and groups imply, and search all whole numbers that agree with them.
///
/// It shares no code with the suppression that it attacks: no linear programme, but a search with
/// propagation of bounds, exact for whole numbers.
public struct DisclosureAttack {
  /// The counts that are still possible for a cell.
  public struct Unknown {
    /// The least.
    public var low: Int
    /// The greatest.
    public var high: Int
  }

  /// A column with the count of each group, or the reason why it is hidden.
  public struct Column {
    /// The column's name; a crossing is named `a+b`.
    public var name: String
    /// Its groups.
    public var groups: [(name: String, count: Int?, reason: String)]

    /// Creates a column.
    public init(name: String, groups: [(name: String, count: Int?, reason: String)]) {
      self.name = name
      self.groups = groups
    }
  }

  /// Cells by name, `column=group`; `total` is the whole table.
  public private(set) var cells: [String: Unknown] = [:]
  /// `whole` equals the sum of `parts`.
  public private(set) var sums: [(whole: String, parts: [String])] = []
  /// Cells that are hidden, with their reason.
  public private(set) var hidden: [(name: String, reason: String)] = []

  /// - Parameters:
  ///   - total: The count of the whole table.
  ///   - columns: Every column with the count of each group, or the reason why it is hidden.
  ///   - bounds: What the cell's name and the printed reason say about its count.
  public init(
    total: Int, columns: [Column], bounds: (_ cell: String, _ reason: String) -> (Int, Int?)
  ) {
    cells["total"] = Unknown(low: total, high: total)
    for column in columns {
      for group in column.groups {
        let name = "\(column.name)=\(group.name)"
        if let count = group.count {
          cells[name] = Unknown(low: count, high: count)
        } else {
          let (low, high) = bounds(name, group.reason)
          cells[name] = Unknown(low: min(low, total), high: min(total, high ?? total))
          hidden.append((name, group.reason))
        }
      }
      sums.append(("total", column.groups.map { "\(column.name)=\($0.name)" }))
      // A crossing is named a+b; its groups x+y add up to x and to y. A finer column's groups start
      // with the coarser group's name: a city `north.1` lies in `north`.
      for other in columns where other.name != column.name {
        let parts = column.name.split(separator: "+").map(String.init)
        let place = parts.firstIndex(of: other.name)
        for group in other.groups {
          let members = column.groups.filter { finer in
            if let place, parts.count > 1 {
              return finer.name.split(separator: "+")[place] == group.name
            }
            return finer.name.hasPrefix(group.name + ".")
          }
          if !members.isEmpty {
            sums.append(
              ("\(other.name)=\(group.name)", members.map { "\(column.name)=\($0.name)" }))
          }
        }
      }
    }
  }

  /// The same without any count that is shown: what the printed reasons say by themselves.
  public var withoutCounts: DisclosureAttack {
    var copy = self
    let names = Set(hidden.map(\.name))
    copy.sums = sums.filter { names.contains($0.whole) && $0.parts.allSatisfy(names.contains) }
    return copy
  }

  /// Whether a count is possible for a cell; `true` as well when the search gets too long.
  public func isPossible(_ cell: String, _ count: Int) -> Bool {
    guard let known = cells[cell], known.low <= count, count <= known.high else { return false }
    var domains = cells
    domains[cell] = Unknown(low: count, high: count)
    var budget = 4_000
    return solve(domains, &budget) ?? true
  }

  /// The least and greatest counts that are possible, searched from both ends.
  public func range(_ cell: String) -> (low: Int, high: Int)? {
    guard let known = cells[cell] else { return nil }
    guard let low = (known.low...known.high).first(where: { isPossible(cell, $0) }),
      let high = (known.low...known.high).last(where: { isPossible(cell, $0) })
    else { return nil }
    return (low, high)
  }

  /// `nil` when the budget ran out.
  private func solve(_ given: [String: Unknown], _ budget: inout Int) -> Bool? {
    var domains = given
    guard propagate(&domains) else { return false }
    budget -= 1
    if budget < 0 { return nil }
    // The smallest open domain first; ties by name.
    let open = domains.filter { $0.value.low < $0.value.high }
      .min { ($0.value.high - $0.value.low, $0.key) < ($1.value.high - $1.value.low, $1.key) }
    guard let open else { return true }
    let middle = (open.value.low + open.value.high) / 2
    var isUnsure = false
    for half in [
      Unknown(low: open.value.low, high: middle), Unknown(low: middle + 1, high: open.value.high),
    ] {
      var next = domains
      next[open.key] = half
      switch solve(next, &budget) {
      case true?: return true
      case nil: isUnsure = true
      case false?: break
      }
    }
    return isUnsure ? nil : false
  }

  private func propagate(_ domains: inout [String: Unknown]) -> Bool {
    var changes = true
    while changes {
      changes = false
      for sum in sums {
        var low = 0
        var high = 0
        for part in sum.parts {
          low += domains[part]?.low ?? 0
          high += domains[part]?.high ?? 0
        }
        guard let whole = domains[sum.whole] else { continue }
        let tight = Unknown(low: max(whole.low, low), high: min(whole.high, high))
        if tight.low > tight.high { return false }
        if tight.low != whole.low || tight.high != whole.high {
          domains[sum.whole] = tight
          changes = true
        }
        for part in sum.parts {
          guard let own = domains[part] else { continue }
          let least = max(own.low, tight.low - (high - own.high))
          let most = min(own.high, tight.high - (low - own.low))
          if least > most { return false }
          if least != own.low || most != own.high {
            domains[part] = Unknown(low: least, high: most)
            low += least - own.low
            high += most - own.high
            changes = true
          }
        }
      }
    }
    return true
  }
}
