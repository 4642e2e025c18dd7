/// A kind of sentence that a reader could take for a promise nobody can keep.
public struct ClaimRule: Hashable, Sendable {
  /// How grave a violation is.
  public enum Level: String, Hashable, Sendable, CaseIterable {
    /// The sentence has to go or be rewritten; counted by CW-1.
    case error
    /// The sentence needs a second look.
    case warning
  }

  /// Stable id, `CLM-001`.
  public var id: String
  /// How grave it is.
  public var level: Level
  /// What is wrong with such a sentence.
  public var problem: String
  /// What to write instead.
  public var suggestion: String
  /// The wordings; any of them breaks the rule.
  var wordings: [[Step]]
  /// What makes the sentence acceptable.
  var licence: Licence
  /// Whether a denial before the wording makes it acceptable; not where the wording is a denial.
  var heedsDenial: Bool

  /// What makes a sentence acceptable.
  enum Licence: Hashable, Sendable {
    /// Nothing.
    case none
    /// One of these words in the sentence, `*` for any ending.
    case words([String])
    /// ε, δ and a unit of privacy in the same paragraph.
    case formalStatement
    /// The id of one of these checks in the sentence; CW-2 then asks that the check is met.
    case citing([String])
  }

  /// One step of a wording.
  enum Step: Hashable, Sendable {
    /// One of these words, or any word that begins with one of these stems.
    case word([String], stems: [String])
    /// Up to ten words of any kind.
    case gap

    /// Reads one step as the rules write it: `*` at the end for any ending, `a|b` for either, `…`
    /// for a gap.
    init(_ text: Substring) {
      if text == "…" {
        self = .gap
        return
      }
      let choices = text.split(separator: "|")
      self = .word(
        choices.filter { $0.last != "*" }.map(String.init),
        stems: choices.filter { $0.last == "*" }.map { String($0.dropLast()) })
    }
  }

  init(
    _ id: String, _ level: Level, _ problem: String, suggestion: String, _ wordings: [String],
    licence: Licence = .none, heedsDenial: Bool = true
  ) {
    self.id = id
    self.level = level
    self.problem = problem
    self.suggestion = suggestion
    self.wordings = wordings.map { $0.split(separator: " ").map { Step($0) } }
    self.licence = licence
    self.heedsDenial = heedsDenial
  }
}

/// One sentence that a rule objects to.
public struct ClaimViolation: Hashable, Sendable {
  /// The rule.
  public var rule: ClaimRule
  /// The field of the statements it stands in.
  public var field: String
  /// The sentence as written.
  public var sentence: String
  /// The words that were found, in lower case.
  public var matched: String
}

/// Looks for claims in what people wrote that no measurement can support. It reads English.
///
/// A sentence is matched word by word; `does not make data anonymous` is a denial, hence fine. Each
/// rule counts a sentence at most once.
public enum ClaimsLinter {
  /// The violations in all texts and in the reasons of waivers, in the order of the fields.
  public static func violations(in statements: Statements) -> [ClaimViolation] {
    var result: [ClaimViolation] = []
    for field in StatementField.all {
      guard let signed = statements.texts[field.key] else { continue }
      result += violations(in: signed.text, field: field.key)
    }
    for waiver in statements.waivers {
      result += violations(in: waiver.reason, field: "waiver of \(waiver.check)")
    }
    return result
  }

  /// The violations in one text.
  public static func violations(in text: String, field: String = "") -> [ClaimViolation] {
    let parsed = ClaimText(text)
    var result: [ClaimViolation] = []
    for sentence in parsed.sentences where !sentence.isDisclaimer {
      for rule in rules {
        guard let range = match(rule, sentence),
          !isLicensed(rule.licence, sentence, parsed.paragraphs[sentence.paragraph])
        else { continue }
        result.append(
          ClaimViolation(
            rule: rule, field: field, sentence: sentence.text,
            matched: sentence.words[range].joined(separator: " ")))
      }
    }
    return result
  }

  /// Ids of checks that the texts cite, such as `DP-7`, with the field that cites them.
  public static func citations(in statements: Statements) -> [(check: String, field: String)] {
    var result: [(check: String, field: String)] = []
    for field in StatementField.all {
      guard let signed = statements.texts[field.key] else { continue }
      let words = signed.text.split { !$0.isLetter && !$0.isNumber && $0 != "-" }
      for word in words where Check.isValidID(String(word)) {
        if !result.contains(where: { $0.check == word }) {
          result.append((String(word), field.key))
        }
      }
    }
    return result
  }

  private static func match(_ rule: ClaimRule, _ sentence: ClaimText.Sentence) -> Range<Int>? {
    for wording in rule.wordings {
      for start in sentence.words.indices {
        guard let end = end(of: wording[...], in: sentence.words, at: start) else { continue }
        if rule.heedsDenial, sentence.isDenied(start..<end) { continue }
        return start..<end
      }
    }
    return nil
  }

  /// Where a wording that begins at a position ends; `nil` when it does not stand there.
  private static func end(
    of wording: ArraySlice<ClaimRule.Step>, in words: [String], at position: Int
  ) -> Int? {
    switch wording.first {
    case nil: return position
    case .gap:
      for skipped in 0...10 {
        if let end = end(of: wording.dropFirst(), in: words, at: position + skipped) {
          return end
        }
      }
      return nil
    case .word(let exact, let stems):
      guard position < words.count,
        exact.contains(words[position]) || stems.contains(where: words[position].hasPrefix)
      else { return nil }
      return end(of: wording.dropFirst(), in: words, at: position + 1)
    }
  }

  private static func fits(_ word: String, _ pattern: String) -> Bool {
    pattern.hasSuffix("*") ? word.hasPrefix(pattern.dropLast()) : word == pattern
  }

  private static func isLicensed(
    _ licence: ClaimRule.Licence, _ sentence: ClaimText.Sentence, _ paragraph: Set<String>
  ) -> Bool {
    switch licence {
    case .none: return false
    case .words(let wanted):
      return wanted.contains { pattern in sentence.words.contains { fits($0, pattern) } }
    case .formalStatement:
      func names(_ patterns: [String]) -> Bool {
        patterns.contains { pattern in paragraph.contains { fits($0, pattern) } }
      }
      return names(["ε", "epsilon"]) && names(["δ", "delta"])
        && names([
          "client*", "record*", "patient*", "person*", "people", "user*", "hospital*", "silo*",
          "example*", "device*", "row*",
        ])
    case .citing(let checks):
      return checks.contains { sentence.words.contains($0.lowercased()) }
    }
  }
}
