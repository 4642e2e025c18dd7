import AssayDiagnostics
import AssayStatistics
import Testing

@testable import AssayTraining

@Suite("Partitioners deal pooled rows to clients")
struct PartitionerTests {
  static let all: [Partitioner] = [
    .iid, .dirichlet(concentration: 0.5), .shards(perClient: 2), .quantity(concentration: 0.5),
  ]

  /// 2,000 labels of 5 classes of unequal frequency, sorted.
  static let sortedLabels: [Int32] = (0..<2_000).map { row in
    row < 800 ? 0 : row < 1_300 ? 1 : row < 1_650 ? 2 : row < 1_900 ? 3 : 4
  }

  static func shuffled(_ labels: [Int32], _ seed: UInt64 = 3) -> [Int32] {
    var numbers = TestNumbers(seed)
    var result = labels
    for index in result.indices.reversed() {
      result.swapAt(index, Int(numbers.next() * Double(index + 1)))
    }
    return result
  }

  static func audit(
    _ partitioner: Partitioner, _ labels: [Int32], clients: Int = 20, seed: Int = 0
  ) throws -> PartitionAudit {
    PartitionAudit(
      labels: labels,
      clients: try partitioner.assign(labels: labels, clients: clients, seed: seed),
      clientCount: clients)
  }

  @Test("every row has exactly one client and every client at least the minimum", arguments: all)
  func total(partitioner: Partitioner) throws {
    for minimum in [1, 7, 100] {
      let clients = try partitioner.assign(
        labels: Self.sortedLabels, clients: 20, seed: 5, minimumRows: minimum)
      #expect(clients.count == 2_000)
      var sizes = [Int](repeating: 0, count: 20)
      for client in clients { sizes[Int(client)] += 1 }
      #expect(sizes.reduce(0, +) == 2_000)
      #expect(sizes.allSatisfy { $0 >= minimum })
    }
  }

  @Test("the same seed gives the same partition, another seed another", arguments: all)
  func seeds(partitioner: Partitioner) throws {
    func deal(_ seed: Int) throws -> [Int32] {
      try partitioner.assign(labels: Self.sortedLabels, clients: 20, seed: seed)
    }
    let first = try deal(1)
    #expect(try deal(1) == first)
    #expect(try deal(2) != first)
  }

  // Peers that deal rows in file order give sorted files a label skew that nobody asked for.
  @Test("the order of the input does not show in the audit", arguments: all)
  func sortedInput(partitioner: Partitioner) throws {
    let mixed = Self.shuffled(Self.sortedLabels)
    var difference = 0.0
    for seed in 0..<10 {
      let sorted = try Self.audit(partitioner, Self.sortedLabels, seed: seed)
      let other = try Self.audit(partitioner, mixed, seed: seed)
      difference += (sorted.meanLabelDivergence - other.meanLabelDivergence) / 10
      // Sizes and, for label skew, shares of a class do not depend on the order at all.
      #expect(sorted.sizeGini == other.sizeGini)
    }
    // Under iid the divergence of 100 rows in 5 classes is about 0.02 with a spread of 0.003 over
    // seeds, more for the small clients of a quantity skew; a leak of the order would show as 0.3
    // and more.
    #expect(abs(difference) < 0.03)
  }

  @Test("iid clients differ by one row at most and hold nearly the pooled labels")
  func iid() throws {
    let audit = try Self.audit(.iid, Self.sortedLabels, clients: 19)
    #expect(audit.largestClient - audit.smallestClient <= 1)
    // Expected value of the divergence of n = 105 rows in k = 5 classes from a pool of many:
    // (k − 1) / (8·n·ln 2) = 0.007 to first order.
    #expect(audit.meanLabelDivergence < 0.015)
    #expect(audit.classCoverage > 0.99)
  }

  @Test("Dirichlet approaches iid as α grows and one client a class as α vanishes")
  func dirichletLimits() throws {
    let alike = try Self.audit(.dirichlet(concentration: 1e8), Self.sortedLabels)
    // Shares are equal to 1e-4; what remains is rounding to whole rows: at most one row of each of
    // the classes in a hundred rows.
    #expect(alike.largestLabelDivergence < 0.005)
    #expect(alike.sizeGini < 0.02)
    let apart = try Self.audit(.dirichlet(concentration: 1e-6), Self.sortedLabels)
    // Every class goes to one client whole, apart from the rows that others need as their minimum:
    // those 15 or more clients hold one row each, so one class.
    #expect(apart.smallestClient == 1)
    #expect(apart.classCoverage < 0.3)
    #expect(apart.meanLabelDivergence > 0.35)
    let middle = try Self.audit(.dirichlet(concentration: 0.5), Self.sortedLabels)
    #expect(middle.meanLabelDivergence > alike.meanLabelDivergence)
    #expect(middle.meanLabelDivergence < apart.meanLabelDivergence)
  }

  @Test("a client with two shards holds at most three classes, and sizes are equal")
  func shards() throws {
    // 2,000 rows in 40 shards of 50; each class has at least 100 rows, so a shard has two classes at most,
    // and only four of the shards lie on a border.
    let clients = try Partitioner.shards(perClient: 2).assign(
      labels: Self.shuffled(Self.sortedLabels), clients: 20, seed: 4)
    let labels = Self.shuffled(Self.sortedLabels)
    var held = [Set<Int32>](repeating: [], count: 20)
    for (client, label) in zip(clients, labels) { held[Int(client)].insert(label) }
    #expect(held.allSatisfy { $0.count <= 3 })
    #expect(held.count { $0.count == 1 } >= 1)
    let audit = PartitionAudit(labels: labels, clients: clients, clientCount: 20)
    #expect((audit.smallestClient, audit.largestClient) == (100, 100))
  }

