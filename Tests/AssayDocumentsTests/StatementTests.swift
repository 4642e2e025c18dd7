import AssayEvidence
import AssayFiles
import AssayRuns
import Testing

@testable import AssayDocuments

@Suite("What a guarantee must be quoted with")
struct StatementTests {
  private static let arm = "federated-dp-eps3"

  private func facts(_ assessment: Assessment) -> (plain: String, amplified: String, all: String) {
    func line(_ metric: String) -> String {
      assessment.evidence(metric, Self.arm)?.printedLine ?? "missing"
    }
    return (line("epsilon"), line("epsilon_amplified"), line("epsilon_all_releases"))
  }

  private func statement(_ assessment: Assessment) throws -> [String] {
    let index = EvidenceIndex(assessment)
    let arm = try #require(index.arm(Self.arm))
    return PrivacyTexts(index: index).statement(of: arm).map(\.spoken)
  }

  @Test("the headline stands with its amplified value, the condition of that, and all releases")
  func beside() throws {
    let assessment = RichAssessment.make()
    let (_, amplified, all) = facts(assessment)
    let paragraphs = try statement(assessment)
    let sampling = try #require(paragraphs.first { $0.contains(amplified) })
    #expect(sampling.contains("It holds only while nobody can see who takes part in a round."))
    #expect(sampling.contains("so the headline does not use it"))
    let released = try #require(paragraphs.first { $0.contains(all) })
    #expect(released.contains("All runs of this arm together"))
    #expect(
      released.contains("No ε covers arms without noise, metrics by round, or the evaluation"))
  }

  @Test("a condition that the fact itself states is printed as stated")
  func statedCondition() throws {
    var assessment = RichAssessment.make()
    for position in assessment.record.evidence.indices
    where assessment.record.evidence[position].id.metric == "epsilon_amplified" {
      assessment.record.evidence[position].note = "holds only if nobody can tell who took part"
    }
    let text = try statement(assessment).joined(separator: "\n")
    #expect(text.contains("It holds only if nobody can tell who took part."))
    #expect(!text.contains("It holds only while"))
  }

  @Test("model card and feasibility report show ε of one run, amplified, and of all releases")
  func bothDocuments() throws {
    let files = try rendered(RichAssessment.make())
    for name in ["model-card.html", "dp-feasibility.html"] {
      let page = try ReadBack(html: try #require(files[name]), path: name)
      for metric in ["epsilon", "epsilon_amplified", "epsilon_all_releases"] {
        #expect(page.printed["\(metric)/\(Self.arm)/overall"] != nil, "\(name): \(metric)")
      }
    }
  }

  @Test("assumptions are sentences of a list, with one full stop each")
  func assumptions() throws {
    let files = try rendered(RichAssessment.make())
    for name in ["model-card.html", "dp-feasibility.html"] {
      let text = try #require(files[name])
      #expect(text.contains("<li>Clients join independently.</li>"), "\(name)")
      #expect(text.contains("<li>Noise of 3.001 clips is added to each sum.</li>"), "\(name)")
      #expect(!text.contains(".;"), "\(name)")
    }
    let card = try #require(files["model-card.json"])
    let json = try JSONValue.parse(Array(card.utf8), path: "model-card.json")
    let statements = json["privacy"]?["statements"]?.array ?? []
    #expect(statements.first?["assumptions"]?.array?.count == 2)
  }

  @Test("arms without noise, and results, are not covered even where the ledger is silent")
  func notCovered() throws {
    var assessment = RichAssessment.make()
    assessment.record.ledger = []
    for name in ["model-card.html", "dp-feasibility.html"] {
      let text = try #require(try rendered(assessment)[name])
      for arm in ["baseline", "local", "federated"] {
        #expect(text.contains("\(arm): weights and metrics by round"), "\(name): \(arm)")
      }
      #expect(text.contains("evaluation results in these documents"), "\(name)")
    }
  }

  @Test("an infinite sum of releases is not called covered")
  func infinite() throws {
    // federated-dp-epsinf of the invented pilot clips and adds no noise: ε of all its runs is infinite.
    let index = EvidenceIndex(RichAssessment.make())
    let rows = PrivacyTexts(index: index).ledger().rows
    let row = try #require(
      rows.first { $0.head.spoken == "All runs of federated-dp-epsinf" })
    #expect(row.cells[0].text.spoken.contains("not covered"))
    #expect(
      !PrivacyTexts(index: index).ledger(coveredOnly: true).rows.contains {
        $0.cells[0].text.spoken.contains("not covered")
      })
  }

  @Test("seeded noise bounds the mechanism, and the sentence about outputs says so")
  func outputs() throws {
    let index = EvidenceIndex(RichAssessment.make())
    let sentence = PrivacyTexts(index: index).protections[2].sentence.spoken
    #expect(sentence.contains("so these weights are not protected"))
  }

  @Test("what a client is stands only in a pilot file")
  func unit() {
    var subject = Subject(name: "x", kind: .pilot)
    #expect(Phrases.unit(.client, of: subject) == "one client (a silo)")
    subject.kind = .ingested
    #expect(Phrases.unit(.client, of: subject) == "one client")
  }

  @Test("trials with less noise stand in a table, and the number of clients is called an estimate")
  func probes() throws {
    let text = try #require(try rendered(RichAssessment.make())["dp-feasibility.html"])
    #expect(text.contains("training the arm again with less noise"))
    #expect(text.contains("1/4 of the noise"))
    #expect(text.contains("An estimate:"))
    let page = try ReadBack(html: text, path: "dp-feasibility.html")
    #expect(
      page.printed["probe_accuracy_difference/federated-dp-eps1/noise share=1%2F4"] == ["−0.020"])
  }
}

