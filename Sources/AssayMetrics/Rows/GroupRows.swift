import AssayRuns

/// The rows of one group, those of one client side by side.
struct GroupRows: Sendable {
  var name: String
  /// Row numbers, by client, then in the table's order.
  var rows: [Int32]
  /// Where each client's rows start in ``rows``; empty without clients.
  var clientStarts: [Int]
  /// The clients' codes, beside ``clientStarts``.
  var clients: [Int32]
  /// What is not to be shown of the group.
  var hidden = SuppressionPlan.Cell()

  /// How many clients hold rows here; `nil` without clients.
  var clientCount: Int? { clientStarts.isEmpty && !rows.isEmpty ? nil : clientStarts.count }

  /// All groups of a column, in its order; all rows as one group without a column.
  static func groups(
    of column: GroupColumn?, rowCount: Int, client: GroupColumn?
  ) -> [GroupRows] {
    let all = (0..<Int32(clamping: rowCount)).map { $0 }
    let byClient = client.map { stablePartition(all, codes: $0.codes, count: $0.groups.count) }
    let ordered = byClient.map { $0.flatMap { $0 } } ?? all
    let lists =
      column.map { stablePartition(ordered, codes: $0.codes, count: $0.groups.count) } ?? [ordered]
    return lists.enumerated().map { index, rows in
      var starts: [Int] = []
      var clients: [Int32] = []
      if let client {
        for (position, row) in rows.enumerated() {
          let code = client.codes[Int(row)]
          if clients.last != code {
            starts.append(position)
            clients.append(code)
          }
        }
      }
      return GroupRows(
        name: column?.groups[index] ?? "overall", rows: rows, clientStarts: starts,
        clients: clients)
    }
  }

  /// Rows by code, in their order; rows with a code outside of `0..<count` are dropped.
  private static func stablePartition(
    _ rows: [Int32], codes: [Int32], count: Int
  ) -> [[Int32]] {
    var sizes = Array(repeating: 0, count: count)
    for row in rows {
      let code = Int(codes[Int(row)])
      if code >= 0, code < count { sizes[code] += 1 }
    }
    var lists = sizes.map { size in
      var list: [Int32] = []
      list.reserveCapacity(size)
      return list
    }
    for row in rows {
      let code = Int(codes[Int(row)])
      if code >= 0, code < count { lists[code].append(row) }
    }
    return lists
  }
}
