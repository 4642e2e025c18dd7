// swift-tools-version: 6.2
// A package of its own, so that benchmarks add nothing to what users build.
import PackageDescription

let package = Package(
  name: "assay-benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "assay", path: "..")],
  targets: [
    .target(name: "CPeak"),
    .executableTarget(
      name: "assay-benchmarks",
      dependencies: ["CPeak", .product(name: "Assay", package: "assay")],
      path: "Sources/AssayBenchmarks", swiftSettings: [.treatAllWarnings(as: .error)]),
    .executableTarget(
      name: "assay-coverage", dependencies: [.product(name: "Assay", package: "assay")],
      path: "Sources/AssayCoverage", swiftSettings: [.treatAllWarnings(as: .error)]),
    .executableTarget(
      name: "assay-properties", dependencies: [.product(name: "Assay", package: "assay")],
      path: "Sources/AssayProperties", swiftSettings: [.treatAllWarnings(as: .error)]),
    .executableTarget(
      name: "assay-audit", dependencies: [.product(name: "Assay", package: "assay")],
      path: "Sources/AssayAudit", swiftSettings: [.treatAllWarnings(as: .error)]),
  ],
  swiftLanguageModes: [.v6]
)
