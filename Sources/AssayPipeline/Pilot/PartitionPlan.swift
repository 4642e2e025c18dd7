import AssayDiagnostics
import AssayFiles
import AssayTraining

extension Pilot.DataPlan {
  /// Where the clients come from.
  public enum ClientSource: Sendable {
    /// A column names the client of every row.
    case column(Named)
    /// Pooled rows are dealt to simulated clients.
    case partition(PartitionPlan)
  }

  /// How pooled rows are dealt to clients.
  public struct PartitionPlan: Sendable {
    /// The rule.
    public var partitioner: Partitioner
    /// How many clients there are.
    public var clients: Int
    /// What decides the draws; the seeds of the arms do not.
    public var seed: Int
    /// The least number of rows of a client.
    public var minimumRows: Int
    /// Where it was written.
    public var location: SourceLocation
    /// The line it stands on.
    public var sourceLine: String?

    /// Name of the column that holds the clients of a partition, as in `predictions.csv`.
    public static let columnName = "client"

    /// The clients' names: `client-00`, as many digits for each.
    public var names: [String] {
      let width = max(2, "\(clients - 1)".count)
      return (0..<clients).map { index in
        let digits = "\(index)"
        return "client-" + String(repeating: "0", count: width - digits.count) + digits
      }
    }

    /// How the clients came about, in words; a numeric label is dealt by its deciles.
    public func sentence(isRegression: Bool = false) -> String {
      let label = isRegression ? "decile of the label" : "label"
      let part = isRegression ? "decile" : "class"
      let rule =
        switch partitioner {
        case .iid: "in equal parts, at random"
        case .dirichlet(let concentration):
          "by \(label), the shares of every \(part) drawn from Dirichlet(\(concentration))"
        case .shards(let perClient):
          "by \(label), \(perClient) \(perClient == 1 ? "shard" : "shards") of the rows sorted by "
            + "\(label) for each"
        case .quantity(let concentration):
          "at random, the sizes drawn from Dirichlet(\(concentration))"
        }
      return "simulated: pooled rows dealt to \(clients) clients \(rule), with seed \(seed), at "
        + "least \(minimumRows) \(minimumRows == 1 ? "row" : "rows") each"
    }
  }

  /// The column that names clients, where there is one.
  var clientColumn: Named? {
    if case .column(let named) = clients { named } else { nil }
  }

  /// The name under which clients appear in the results.
  var clientName: String { clientColumn?.name ?? PartitionPlan.columnName }
}

/// Reads `data.client` and `data.partition`.
struct ClientSourceParser {
  private static let kinds = ["dirichlet", "iid", "shards", "quantity", "natural"]
  private static let clientLimit = 1 << 24

  static func parse(
    _ mapping: YAMLMapping
  ) throws(Diagnostic) -> Pilot.DataPlan.ClientSource {
    switch (mapping["client"], mapping["partition"]) {
    case (.some, let partition?):
      throw partition.diagnostic(
        .conflict(
          first: "'partition'", second: "'client'",
          why: "clients are either named by a column or made by a partition"),
        help: "remove one of the two")
    case (let client?, nil): return .column(try named(client, "client"))
    case (nil, let partition?): return try parsePartition(partition)
    case (nil, nil):
      throw mapping.node.diagnostic(
        .missingKey(key: "client", inside: mapping.what),
        help: "name the column that says which client holds a row, or, to simulate clients, "
          + "write partition: {kind: dirichlet, clients: 20, alpha: 0.5}")
    }
  }

  private static func parsePartition(
    _ node: YAMLNode
  ) throws(Diagnostic) -> Pilot.DataPlan.ClientSource {
    let kindNode = try node.openMapping("partition").require("kind")
    let kind = try kindNode.text("kind")
    guard kinds.contains(kind) else {
      throw kindNode.diagnostic(.unknownName(what: "a partition", name: kind, known: kinds))
    }
    if kind == "natural" {
      let mapping = try node.mapping("partition", keys: ["kind", "column"])
      return .column(try named(mapping.require("column"), "column"))
    }
    let own: [String: [String]] = [
      "dirichlet": ["alpha"], "shards": ["shards_per_client"], "quantity": ["alpha"],
    ]
    let mapping = try node.mapping(
      "partition", keys: ["kind", "clients"] + (own[kind] ?? []) + ["seed", "minimum_rows"])
    let partitioner: Partitioner
    switch kind {
    case "dirichlet": partitioner = .dirichlet(concentration: try concentration(mapping))
    case "quantity": partitioner = .quantity(concentration: try concentration(mapping))
    case "shards":
      partitioner = .shards(
        perClient: try whole(mapping.require("shards_per_client"), "shards_per_client", 1...1_000))
    default: partitioner = .iid
    }
    let largest = Int(Int32.max)
    return .partition(
      Pilot.DataPlan.PartitionPlan(
        partitioner: partitioner,
        clients: try whole(mapping.require("clients"), "clients", 1...clientLimit),
        seed: try whole(mapping["seed"], "seed", 0...largest, default: 0),
        minimumRows: try whole(mapping["minimum_rows"], "minimum_rows", 1...largest, default: 1),
        location: node.location, sourceLine: node.sourceLine))
  }

  private static func named(
    _ node: YAMLNode, _ key: String
  ) throws(Diagnostic) -> Pilot.DataPlan.Named {
    Pilot.DataPlan.Named(
      name: try node.text(key), location: node.location, sourceLine: node.sourceLine)
  }

  private static func whole(
    _ node: YAMLNode?, _ key: String, _ range: ClosedRange<Int>, default value: Int
  ) throws(Diagnostic) -> Int {
    guard let node else { return value }
    return try whole(node, key, range)
  }

  private static func whole(
    _ node: YAMLNode, _ key: String, _ range: ClosedRange<Int>
  ) throws(Diagnostic) -> Int {
    let value = try node.integer(key)
    guard range.contains(value) else {
      throw node.diagnostic(
        .badValue(
          key: key, found: "\(value)",
          expected: "a whole number from \(range.lowerBound) to \(range.upperBound)"))
    }
    return value
  }

  private static func concentration(_ mapping: YAMLMapping) throws(Diagnostic) -> Double {
    let node = try mapping.require("alpha")
    let value = try node.number("alpha")
    // Beyond these ends the draws are those of one class a client, or of equal shares.
    guard value >= 1e-6, value <= 1e9 else {
      throw node.diagnostic(
        .badValue(key: "alpha", found: node.plainText, expected: "a number from 1e-6 to 1e9"))
    }
    return value
  }
}