  @Test("quantity skew changes sizes, not labels")
  func quantity() throws {
    let audit = try Self.audit(.quantity(concentration: 0.5), Self.sortedLabels, clients: 5)
    #expect(audit.sizeGini > 0.2)
    let alike = try Self.audit(.quantity(concentration: 1e8), Self.sortedLabels, clients: 5)
    #expect(alike.sizeGini < 0.01)
    #expect(alike.meanLabelDivergence < 0.01)
  }

  @Test("more clients than the rows can serve are refused")
  func tooMany() throws {
    for partitioner in Self.all {
      #expect(throws: Diagnostic.self) {
        _ = try partitioner.assign(labels: [0, 1, 0], clients: 4, seed: 0)
      }
    }
    #expect(throws: Diagnostic.self) {
      _ = try Partitioner.shards(perClient: 3).assign(labels: [0, 1, 0, 1], clients: 2, seed: 0)
    }
    #expect(throws: Diagnostic.self) {
      _ = try Partitioner.iid.assign(
        labels: [0, 1], clients: 1 << 24, seed: 0, minimumRows: .max)
    }
    let exact = try Partitioner.quantity(concentration: 0.01).assign(
      labels: [0, 1, 0, 1], clients: 4, seed: 0)
    #expect(exact.sorted() == [0, 1, 2, 3], "as many clients as rows: one each")
  }

  @Test("a minimum moves no more rows than it needs, from the largest clients")
  func minimum() {
    // Sizes 6, 1, 0, 5 and a minimum of 2: three rows are needed. Cutting to a level of 4 frees
    // 2 + 1 = 3, by hand.
    var clients: [Int32] = [0, 0, 0, 0, 0, 0, 1, 3, 3, 3, 3, 3]
    let before = clients
    MinimumRows(count: 2, clients: 4).enforce(&clients, Randomness(seed: 1))
    let sizes = (0..<4).map { client in clients.count { $0 == client } }
    #expect(sizes == [4, 2, 2, 4])
    #expect(zip(before, clients).count { $0 != $1 } == 3)
    // The level 4 frees one row more than two needed rows: the first client keeps it.
    var other: [Int32] = [0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 3, 3, 3, 3]
    MinimumRows(count: 3, clients: 4).enforce(&other, Randomness(seed: 1))
    #expect((0..<4).map { client in other.count { $0 == client } } == [4, 3, 3, 4])
  }
}

@Suite("Dirichlet draws")
struct DirichletDrawTests {
  @Test(
    "gamma variates have the quantiles of the gamma distribution",
    arguments: [
      // scipy 1.17.1: scipy.stats.gamma.ppf([.1, .5, .9], a)
      (0.3, [0.0003237246218234327, 0.07313113586695198, 0.8848107733602443]),
      (1.0, [0.10536051565782636, 0.6931471805599455, 2.302585092994046]),
      (4.5, [2.0840795040730535, 4.1714163461264775, 7.3418282866299185]),
    ])
  func quantiles(shape: Double, quantiles: [Double]) {
    let draw = DirichletDraw(concentration: shape)
    let count = 20_000
    let randomness = Randomness(seed: 11)
    let logarithms = (0..<count).map { draw.logGamma(address: $0, stream: 1, randomness) }
    for (share, quantile) in zip([0.1, 0.5, 0.9], quantiles) {
      let limit = PortableMath.log(quantile)
      let below = Double(logarithms.count { $0 <= limit }) / Double(count)
      // Four standard errors of a share of 20,000.
      #expect(abs(below - share) < 4 * (share * (1 - share) / Double(count)).squareRoot())
    }
  }

  @Test("shares sum to one and have the mean and variance of the Dirichlet distribution")
  func moments() {
    let (alpha, clients, draws) = (0.7, 8, 4_000)
    let randomness = Randomness(seed: 3)
    var sum = 0.0
    var squares = 0.0
    for stream in 0..<draws {
      let shares = DirichletDraw(concentration: alpha).shares(
        of: clients, stream: stream, randomness)
      #expect(abs(shares.reduce(0, +) - 1) < 1e-14, "eight quotients of their sum")
      sum += shares[0]
      squares += shares[0] * shares[0]
    }
    let mean = sum / Double(draws)
    let variance = squares / Double(draws) - mean * mean
    // Closed form: mean 1/K, variance (1/K)(1 − 1/K) / (K·α + 1) = 0.01657; four standard errors of
    // the mean, and 10 % for the variance.
    let expected = 0.125 * 0.875 / (8 * alpha + 1)
    #expect(abs(mean - 0.125) < 4 * (expected / Double(draws)).squareRoot())
    #expect(abs(variance / expected - 1) < 0.1)
  }

  @Test("a vanishing concentration gives all to one, without 0 / 0")
  func vanishing() {
    for stream in 0..<50 {
      let shares = DirichletDraw(concentration: 1e-6).shares(
        of: 10, stream: stream, Randomness(seed: 2))
      #expect(shares.allSatisfy { $0.isFinite })
      #expect((shares.max() ?? 0) > 0.999)
    }
  }
}