@Suite("How facts are called")
struct CaptionTests {
  @Test("columns and groups are printed beside a plain title, once")
  func captions() {
    func caption(_ id: EvidenceID, _ title: String) -> String {
      Phrases.caption(
        Evidence(
          id: id, title: title, unit: .fraction, result: .quantity(0.5),
          source: .init(path: "p", how: "h")))
    }
    #expect(caption(EvidenceID("accuracy", arm: "a"), "Accuracy") == "Accuracy")
    #expect(
      caption(EvidenceID("accuracy", arm: "a", column: "age", group: "50 % / x"), "Accuracy")
        == "Accuracy, age = 50 % / x")
    #expect(
      caption(EvidenceID("demographic_parity_difference", arm: "a", scope: "sex"), "Parity gap")
        == "Parity gap, sex")
  }

  @Test("the appendix names title, column and group of every fact")
  func appendix() throws {
    let text = try #require(try rendered(RichAssessment.make())["evaluation.html"])
    #expect(text.contains("<td>Accuracy, region = islands</td>"))
    #expect(text.contains("<td>Selection-rate gap, sex</td>"))
  }

  @Test("a comparison and a fairness measure of the same metric keep their own titles")
  func sameMetric() {
    var assessment = RichAssessment.make()
    for (id, title) in [
      (
        EvidenceID("accuracy", arm: "federated", against: "baseline", scope: "sex"),
        "Accuracy, difference"
      ),
      (EvidenceID("accuracy_difference", arm: "federated", scope: "sex"), "Accuracy gap"),
    ] {
      assessment.record.evidence.append(
        Evidence(
          id: id, title: title, unit: .fraction, result: .quantity(0.1),
          source: .init(path: "p", how: "h")))
    }
    let index = EvidenceIndex(assessment)
    #expect(index.title(of: (metric: "accuracy_difference", column: "sex")) == "Accuracy gap")
    #expect(index.comparedTitle(of: "roc_auc_difference") == "ROC AUC")
  }

  @Test("numbers of parameters are printed as all other numbers are")
  func tidied() throws {
    #expect(Phrases.tidied("1e-05") == "1e−5")
    #expect(Phrases.tidied("3.001146") == "3.001")
    #expect(Phrases.tidied("83 inputs, 1361 weights") == "83 inputs, 1,361 weights")
    #expect(Phrases.tidied("0.05; all, 25 × 2.") == "0.05; all, 25 × 2.")
    #expect(
      Phrases.tidied("1.1 times 12345, e.g. 3-4 or 1.2.3") == "1.1 times 12,345, e.g. 3-4 or 1.2.3")
    let text = try #require(try rendered(RichAssessment.make())["evaluation.html"])
    #expect(text.contains("learning rate 0.1; noise multiplier 3.001; δ 1e−5"))
    #expect(text.contains("softmax regression, 1,361 weights"))
  }

  @Test("no arm is made the headline where several were read and none is named")
  func noCandidate() throws {
    var assessment = RichAssessment.make()
    assessment.record.subject.candidate = nil
    let files = try rendered(assessment)
    for name in ["evaluation.html", "model-card.html"] {
      #expect(try #require(files[name]).contains("none is named as the candidate"), "\(name)")
    }
  }

  @Test("a note that many facts share is printed once")
  func sharedNotes() throws {
    var assessment = RichAssessment.make()
    for position in assessment.record.evidence.indices {
      assessment.record.evidence[position].note = "rows treated as one"
      assessment.record.evidence[position].leftOut = []
    }
    let text = try #require(try rendered(assessment)["evaluation.html"])
    #expect(text.components(of: "<li>rows treated as one</li>") == 1)
    #expect(text.contains("<span class=\"soft\">note 1</span>"))
  }

  @Test("no text claims what cannot be known")
  func claims() throws {
    for (name, text) in try rendered(RichAssessment.make()) where name != "gate.xml" {
      for words in [
        "Written before anything", "so is a second one", "Computed, not trained",
        "adds or takes away one thing",
      ] { #expect(!text.contains(words), "\(name): \(words)") }
    }
  }
}

extension String {
  /// How often a text stands in this one.
  fileprivate func components(of text: String) -> Int {
    var count = 0
    var rest = self[...]
    while let range = rest.firstRange(of: text) {
      count += 1
      rest = rest[range.upperBound...]
    }
    return count
  }
}
