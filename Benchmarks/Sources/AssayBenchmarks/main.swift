// `make bench`: what every command rests on, timed. Figures are for comparing two versions on one machine.
import AssayFiles

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

let benchmarks = [
  Benchmark(name: "write 50,000 pieces of evidence as JSON", amount: megabytes, unit: "MB") {
    evidence.serialized().utf8.count
  },
  Benchmark(name: "read them back", amount: megabytes, unit: "MB") {
    try JSONValue.parse(bytes, path: "evidence.json").array?.count ?? 0
  },
  Benchmark(name: "SHA-256 of 64 MB", amount: 64, unit: "MB") {
    [data = [UInt8](repeating: 7, count: 64_000_000)] in
    SHA256.hexDigest(data).utf8.count
  },
]
for benchmark in benchmarks { try benchmark.run() }
