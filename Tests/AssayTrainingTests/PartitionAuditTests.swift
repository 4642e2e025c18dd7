import Testing

@testable import AssayTraining

@Suite("Audit of a partition")
struct PartitionAuditTests {
  /// Three clients with the labels 0 0 0 1, 1 1 and 2 2 0 1 2 2.
  let audit = PartitionAudit(
    labels: [0, 0, 0, 1, 1, 1, 2, 2, 0, 1, 2, 2],
    clients: [0, 0, 0, 0, 1, 1, 2, 2, 2, 2, 2, 2], clientCount: 3)

  @Test("label divergence equals scipy's")
  func divergence() {
    // scipy 1.17.1, numpy 2.4.6: jensenshannon(p, q, base=2)**2 for each client, numpy.mean, max.
    #expect(abs(audit.meanLabelDivergence - 0.25704807939240254) < 1e-15)
    #expect(abs(audit.largestLabelDivergence - 0.45914791702724483) < 1e-15)
  }

  @Test("a client of one class among two equal ones diverges by a value known in closed form")
  func closedForm() {
    // P = (1, 0), Q = (1/2, 1/2), M = (3/4, 1/4): JS = ½·log2(4/3) + ½·(½·log2(2/3) + ½·log2 2)
    // = ¾ − ... worked by hand: 0.5·0.4150374993 + 0.25·(−0.5849625007) + 0.25 = 0.3112781245.
    let apart = PartitionAudit(labels: [0, 0, 1, 1], clients: [0, 0, 1, 1], clientCount: 2)
    #expect(abs(apart.meanLabelDivergence - 0.3112781244591328) < 1e-15)
    #expect(apart.classCoverage == 0.5)
    #expect(apart.sizeGini == 0)
  }

  @Test("alike clients diverge by nothing; two clients of disjoint classes by as much as they can")
  func ends() {
    let alike = PartitionAudit(labels: [0, 1, 0, 1], clients: [0, 0, 1, 1], clientCount: 2)
    #expect(alike.meanLabelDivergence == 0)
    #expect(alike.classCoverage == 1)
    // A client that holds one row of a class of its own in a pool of a million: nearly 1.
    let labels = [Int32](repeating: 0, count: 999_999) + [1]
    let clients = [Int32](repeating: 0, count: 999_999) + [1]
    let rare = PartitionAudit(labels: labels, clients: clients, clientCount: 2)
    #expect(rare.largestLabelDivergence > 0.9999)
    #expect(rare.largestLabelDivergence <= 1)
  }

  @Test("sizes, their inequality and the coverage of classes are those worked by hand")
  func sizes() {
    // Sizes 2, 4, 6: Gini = (−2·2 + 0·4 + 2·6) / (3·12) = 8/36; coverage = (2/3 + 1/3 + 1)/3 = 2/3.
    #expect(abs(audit.sizeGini - 8.0 / 36) < 1e-16)
    #expect(abs(audit.classCoverage - 2.0 / 3) < 1e-15)
    #expect((audit.smallestClient, audit.medianClient, audit.largestClient) == (2, 4, 6))
    #expect((audit.clientCount, audit.rowCount, audit.classCount) == (3, 12, 3))
  }

  @Test("clients without rows are not counted, and an even number has the mean of the middle two")
  func gaps() {
    let audit = PartitionAudit(labels: [0, 1, 1], clients: [0, 2, 2], clientCount: 4)
    #expect(audit.clientCount == 2)
    #expect(audit.medianClient == 1.5)
  }
}
