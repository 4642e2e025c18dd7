// `make bench`: what every command rests on, timed. With `federated`, rounds of federated averaging on a
// data set of one's own.
import AssayFiles
import AssayTraining
import CPeak

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Serialization and hashing.
func measureFiles() throws {
  let evidence: JSONValue = .array(
    (0..<50_000).map { index in
      .object([
        "id": .string("accuracy/federated/client_id=c\(index)"),
        "value": .double(1 / Double(index + 1)), "low": .double(0.25), "high": .double(0.75),
        "count": .integer(index), "interval": .string("wilson"), "source": .null,
      ])
    })
  let text = evidence.serialized()
  let bytes = Array(text.utf8)
  let megabytes = Double(bytes.count) / 1e6
  let data = [UInt8](repeating: 7, count: 64_000_000)
  let benchmarks = [
    Benchmark(name: "write 50,000 pieces of evidence as JSON", amount: megabytes, unit: "MB") {
      evidence.serialized().utf8.count
    },
    Benchmark(name: "read them back", amount: megabytes, unit: "MB") {
      try JSONValue.parse(bytes, path: "evidence.json").array?.count ?? 0
    },
    Benchmark(name: "SHA-256 of 64 MB", amount: 64, unit: "MB") {
      SHA256.hexDigest(data).utf8.count
    },
  ]
  for benchmark in benchmarks { try benchmark.run() }
}

/// Rounds of federated averaging on made-up rows, as fractions of the measured peak.
func measureTraining() throws -> [String: Double] {
  let peak = peak_operations_per_second()
  print("peak of one thread: \(rounded(peak * 1e-9, 1)) GFLOP/s")
  let tabular = try TrainingData.madeUp(clients: 1_000, features: 60, classes: 10)
  let images = try TrainingData.madeUp(clients: 200, features: 784, classes: 10)
  let benchmarks = [
    TrainingBenchmark(name: "softmax 60-10", data: tabular, model: .softmax),
    TrainingBenchmark(name: "MLP 60-128-10", data: tabular, model: .mlp(hidden: [128])),
    TrainingBenchmark(name: "MLP 60-64-32-10", data: tabular, model: .mlp(hidden: [64, 32])),
    TrainingBenchmark(
      name: "MLP 784-128-10, batch 32", data: images, model: .mlp(hidden: [128]), batchSize: 32),
  ]
  var fractions: [String: Double] = [:]
  for benchmark in benchmarks {
    let result = benchmark.run()
    print(result.line(benchmark.name, threads: 1, peak: peak))
    fractions[benchmark.name] = result.operationsPerSecond / peak
  }
  return fractions
}

/// `federated --data FILE.csv [--test FILE.csv] [--model softmax|mlp] [--threads N] [--rounds N]
/// [--per-round N] [--learning-rate X] [--seed N]`.
func measureFederated(_ arguments: ArraySlice<String>) throws {
  var options = [
    "--model": "softmax", "--threads": "1", "--rounds": "20", "--per-round": "100",
    "--learning-rate": "0.05", "--seed": "1",
  ]
  var rest = arguments
  while let name = rest.popFirst() {
    guard let value = rest.popFirst(),
      ["--data", "--test"].contains(name) || options[name] != nil
    else {
      throw BenchmarkFailure(description: "unknown option or no value: \(name)")
    }
    options[name] = value
  }
  guard let path = options["--data"] else {
    throw BenchmarkFailure(description: "which data? --data FILE.csv")
  }
  func number(_ name: String) throws -> Int {
    guard let value = options[name].flatMap({ Int($0) }), value > 0 else {
      throw BenchmarkFailure(description: "\(name) needs a number above 0")
    }
    return value
  }
  let model = options["--model"] ?? ""
  guard model == "softmax" || model == "mlp" else {
    throw BenchmarkFailure(description: "--model is softmax or mlp (128 hidden units)")
  }
  var benchmark = TrainingBenchmark(
    name: model, data: try .clientTable(path, test: nil),
    model: model == "softmax" ? .softmax : .mlp(hidden: [128]))
  benchmark.threads = try number("--threads")
  benchmark.rounds = try number("--rounds")
  benchmark.clientsPerRound = try number("--per-round")
  benchmark.seed = try number("--seed")
  guard let rate = options["--learning-rate"].flatMap({ Double($0) }), rate > 0 else {
    throw BenchmarkFailure(description: "--learning-rate needs a number above 0")
  }
  benchmark.learningRate = rate
  let peak = peak_operations_per_second()
  print(benchmark.run().line(model, threads: benchmark.threads, peak: peak))
  if let test = options["--test"] {
    // Once more, now with rows to evaluate on: what was timed has learned something.
    let judged = Trainer(
      data: try .clientTable(path, test: test), model: benchmark.model,
      threads: benchmark.threads)
    let plan = benchmark.plan(rounds: benchmark.rounds)
    let last = judged.train(.federated(plan), seed: benchmark.seed).rounds.last
    print("accuracy after \(benchmark.rounds) rounds: \(last?.metrics["accuracy"] ?? .nan)")
  }
}

do {
  var arguments = CommandLine.arguments.dropFirst()
  switch arguments.popFirst() {
  case "federated":
    try measureFederated(arguments)
  case "--thresholds":
    guard let path = arguments.popFirst() else {
      throw BenchmarkFailure(description: "--thresholds FILE")
    }
    let thresholds = try Thresholds(text(path))
    try measureFiles()
    let missed = thresholds.missed(by: try measureTraining())
    if missed > 0 { throw BenchmarkFailure(description: "\(missed) thresholds missed") }
  case nil:
    try measureFiles()
    _ = try measureTraining()
  case .some(let other):
    throw BenchmarkFailure(description: "unknown benchmark \(other)")
  }
} catch {
  print("assay-benchmarks: \(error)")
  exit(1)
}
