import AssayDiagnostics
import AssayEvidence
import AssayRuns
import AssayTraining

/// A pilot file as read: what is to be trained on which data, and what would count as success.
public struct Pilot: Sendable {
  /// The pilot's name.
  public var name: String
  /// Path of the pilot file, as given; data paths are relative to its folder.
  public var path: String
  /// The bytes as read; copied into the output.
  public var bytes: [UInt8]
  /// SHA-256 of the bytes.
  public var digest: String
  /// The data.
  public var data: DataPlan
  /// The model that every arm trains.
  public var model: ModelSpecification
  /// The seeds; every arm is trained once with each.
  public var seeds: [Int]
  /// The arms in order, `extends` and `budgets` resolved.
  public var arms: [ArmSpecification]
  /// Hypotheses fixed beforehand.
  public var success: [Hypothesis]
  /// What counted work costs; `nil` where the pilot does not say.
  public var rates: Rates?
  /// The arm that may be released; `nil` leaves the choice to ``candidateArm``.
  public var candidate: String?
  /// Path of the checklist as written; `nil` means the installed one.
  public var checklist: String?
  /// Where the checklist was named, for messages.
  public var checklistNode: SourceLocation?
  /// The profile the checklist is read for.
  public var profile: Profile
  /// Path of the human statements as written.
  public var statements: String?
  /// Where the statements were named, for messages.
  public var statementsNode: SourceLocation?

  /// What is read from where.
  public struct DataPlan: Sendable {
    /// A name of a column and where it was written.
    public struct Named: Hashable, Sendable {
      /// The column.
      public var name: String
      /// Where it was written.
      public var location: SourceLocation
      /// The line it stands on.
      public var sourceLine: String?
    }
    /// How rows are divided into train and test.
    public enum Split: Sendable {
      /// A column with the values `train` and `test`.
      case column(Named)
      /// A share of the rows, or of the clients, drawn with a seed.
      case fraction(Double, byClient: Bool, seed: Int)
      /// A file of its own.
      case testFile
    }
    /// How numeric inputs are scaled.
    public enum Scaling: Sendable {
      /// To mean 0 and variance 1 by statistics of the training rows.
      case standard
      /// Not at all.
      case none
      /// From declared ranges to 0...1; the rest stays as it is.
      case ranges([(column: Named, low: Double, high: Double)])
    }
    /// Path of the data as written.
    public var path: String
    /// Where the path was written.
    public var location: SourceLocation
    /// Path of a separate test file.
    public var testPath: String?
    /// Which client holds which row.
    public var clients: ClientSource
    /// What a client is.
    public var clientIs: String
    /// The column that is predicted.
    public var label: Named
    /// Record identifier, if any: used to find leaks.
    public var identifier: Named?
    /// Inputs; `nil` means every column not named otherwise.
    public var features: [Named]?
    /// Scaling of inputs.
    public var scaling: Scaling
    /// Segment columns.
    public var segments: [Named]
    /// Sensitive columns.
    public var sensitive: [Named]
    /// How rows are divided.
    public var split: Split
  }

  /// One arm.
  public struct ArmSpecification: Sendable {
    /// What the arm does.
    public enum Kind: Sendable {
      /// No training: class shares.
      case trivial
      /// All rows in one place.
      case centralized(LocalTraining)
      /// All rows in one place, with as much work as another arm of the same seed.
      case matched(LocalTraining, BudgetMatch)
      /// The minimum of the training loss.
      case optimum(OptimumSearch)
      /// One model per client.
      case local(LocalTraining)
      /// Federated training; privacy is kept beside, since its noise may still have to be found.
      case federated(FederatedSpecification)
      /// An ingested run.
      case ingested(path: String)
    }
    /// The arm's name.
    public var name: String
    /// What it does.
    public var kind: Kind
    /// Where it was written.
    public var location: SourceLocation
  }

  /// Whose budget a centralised arm has.
  public struct BudgetMatch: Hashable, Sendable {
    /// What is made equal.
    public enum Measure: String, Hashable, Sendable, CaseIterable {
      /// Gradient steps of all clients together.
      case steps
      /// Rows that went through training, counted in passes over all rows.
      case epochs
    }
    /// The arm.
    public var arm: String
    /// What is made equal.
    public var measure: Measure
    /// Where the arm was named.
    public var location: SourceLocation
    /// The line it stands on.
    public var sourceLine: String?
  }

