import AssayDiagnostics
import AssayFiles
import AssayRuns
import AssayTraining

/// The pilot's data, split and encoded; scaling is left to each arm.
///
/// Features are row-major in the order of ``featureNames``; a missing number is NaN here and becomes
/// the mean (standard scaling), the middle of its range (declared ranges) or 0 (no scaling).
struct PreparedData: Sendable {
  /// Number of classes; 0 where the label is a number.
  var classCount: Int
  /// Names of the encoded inputs: `age`, `marital=Divorced`.
  var featureNames: [String]
  /// The pilot's own input columns.
  var inputColumns: [String]
  /// Whether each encoded input is a number, to be scaled, rather than a category.
  var isNumeric: [Bool]
  /// Clients in order of code point.
  var clients: [String]
  /// Training and test rows.
  var train: Part
  /// Test rows.
  var test: Part
  /// Segment columns of the test rows.
  var segments: [GroupColumn]
  /// Sensitive columns of the test rows.
  var sensitive: [GroupColumn]
  /// Client column of the test rows.
  var clientColumn: GroupColumn
  /// Files that were read.
  var sources: [SourceFile]
  /// What a reader must know, one sentence each.
  var notes: [String]
  /// Counts for the evidence.
  var facts: Facts
  /// How the rows were divided, in words.
  var splitDescription: String
  /// The columns behind each crossed one, by its name.
  var crossedParts: [String: [String]] = [:]

  /// Rows of one side of the split.
  struct Part: Sendable {
    /// Row number in its source file, from 1 beneath the header.
    var rows: [Int] = []
    /// Features, row-major.
    var features: [Float] = []
    /// Classes; empty where the label is a number.
    var labels: [Int32] = []
    /// Numeric labels; empty where the label is a class.
    var targets: [Double] = []
    /// Index into ``PreparedData/clients``.
    var clients: [Int32] = []
  }

  /// What was counted while reading.
  struct Facts: Sendable {
    /// Record ids that stand in train and test; `nil` without an id column.
    var overlappingRecords: Int?
    /// Clients in train and test when whole clients are held out.
    var overlappingClients: Int?
    /// Test rows whose inputs and label equal those of a training row.
    var identicalRows = 0
    /// Rows without label or client.
    var droppedRows = 0
    /// Missing fields by input column.
    var missingValues: [(column: String, count: Int)] = []
    /// Test rows with a category that no training row has.
    var unseenCategories = 0
    /// Whether some inputs are categories learned from the data.
    var hasLearnedCategories = false
    /// Clients without training rows, without test rows, and with one class only (0 for a numeric label).
    var clientsWithoutTraining = 0
    var clientsWithoutTest = 0
    var clientsWithOneClass = 0
    /// How clients differ in labels and size, over all usable rows.
    var audit: PartitionAudit?
  }

  var isBinary: Bool { classCount == 2 }
  /// Whether the label is a number.
  var isRegression: Bool { classCount == 0 }
  /// What is predicted.
  var task: PredictionTask {
    isRegression ? .regression : isBinary ? .binary : .multiclass(classCount: classCount)
  }
  /// The metric of headlines.
  var headline: String { isRegression ? "mean_absolute_error" : "accuracy" }
}
