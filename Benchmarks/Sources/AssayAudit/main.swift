// How often an audit contradicts a mechanism that does what it claims, and how often it notices one that does
// not. `assay-audit white-box|engine [--seeds N] [--threads N] [--delta D]`; the lines it prints stand in
// Docs/privacy-audit.md. Seeds are numbered from 0, and a number always gives the same run.
import AssayPipeline
import AssayPrivacy
import AssayRuns

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

var seeds = 100
var threads = 1
var delta = 1e-5
var suites: [String] = []
var arguments = CommandLine.arguments.dropFirst()
while let argument = arguments.popFirst() {
  switch argument {
  case "--seeds": seeds = arguments.popFirst().flatMap { Int($0) } ?? seeds
  case "--threads": threads = arguments.popFirst().flatMap { Int($0) } ?? threads
  case "--delta": delta = arguments.popFirst().flatMap { Double($0) } ?? delta
  default: suites.append(argument)
  }
}
let study = Study(seeds: seeds, threads: threads, delta: delta)
if suites.isEmpty { suites = ["white-box", "engine"] }
for suite in suites {
  switch suite {
  case "white-box": try study.whiteBox()
  case "engine": try study.engine()
  default:
    print("assay-audit: unknown suite \(suite); there are white-box and engine")
    exit(1)
  }
}
