import ArgumentParser
import AssayDiagnostics
import AssayPipeline
import AssayRuns

struct AuditCommand: AssayOperation {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "An empirical lower bound on ε from the scores of an attack, held against a claim.",
    discussion: """
      A bound above the claimed ε refutes the claim (exit code 1). A bound below it says only that this \
      attack did not succeed; it is no proof of privacy.

      Methods: one-run (canaries included by fair coins; assumes nothing else), one-run-gaussian (the \
      same against a Gaussian trade-off), white-box (the same with independent canaries; the most \
      powerful), clopper-pearson (error rates of any attack) and gaussian (the same for a Gaussian \
      trade-off). Without --method: white-box where --history is Gaussian noise without sampling, \
      clopper-pearson for a folder, else one-run.

      Examples:
        assay audit canaries.csv --claimed-epsilon 2 --delta 1e-5
        assay audit canaries.csv --history releases.json --delta 1e-5 --json
        assay audit losses.csv --score loss --lower-is-member --method clopper-pearson --delta 1e-5
        assay audit out --arm federated-dp
      """)

  @Argument(
    help: "CSV file or JSON list with a score and 0 or 1 for each canary, or a folder of assay run."
  )
  var input: String

  @Option(name: .long, help: "Column of the scores; larger speaks for membership.")
  var score: String = "score"

  @Option(name: .long, help: "Column with 1 for what was used in training, 0 for what was not.")
  var member: String = "member"

  @Flag(
    name: .customLong("lower-is-member"), help: "Smaller scores speak for membership, as losses do."
  )
  var isLowerMember = false

  @Option(name: .long, help: "Failure probability; a run's own where it records one.")
  var delta: Double?

  @Option(name: .long, help: "Confidence of the bound.")
  var confidence: Double = 0.95

  @Option(name: .customLong("claimed-epsilon"), help: "The claimed ε at this δ.")
  var claimedEpsilon: Double?

  @Option(name: .long, help: "JSON file with a list of releases, whose ε is the claim.")
  var history: String?

  @Option(
    name: .long, help: "Neighbours of that claim: add-or-remove-one, replace-one or zero-out.")
  var neighbouring: NeighbouringRelation = .addOrRemoveOne

  @Option(
    name: .long, help: "one-run, one-run-gaussian, white-box, clopper-pearson or gaussian.")
  var method: String?

  @Option(
    name: .long,
    help:
      "Number of guesses for one-run methods, fixed before looking. Default: several, corrected for."
  )
  var guesses: Int?

  @Option(name: .long, help: "The arm of a folder whose model is attacked by its losses.")
  var arm: String?

  @Option(name: .long, help: "The seed of that arm; default: the pilot's first.")
  var seed: Int?

  @Option(name: .long, help: "The data file of a folder, or the folder that its paths start from.")
  var data: String?

  @Flag(name: .long, help: "Print one JSON document to standard output.")
  var json = false

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if claimedEpsilon != nil, history != nil {
      throw ValidationError("expected at most one of --claimed-epsilon and --history")
    }
    if let claimedEpsilon, !(claimedEpsilon >= 0) {
      throw ValidationError("--claimed-epsilon: expected 0 or more, found \(claimedEpsilon)")
    }
    if arm == nil, seed != nil || data != nil {
      throw ValidationError("--seed and --data are for a folder with --arm")
    }
  }

  func perform() throws -> ExitStatus {
    var request = AuditRequest(path: input)
    request.arm = arm
    request.seed = seed
    request.data = data
    request.score = score
    request.member = member
    request.isLowerMember = isLowerMember
    request.delta = delta
    request.confidence = confidence
    request.claimedEpsilon = claimedEpsilon
    request.historyPath = history
    request.neighbouring = neighbouring
    request.method = method
    request.guesses = guesses
    let result = try auditPrivacy(request)
    Terminal.out(json ? result.json.serialized() : common.quiet ? "" : result.summary)
    return result.isContradicted ? .notMet : .met
  }
}
