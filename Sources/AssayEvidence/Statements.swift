/// The human part of the documents: what only people can say. Read from `statements.yaml`.
public struct Statements: Hashable, Sendable {
  /// A text somebody answers for.
  public struct Signed: Hashable, Sendable {
    /// The text, plain.
    public var text: String
    /// Who wrote it; `nil` when not given.
    public var by: String?
    /// In which role.
    public var role: String?
    /// When, `YYYY-MM-DD`.
    public var date: String?

    /// Creates a signed text.
    public init(text: String, by: String? = nil, role: String? = nil, date: String? = nil) {
      self.text = text
      self.by = by
      self.role = role
      self.date = date
    }
  }

  /// A person's signature under a check.
  public struct Attestation: Hashable, Sendable {
    /// The check's id.
    public var check: String
    /// Who signed.
    public var by: String
    /// In which role.
    public var role: String
    /// When, `YYYY-MM-DD`.
    public var date: String
    /// Until when it holds, `YYYY-MM-DD`.
    public var expires: String
    /// What was looked at: a document's name or address; text, never followed.
    public var evidence: String
    /// SHA-256 of that document, `nil` when not given.
    public var digest: String?

    /// Creates an attestation.
    public init(
      check: String, by: String, role: String, date: String, expires: String, evidence: String,
      digest: String? = nil
    ) {
      self.check = check
      self.by = by
      self.role = role
      self.date = date
      self.expires = expires
      self.evidence = evidence
      self.digest = digest
    }
  }

  /// Somebody's acceptance of a check that is not met.
  public struct Waiver: Hashable, Sendable {
    /// The check's id.
    public var check: String
    /// Who accepts it.
    public var owner: String
    /// Why.
    public var reason: String
    /// Until when, `YYYY-MM-DD`; expired means not met.
    public var expires: String

    /// Creates a waiver.
    public init(check: String, owner: String, reason: String, expires: String) {
      self.check = check
      self.owner = owner
      self.reason = reason
      self.expires = expires
    }
  }

  /// Texts by field name, such as `intended_use`, `threat_model.server`; see ``StatementField/all``.
  public var texts: [String: Signed]
  /// Signatures under checks.
  public var attestations: [Attestation]
  /// Waivers.
  public var waivers: [Waiver]
  /// Whether the pilot claims that updates are aggregated securely; `nil` when not stated.
  public var claimsSecureAggregation: Bool?
  /// Whether anybody outside can see who takes part in a round; `nil` when not stated (cross-silo: assumed yes).
  public var participationIsHidden: Bool?

  /// Creates statements; without arguments nobody has stated anything.
  public init(
    texts: [String: Signed] = [:], attestations: [Attestation] = [], waivers: [Waiver] = [],
    claimsSecureAggregation: Bool? = nil, participationIsHidden: Bool? = nil
  ) {
    self.texts = texts
    self.attestations = attestations
    self.waivers = waivers
    self.claimsSecureAggregation = claimsSecureAggregation
    self.participationIsHidden = participationIsHidden
  }
}

/// A field of the human statements, and who has to fill it.
public struct StatementField: Hashable, Sendable {
  /// Name in `statements.yaml`, with a dot between block and key.
  public var key: String
  /// What documents call it.
  public var title: String
  /// Who fills it: printed in "not provided by <role>".
  public var role: String
  /// Whether RB-2 counts it.
  public var isMandatory: Bool

  /// Creates a field.
  public init(_ key: String, _ title: String, role: String, isMandatory: Bool = true) {
    self.key = key
    self.title = title
    self.role = role
    self.isMandatory = isMandatory
  }

  /// All fields, in the order the model card shows them.
  public static let all: [StatementField] =
    [
      .init("model.description", "What the model does", role: "model owner"),
      .init("model.version", "Version", role: "model owner"),
      .init("model.owner", "Owner", role: "model owner"),
      .init("model.contact", "Contact", role: "model owner"),
      .init("model.licence", "Licence", role: "model owner", isMandatory: false),
      .init("intended_use", "Intended use", role: "product owner"),
      .init("intended_users", "Intended users", role: "product owner"),
      .init("out_of_scope", "Uses that are out of scope", role: "product owner"),
      .init("data.origin", "Where the data comes from", role: "data steward"),
      .init("data.population", "Whom the data describes, and whom not", role: "data steward"),
      .init("data.sensitive", "Sensitive data and why it is used", role: "data steward"),
      .init("limitations", "Known limits", role: "model owner"),
      .init("fairness", "Who could be harmed, and what is done", role: "product owner"),
      .init("oversight", "Human oversight and appeal", role: "product owner"),
      .init("threat_model.server", "Trust in the server", role: "security"),
      .init("threat_model.clients", "Trust in the clients", role: "security"),
      .init("threat_model.network", "Trust in the network", role: "security"),
      .init("threat_model.consumers", "Who receives the model and its outputs", role: "security"),
      .init("threat_model.collusion", "How many parties may collude", role: "security"),
      .init("processing.messages", "Every message that leaves a client", role: "privacy"),
      .init("processing.retention", "Retention and deletion", role: "privacy"),
      .init("processing.roles", "Controllers and processors", role: "privacy"),
      .init("processing.recipients", "Recipients and jurisdictions", role: "privacy"),
      .init("not_protected", "What this does not protect against", role: "governance"),
    ] + privacy

  /// The fields of the model card: all but those of a privacy statement.
  public static var card: [StatementField] { all.filter { !privacy.contains($0) } }

  /// What a statement of differential privacy needs from people; shown in the feasibility report.
  public static let privacy: [StatementField] = [
    .init(
      "privacy.rationale", "Why this budget is acceptable", role: "privacy", isMandatory: false),
    .init(
      "privacy.contributions", "How many rows and clients one person may have", role: "privacy",
      isMandatory: false),
    .init(
      "privacy.tuning", "What was tuned on the same data, and how often", role: "privacy",
      isMandatory: false),
    .init(
      "privacy.earlier_releases", "Earlier and planned releases from the same data",
      role: "privacy", isMandatory: false),
    .init(
      "privacy.public_inputs", "What is taken as public: pre-training, categories, sizes",
      role: "privacy", isMandatory: false),
    .init(
      "privacy.implementation", "Review of the implementation: generator, rounding, timing",
      role: "security", isMandatory: false),
    .init(
      "privacy.access", "Who can read raw rows, and how that is controlled", role: "security",
      isMandatory: false),
  ]
}
