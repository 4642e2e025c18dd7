// How often the intervals of `assay evaluate` hold the truth, and how often its tests are wrong, in
// simulated worlds whose truth is known. `assay-coverage SUITE… [--runs N] [--threads N] [--only TEXT]`; the lines it
// prints stand in Docs/Metrics.md. Worlds are numbered, and a number always gives the same world.
import AssayMetrics
import AssayRuns
import AssayStatistics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

var runs = 2000
var threads = 2
var suites: [String] = []
var arguments = CommandLine.arguments.dropFirst()
while let argument = arguments.popFirst() {
  switch argument {
  case "--runs": runs = arguments.popFirst().flatMap { Int($0) } ?? runs
  case "--threads": threads = arguments.popFirst().flatMap { Int($0) } ?? threads
  case "--only": _ = arguments.popFirst()
  default: suites.append(argument)
  }
}
let all: [String: @Sendable (Int, Int) -> Void] = [
  "rows": Suites.rows, "clients": Suites.clients, "other": Suites.other,
  "fairness": Suites.fairness, "margins": Suites.margins,
]
if suites.isEmpty { suites = all.keys.sorted() }
for suite in suites {
  guard let run = all[suite] else {
    print("assay-coverage: unknown suite \(suite); there are \(all.keys.sorted())")
    exit(1)
  }
  print("\n\(suite), \(runs) worlds each")
  run(runs, threads)
}
