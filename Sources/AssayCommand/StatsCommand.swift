import ArgumentParser
import AssayDiagnostics
import AssayPipeline

struct StatsCommand: AssayOperation {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Count prediction tables where they are: only counts and sums travel.",
    discussion: """
      Writes one small file from which assay evaluate makes the same results as from the rows. Files \
      of several sites, made with the same options, are merged by assay merge. Ranks of scores come \
      from bins, with a certified error bound.

      The file is no anonymous data: it holds counts of every group and client, however small, and \
      the names of both. Look at all of it with --json before it leaves.

      With --noise-multiplier the file holds score histograms with discrete Gaussian noise instead, \
      and no exact count: a release under differential privacy, charged to a ledger first.

      Examples:
        assay stats predictions.csv --label y --score baseline=p0 --score federated=p1 \\
          --segment region --sensitive sex --client hospital -o site-1.stats
        assay stats site-1.stats --json
        assay stats predictions.csv --label y --score m=p --sensitive sex --groups sex=f,m \\
          --client patient --unit client --rows-per-unit 3 --noise-multiplier 4 --delta 1e-6 \\
          --ledger ledger.json -o site-1.stats
      """)

  @Argument(help: "Tables with labels and scores, or one file of statistics to look at.")
  var inputs: [String]

  @OptionGroup var input: PredictionOptions

  @Option(name: [.short, .long], help: "The file of statistics to write.")
  var output: String?

  @Flag(name: .long, help: "Print everything the file holds as one JSON document.")
  var json = false

  @OptionGroup var noised: NoiseFlags
  @OptionGroup var common: CommonOptions

  /// Whether the input is a file of statistics, to be looked at.
  private var isOfStatistics: Bool {
    input.namesNoColumns && inputs.allSatisfy(isStatisticsFile)
  }

  func validate() throws {
    if inputs.isEmpty { throw ValidationError("expected a prediction table") }
    if isOfStatistics {
      if noised.isGiven {
        throw ValidationError(
          "noise is added to tables: statistics that are counted stay as they are")
      }
      if inputs.count > 1 || output != nil {
        throw ValidationError("files of statistics are joined by assay merge")
      }
      return
    }
    try input.check()
    if noised.isGiven { try noised.check(input) }
    if output == nil, !json {
      throw ValidationError("expected -o, the file to write, or --json to look at it")
    }
  }

  func perform() throws -> ExitStatus {
    if let choice = noised.choice {
      let result = try releaseStatistics(
        input.request(inputs), choice, output: output, environment: common.environment())
      Terminal.out(json ? result.json.serialized() : common.quiet ? "" : result.summary)
      return .met
    }
    let result =
      isOfStatistics
      ? try describeStatistics(inputs[0])
      : try countPredictions(
        input.request(inputs), output: output, environment: common.environment())
    Terminal.out(json ? result.json.serialized() : common.quiet ? "" : result.summary)
    return .met
  }
}

struct MergeCommand: AssayOperation {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Merge files of assay stats, in any order.",
    discussion: """
      The merged file is, byte for byte, the one that assay stats would have written for all rows \
      together. Two inputs of the same content are refused, because a file that is given twice \
      counts its rows twice and no number shows it.

      Examples:
        assay merge site-1.stats site-2.stats -o all.stats
        assay merge collected/ -o all.stats
      """)

  @Argument(help: "Files of statistics; of a folder, its files named *.stats.")
  var inputs: [String]

  @Option(name: [.short, .long], help: "The file to write.")
  var output: String

  @Flag(
    name: .customLong("allow-duplicates"),
    help: "Count inputs of equal content as often as they come: parties whose counts are equal.")
  var allowDuplicates = false

  @Flag(name: .long, help: "Print everything the merged file holds as one JSON document.")
  var json = false

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if inputs.isEmpty { throw ValidationError("expected files of statistics") }
  }

  func perform() throws -> ExitStatus {
    let result = try mergeStatistics(inputs, output: output, allowDuplicates: allowDuplicates)
    Terminal.out(json ? result.json.serialized() : common.quiet ? "" : result.summary)
    return .met
  }
}
