import AssayDiagnostics
import AssayEvidence

/// All documents of one assessment; the same input gives the same bytes.
public struct DocumentSet {
  /// The assessment they are views of.
  public let assessment: Assessment
  private let index: EvidenceIndex

  /// Creates the set.
  public init(_ assessment: Assessment) {
    self.assessment = assessment
    index = EvidenceIndex(assessment)
  }

  /// The documents that exist for this kind of subject: predictions alone yield an evaluation report.
  public var kinds: [DocumentKind] {
    assessment.record.subject.kind == .predictions ? [.evaluation] : DocumentKind.allCases
  }

  /// One document, not yet written in any format.
  public func document(_ kind: DocumentKind) -> Document {
    switch kind {
    case .evaluation: EvaluationReport(index: index).document(siblings: kinds)
    case .modelCard: ModelCard(index: index).document(siblings: kinds)
    case .feasibility: FeasibilityReport(index: index).document(siblings: kinds)
    case .readiness: PilotReadiness(index: index).document(siblings: kinds)
    }
  }

  /// The gate as JUnit XML.
  public func gate() throws -> String { try JUnitWriter.text(of: assessment) }

  /// Every file, in a fixed order.
  public func files(_ templates: TemplateLibrary) throws -> [(fileName: String, content: String)] {
    var files: [(fileName: String, content: String)] = []
    for kind in kinds {
      let document = document(kind)
      files.append((kind.fileName, try HTMLWriter.text(of: document, templates: templates)))
      if kind == .modelCard {
        files.append(("model-card.md", MarkdownWriter.text(of: document)))
        files.append(("model-card.json", ModelCardJSON(index: index, document: document).text))
      }
    }
    files.append(("gate.xml", try gate()))
    return files
  }
}

/// Writes every document of an assessment: `evaluation.html`, `model-card.html`, `model-card.md`,
/// `model-card.json`, `dp-feasibility.html`, `pilot-readiness.html` and `gate.xml`; for predictions alone
/// only `evaluation.html` and `gate.xml`.
/// - Parameters:
///   - assessment: The only thing that is read; there is no clock and no host name in the output.
///   - templates: Where the pages' frames come from.
/// - Throws: A diagnostic for broken templates, or for a gate file that does not read back.
public func renderDocuments(
  _ assessment: Assessment, templates: TemplateLibrary
) throws -> [(fileName: String, content: String)] {
  try DocumentSet(assessment).files(templates)
}
