import AssayTestSupport
import Testing

@Suite("Layers")
struct LayerTests {
  /// Layers from the lowest up: a module imports from lower layers only, never from its own.
  static let layers: [[String]] = [
    [
      "CLibXML2", "CSQLite", "CLibCrypto", "CZlib", "CZstd", "CLZ4", "CSnappy", "CKernels",
      "AssayDiagnostics", "AssayStatistics",
    ],
    ["AssayFiles", "AssayXML"],
    ["AssayTables", "AssayRuns"],
    ["AssayImport", "AssayTraining", "AssayMetrics", "AssayPrivacy"],
    ["AssayEvidence"],
    ["AssayDocuments"],
    ["AssayPipeline"],
    ["AssayCommand"],
  ]

  /// Modules that only the named ones may import, although they stand lower.
  static let reserved: [String: [String]] = [
    "CLibXML2": ["AssayXML"], "CSQLite": ["AssayImport"], "CLibCrypto": ["AssayFiles"],
    "CZlib": ["AssayFiles"], "CZstd": ["AssayFiles"], "CLZ4": ["AssayFiles"],
    "CSnappy": ["AssayFiles"],
    "CKernels": ["AssayTraining"], "Yams": ["AssayFiles"], "Mustache": ["AssayDocuments"],
    "ArgumentParser": ["AssayCommand"],
    // Judgement and output know results, not how they were computed.
    "AssayImport": ["AssayPipeline"], "AssayTraining": ["AssayPipeline"],
    "AssayMetrics": ["AssayPipeline"], "AssayPrivacy": ["AssayPipeline"],
  ]

  /// What every module may import: nothing that costs size or start-up time.
  static let system: Set<String> = [
    "FoundationEssentials", "Glibc", "Musl", "Darwin", "Synchronization", "Dispatch",
  ]

  static func level(of module: String) -> Int? {
    layers.firstIndex { $0.contains(module) }
  }

  /// The modules that a file imports.
  static func imports(of file: PackageTree.File) -> [String] {
    file.lines.compactMap { line in
      let words = line.split(separator: " ").filter {
        !$0.hasPrefix("@")
          && !["public", "package", "internal", "private", "fileprivate"]
            .contains($0)
      }
      guard words.first == "import", words.count > 1 else { return nil }
      let kinds: Set<Substring> = [
        "struct", "enum", "class", "func", "var", "let", "typealias", "protocol",
      ]
      let name = words.count > 2 && kinds.contains(words[1]) ? words[2] : words[1]
      return name.split(separator: ".").first.map(String.init)
    }
  }

  /// Why a module may not import another; `nil` when it may.
  static func objection(to imported: String, in module: String) -> String? {
    if system.contains(imported) { return nil }
    if let readers = reserved[imported], !readers.contains(module) {
      return "only \(readers.joined(separator: ", ")) may import \(imported)"
    }
    if reserved[imported] != nil, level(of: imported) == nil { return nil }
    guard let below = level(of: imported) else { return "\(imported) is in no layer" }
    guard let own = level(of: module) else { return "\(module) is in no layer" }
    return below < own ? nil : "\(imported) does not stand below \(module)"
  }

  @Test("every module imports from lower layers only, and only what is its own to import")
  func importLines() throws {
    let files = try PackageTree.files(below: "Sources", endings: [".swift"])
    #expect(files.count > 30)
    for file in files {
      let module = String(file.path.split(separator: "/")[1])
      for imported in Self.imports(of: file) {
        let objection = Self.objection(to: imported, in: module)
        #expect(objection == nil, "\(file.path): \(objection ?? "")")
      }
    }
  }

  @Test("what a module imports it also declares, so nothing comes in through another module")
  func declared() throws {
    let manifest = try PackageTree.file("Package.swift").text
    let chunks = manifest.split(separator: "arget(").dropFirst()
    var declared: [String: Set<String>] = [:]
    for chunk in chunks {
      let names = chunk.split(separator: "\"", omittingEmptySubsequences: false)
        .enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
      guard let name = names.first else { continue }
      declared[name] = Set(names.dropFirst())
    }
    #expect(declared["AssayPipeline"]?.contains("AssayEvidence") == true)
    for file in try PackageTree.files(below: "Sources", endings: [".swift"]) {
      let module = String(file.path.split(separator: "/")[1])
      for imported in Self.imports(of: file) where !Self.system.contains(imported) {
        #expect(
          declared[module]?.contains(imported) == true,
          "\(file.path) imports \(imported), which \(module) does not declare")
      }
    }
  }

  @Test("the rule itself refuses siblings, upward, reserved and heavy imports")
  func guards() {
    #expect(Self.objection(to: "AssayRuns", in: "AssayMetrics") == nil)
    #expect(Self.objection(to: "AssayEvidence", in: "AssayDocuments") == nil)
    #expect(Self.objection(to: "Yams", in: "AssayFiles") == nil)
    #expect(Self.objection(to: "AssayMetrics", in: "AssayPrivacy") != nil)
    #expect(Self.objection(to: "AssayTables", in: "AssayRuns") != nil)
    #expect(Self.objection(to: "AssayPipeline", in: "AssayFiles") != nil)
    #expect(Self.objection(to: "AssayMetrics", in: "AssayEvidence") != nil)
    #expect(Self.objection(to: "AssayMetrics", in: "AssayDocuments") != nil)
    #expect(Self.objection(to: "Yams", in: "AssayCommand") != nil)
    #expect(Self.objection(to: "Foundation", in: "AssayPipeline") != nil)
    #expect(Self.objection(to: "NIO", in: "AssayPipeline") != nil)
  }

  @Test("import lines of every form are found")
  func forms() {
    let file = PackageTree.File(
      path: "x",
      text: """
        import AssayRuns
        @testable import AssayFiles
          import Glibc
        public import struct AssayStatistics.Estimate
        // import Foundation
        let x = 1
        """)
    #expect(Self.imports(of: file) == ["AssayRuns", "AssayFiles", "Glibc", "AssayStatistics"])
  }
}
