// swift-tools-version: 6.2
// Targets in layer order, lowest first. A target imports only from targets above its own line;
// `Tests/AssayArchitectureTests` checks the `import` lines as well.
import PackageDescription

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

let package = Package(
  name: "assay",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "assay", targets: ["AssayCommand"]),
    .library(name: "Assay", targets: ["AssayPipeline"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
  ],
  targets: [
    // C libraries of the system.
    .systemLibrary(
      name: "CLibXML2", pkgConfig: "libxml-2.0",
      providers: [.apt(["libxml2-dev"]), .brew(["libxml2"])]),
    .systemLibrary(
      name: "CSQLite", pkgConfig: "sqlite3",
      providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite3"])]),
    .systemLibrary(
      name: "CLibCrypto", pkgConfig: "libcrypto",
      providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
    .systemLibrary(
      name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .systemLibrary(
      name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"]), .brew(["zstd"])]),
    .systemLibrary(
      name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"]), .brew(["lz4"])]),
    // snappy has no pkg-config file in Debian.
    .systemLibrary(
      name: "CSnappy", providers: [.apt(["libsnappy-dev"]), .brew(["snappy"])]),

    // Vocabulary.
    .target(name: "AssayDiagnostics", swiftSettings: strict),
    .target(name: "AssayStatistics", swiftSettings: strict),
    .target(
      name: "AssayFiles",
      dependencies: [
        "AssayDiagnostics", "CLibCrypto", "CZlib", "CZstd", "CLZ4", "CSnappy",
        .product(name: "Yams", package: "Yams"),
      ], swiftSettings: strict),
    .target(
      name: "AssayTables", dependencies: ["AssayDiagnostics", "AssayFiles"],
      swiftSettings: strict),
    .target(
      name: "AssayRuns", dependencies: ["AssayDiagnostics", "AssayStatistics", "AssayFiles"],
      swiftSettings: strict),

    // The workers: they do not import one another.
    .target(
      name: "AssayImport",
      dependencies: [
        "AssayDiagnostics", "AssayFiles", "AssayTables", "AssayRuns", "CSQLite",
      ], swiftSettings: strict),
    .target(name: "CKernels"),
    .target(
      name: "AssayTraining",
      dependencies: ["AssayDiagnostics", "AssayStatistics", "AssayFiles", "AssayRuns", "CKernels"],
      swiftSettings: strict),
    .target(
      name: "AssayMetrics",
      dependencies: ["AssayDiagnostics", "AssayStatistics", "AssayFiles", "AssayRuns"],
      swiftSettings: strict),
    .target(
      name: "AssayPrivacy", dependencies: ["AssayDiagnostics", "AssayStatistics", "AssayRuns"],
      swiftSettings: strict),

    // Judgement and output.
    .target(
      name: "AssayEvidence",
      dependencies: ["AssayDiagnostics", "AssayStatistics", "AssayFiles", "AssayRuns"],
      swiftSettings: strict),
    .target(
      name: "AssayXML", dependencies: ["AssayDiagnostics", "CLibXML2"], swiftSettings: strict),
    .target(
      name: "AssayDocuments",
      dependencies: [
        "AssayDiagnostics", "AssayStatistics", "AssayFiles", "AssayRuns", "AssayEvidence",
        "AssayXML", .product(name: "Mustache", package: "swift-mustache"),
      ], swiftSettings: strict),

    // Joins the workers; then flags and exit codes.
    .target(
      name: "AssayPipeline",
      dependencies: [
        "AssayDiagnostics", "AssayStatistics", "AssayFiles", "AssayTables", "AssayRuns",
        "AssayImport", "AssayTraining", "AssayMetrics", "AssayPrivacy", "AssayEvidence",
        "AssayDocuments",
      ], swiftSettings: strict),
    .executableTarget(
      name: "AssayCommand",
      dependencies: [
        "AssayDiagnostics", "AssayFiles", "AssayRuns", "AssayEvidence", "AssayPipeline",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: strict),

    // Tests: one target per module, one file per subject.
    .target(
      name: "AssayTestSupport",
      dependencies: ["AssayDiagnostics", "AssayFiles", "AssayStatistics"],
      path: "Tests/Support", swiftSettings: strict),
    .testTarget(
      name: "AssayArchitectureTests", dependencies: ["AssayTestSupport"], swiftSettings: strict),
    .testTarget(
      name: "AssayDiagnosticsTests", dependencies: ["AssayDiagnostics", "AssayTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "AssayStatisticsTests", dependencies: ["AssayStatistics", "AssayTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "AssayFilesTests", dependencies: ["AssayFiles", "AssayTestSupport"],
      exclude: ["Fixtures"],
      swiftSettings: strict),
    .testTarget(
      name: "AssayTablesTests",
      dependencies: ["AssayDiagnostics", "AssayFiles", "AssayTables", "AssayTestSupport"],
      exclude: ["Fixtures"],
      swiftSettings: strict),
    .testTarget(
      name: "AssayRunsTests", dependencies: ["AssayRuns", "AssayTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "AssayImportTests", dependencies: ["AssayImport", "AssayTestSupport"],
      exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "AssayTrainingTests",
      dependencies: ["AssayTraining", "AssayTestSupport", "CKernels"], exclude: ["Fixtures"],
      swiftSettings: strict),
    .testTarget(
      name: "AssayMetricsTests",
      dependencies: [
        "AssayMetrics", "AssayRuns", "AssayStatistics", "AssayFiles", "AssayTestSupport",
      ],
      exclude: ["Golden"], swiftSettings: strict),
    .testTarget(
      name: "AssayPrivacyTests", dependencies: ["AssayPrivacy", "AssayTestSupport"],
      exclude: ["Golden"], swiftSettings: strict),
    .testTarget(
      name: "AssayEvidenceTests", dependencies: ["AssayEvidence", "AssayTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "AssayDocumentsTests",
      dependencies: ["AssayDocuments", "AssayXML", "AssayTestSupport"],
      exclude: ["Golden"], swiftSettings: strict),
    .testTarget(
      name: "AssayPipelineTests",
      dependencies: [
        "AssayEvidence", "AssayFiles", "AssayImport", "AssayPipeline", "AssayPrivacy", "AssayRuns",
        "AssayTraining", "AssayTestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "AssayCommandTests",
      dependencies: [
        "AssayCommand", "AssayEvidence", "AssayFiles", "AssayXML", "AssayTestSupport",
      ],
      swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)