  /// A federated arm as written.
  public struct FederatedSpecification: Sendable {
    /// How local work becomes the next model.
    public var algorithm: AlgorithmChoice
    /// Where the algorithm was written.
    public var algorithmLocation: SourceLocation
    /// Whether updates weigh by rows.
    public var weighting: FederatedPlan.Weighting
    /// Rounds.
    public var rounds: Int
    /// Clients asked in each round.
    public var clientsPerRound: ClientsPerRound
    /// Where the number of clients was written.
    public var clientsPerRoundLocation: SourceLocation
    /// What a client does.
    public var local: LocalTraining
    /// Who is there, who drops out and what arrives.
    public var participation: ParticipationSpecification
    /// How updates are shortened.
    public var compression: Compression
    /// Clients that attack.
    public var adversaries: Adversaries?
    /// Differential privacy; `nil` for none.
    public var privacy: PrivacySpecification?
  }

  /// Differential privacy of an arm as written.
  public struct PrivacySpecification: Sendable {
    /// How much noise.
    public enum Amount: Sendable {
      /// A given multiplier; 0 for clipping only.
      case noiseMultiplier(Double)
      /// As much as a budget needs; +∞ for clipping only.
      case epsilon(Double)
    }
    /// A clip that follows a quantile of the norms, as written.
    public struct AdaptiveClip: Sendable {
      /// The first clip.
      public var initial: Double
      /// The share of updates that should be within the clip.
      public var quantile = 0.5
      /// Step size of the logarithm of the clip.
      public var learningRate = 0.2
      /// Noise on the count of updates within it; `nil` for a twentieth of the expected cohort.
      public var countNoise: Double?
      /// Where the noise on the count was written, else the clip.
      public var location: SourceLocation
    }
    /// A larger cohort whose noise is simulated, as written.
    public struct SimulatedCohort: Sendable {
      /// Its clients.
      public var clients: Double
      /// Where it was written.
      public var location: SourceLocation
    }
    /// Who adds noise to what.
    public var mechanism: PrivateTraining.Mechanism
    /// L2 bound of one client's update, or of one row's gradient; the first one where it adapts.
    public var clip: Double
    /// A clip that follows a quantile of the norms; `nil` for a fixed one.
    public var adaptive: AdaptiveClip?
    /// The cohort whose noise is simulated: not a guarantee; `nil` for none.
    public var simulatedCohort: SimulatedCohort?
    /// How much noise.
    public var amount: Amount
    /// Failure probability; `nil` for the default.
    public var delta: Double?
    /// Whether noise comes from the system's generator.
    public var isSystemNoise: Bool
    /// Where it was written.
    public var location: SourceLocation
  }

  /// A hypothesis fixed beforehand.
  public struct Hypothesis: Hashable, Sendable {
    /// The arm that is judged.
    public var arm: String
    /// What it is compared with.
    public var against: String
    /// The metric.
    public var metric: String
    /// The worsening tolerated, in the metric's unit.
    public var margin: Double
    /// Where it was written.
    public var location: SourceLocation
  }

  /// The arm that may be released: the one the pilot names; else the private arm with the largest budget
  /// of at most 10, where budgets are given; else the first private arm whose noise is not simulated, else
  /// the first federated, else the first ingested one.
  public var candidateArm: String? {
    if let candidate { return candidate }
    let budgets = arms.compactMap { arm -> (name: String, epsilon: Double)? in
      guard case .federated(let plan) = arm.kind,
        case .epsilon(let epsilon)? = plan.privacy?.amount,
        epsilon.isFinite
      else { return nil }
      return (arm.name, epsilon)
    }
    let usual = budgets.filter { $0.epsilon <= 10 }
    if let best = usual.max(by: { $0.epsilon < $1.epsilon })
      ?? budgets.min(by: { $0.epsilon < $1.epsilon })
    {
      return best.name
    }
    func first(where test: (ArmSpecification) -> Bool) -> String? { arms.first(where: test)?.name }
    return first {
      if case .federated(let plan) = $0.kind {
        guard let privacy = plan.privacy, privacy.simulatedCohort == nil else { return false }
        switch privacy.amount {
        case .epsilon(let epsilon): return epsilon.isFinite
        case .noiseMultiplier(let noise): return noise > 0
        }
      }
      return false
    } ?? first { if case .federated = $0.kind { true } else { false } }
      ?? first { if case .ingested = $0.kind { true } else { false } }
  }
}
