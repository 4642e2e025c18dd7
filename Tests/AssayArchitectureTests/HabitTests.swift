import AssayFiles
import AssayTestSupport
import Testing

@Suite("Habits")
struct HabitTests {
  static let text = [
    ".swift", ".md", ".yaml", ".yml", ".c", ".h", ".sh", ".txt", ".mustache", ".css", ".html",
    "Makefile", "run", "bootstrap", "peers", "check-neon",
  ]

  @Test("no source file is longer than 400 lines")
  func length() throws {
    for file in try PackageTree.files(below: "Sources", endings: [".swift", ".c", ".h"]) {
      // The text behind the last line feed is no line.
      #expect(file.lines.count - 1 <= 400, "\(file.path) has \(file.lines.count - 1) lines")
    }
  }

  @Test("every dependency is pinned to one version")
  func pinned() throws {
    for path in ["Package.swift", "Benchmarks/Package.swift"] {
      for line in try PackageTree.file(path).lines where line.contains(".package(url:") {
        #expect(line.contains("exact:"), "\(path): \(line)")
      }
    }
    for line in try PackageTree.file("Scripts/peers-requirements.txt").lines
    where !line.isEmpty && !line.hasPrefix("#") {
      #expect(line.contains("=="), "\(line)")
    }
  }

  @Test("Package.resolved is not committed: the pins stand in Package.swift")
  func resolved() throws {
    #expect(try PackageTree.file(".gitignore").lines.contains("Package.resolved"))
    guard let index = try gitIndex() else { return }
    #expect(index.firstRange(of: Array("Package.resolved".utf8)) == nil)
    #expect(index.firstRange(of: Array("Package.swift".utf8)) != nil)
  }

  /// Git's list of committed files; `nil` in a copy that is no repository.
  private func gitIndex() throws -> [UInt8]? {
    let git = TestData.packageRoot + "/.git"
    if let index = try? InputFile.read(git + "/index") { return index }
    // A linked working tree has a file that names its folder.
    guard let link = try? InputFile.read(git) else { return nil }
    let words = String(decoding: link, as: UTF8.self).split { $0 == " " || $0 == "\n" }
    guard words.first == "gitdir:", words.count == 2 else { return nil }
    return try InputFile.read(String(words[1]) + "/index")
  }

  @Test("no file names the machine it was written on")
  func places() throws {
    // Assembled, so that this file does not hold them.
    let words = [
      "/wo" + "rk/", "/ho" + "me/", "/Us" + "ers/", "/tm" + "p/PRE", "work" + "tree add",
    ]
    for file in try PackageTree.files(endings: Self.text)
    where !file.path.contains("AssayImportTests") {
      // Fixtures are what other tools wrote elsewhere, and their tests quote them.
      for word in words {
        let found = file.text.contains(word)
        #expect(!found, "\(file.path) holds '\(word)'")
      }
    }
  }
}

@Suite("Documents of the package")
struct PackageDocumentTests {
  private func documents() throws -> [PackageTree.File] {
    try PackageTree.files(endings: [".md"])
  }

  /// Targets of `](target)` in a document, pictures apart.
  private func links(in file: PackageTree.File) -> (links: [String], pictures: [String]) {
    var links: [String] = []
    var pictures: [String] = []
    for line in file.lines {
      let parts = line.split(separator: "](", omittingEmptySubsequences: false)
      for (index, part) in parts.enumerated().dropFirst() {
        guard let end = part.firstIndex(of: ")") else { continue }
        let target = String(part[..<end])
        if target.hasPrefix("http") || target.hasPrefix("mailto:") { continue }
        let opening = parts[index - 1]
        let isPicture =
          opening.lastIndex(of: "[").map { opening[..<$0].hasSuffix("!") } ?? false
        if isPicture { pictures.append(target) } else { links.append(target) }
      }
    }
    return (links, pictures)
  }

  /// The path from the root that a link from a file leads to; `nil` when it leads out.
  private func resolve(_ target: String, from file: PackageTree.File) -> String? {
    var parts = file.folder.split(separator: "/")
    for part in target.split(separator: "/") {
      if part == ".." {
        if parts.popLast() == nil { return nil }
      } else if part != "." {
        parts.append(part)
      }
    }
    return parts.joined(separator: "/")
  }

  private func anchor(of heading: String) -> String {
    String(
      heading.drop { $0 == "#" }.drop { $0 == " " }.lowercased().compactMap {
        $0 == " " ? "-" : $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" ? $0 : nil
      })
  }

  @Test("every link leads to a file, a folder or a heading that exists")
  func linksResolve() throws {
    let root = try PackageTree.root()
    var count = 0
    for file in try documents() {
      for link in links(in: file).links {
        count += 1
        let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts[0].isEmpty ? file.path : resolve(String(parts[0]), from: file)
        let found = path.map { root.hasFile($0) || root.hasFolder($0) } ?? false
        #expect(found, "\(file.path): \(link)")
        guard found, parts.count == 2, let path, path.hasSuffix(".md") else { continue }
        let headings = try PackageTree.file(path).lines.filter { $0.hasPrefix("#") }.map(anchor)
        #expect(headings.contains(String(parts[1])), "\(file.path): \(link)")
      }
    }
    #expect(count > 20)
  }

  @Test("every picture that a document shows exists")
  func pictures() throws {
    let root = try PackageTree.root()
    var count = 0
    for file in try documents() {
      for picture in links(in: file).pictures {
        count += 1
        #expect(resolve(picture, from: file).map(root.hasFile) == true, "\(file.path): \(picture)")
      }
    }
    #expect(count > 0)
  }

  /// Words behind `make ` in code, without those that set a variable.
  private func makeTargets(in file: PackageTree.File) -> Set<String> {
    var found: Set<String> = []
    for line in file.lines {
      for part in line.split(separator: "make ", omittingEmptySubsequences: false).dropFirst() {
        let word = part.prefix { $0.isLetter || $0 == "-" }
        let before = line[..<part.startIndex].dropLast("make ".count).last
        let isCode = before == "`" || before == nil || before == " " && file.path == ".ci/run"
        if isCode, !word.isEmpty { found.insert(String(word)) }
      }
    }
    return found
  }

  @Test("every `make` command that a document names is in the Makefile, and the other way round")
  func makeCommands() throws {
    let makefile = try PackageTree.file("Makefile")
    let targets = Set(
      makefile.lines.compactMap { line -> String? in
        guard let colon = line.firstIndex(of: ":"), line.first?.isLetter == true,
          !line[colon...].hasPrefix(":=")
        else { return nil }
        return String(line[..<colon])
      })
    for file in try documents() {
      for target in makeTargets(in: file) {
        #expect(targets.contains(target), "\(file.path): make \(target)")
      }
    }
    let helped = Set(
      makefile.lines.filter { $0.hasPrefix("## make ") }.compactMap {
        $0.dropFirst("## make ".count).split(separator: " ").first.map(String.init)
      })
    #expect(targets.subtracting(["help", "bootstrap"]) == helped)
  }

  @Test("CI runs nothing that the README does not tell a user to run")
  func continuousIntegration() throws {
    let readme = makeTargets(in: try PackageTree.file("README.md"))
    let steps = try PackageTree.file(".ci/run").lines.filter { $0.hasPrefix("step ") }
    #expect(steps.count >= 4)
    for step in steps where step != "step() { echo; echo \"==> $*\"; \"$@\"; }" {
      let words = step.split(separator: " ")
      #expect(words.count == 3 && words[1] == "make", "\(step)")
      #expect(words.last.map { readme.contains(String($0)) } == true, "\(step)")
    }
  }
}
