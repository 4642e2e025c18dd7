/// A text cut into paragraphs, sentences, clauses and words, for the claims linter.
struct ClaimText {
  /// One sentence.
  struct Sentence {
    /// As written.
    var text: String
    /// Lower-case words; a hyphen inside a word stays, punctuation that ends a clause is a word.
    var words: [String]
    /// Number of the paragraph it stands in.
    var paragraph: Int
  }

  var sentences: [Sentence] = []
  /// All words of each paragraph.
  var paragraphs: [Set<String>] = []

  init(_ text: String) {
    var paragraph: [Substring] = []
    func close(_ paragraph: [Substring], _ result: inout ClaimText) {
      let whole = paragraph.joined(separator: " ")
      let found = Self.split(whole)
      if found.isEmpty { return }
      var words: Set<String> = []
      for sentence in found {
        let list = Self.words(of: sentence)
        words.formUnion(list)
        result.sentences.append(
          Sentence(text: sentence, words: list, paragraph: result.paragraphs.count))
      }
      result.paragraphs.append(words)
    }
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let plain = line.drop(while: \.isWhitespace)
      let isItem = plain.hasPrefix("- ") || plain.hasPrefix("* ")
      if plain.isEmpty || isItem {
        close(paragraph, &self)
        paragraph = []
      }
      if !plain.isEmpty { paragraph.append(plain) }
    }
    close(paragraph, &self)
  }

  /// Sentences end at `.`, `!` or `?` before white space; abbreviations such as `e.g.` do not end
  /// one.
  private static func split(_ text: String) -> [String] {
    var sentences: [String] = []
    var current = ""
    let characters = Array(text)
    for (index, character) in characters.enumerated() {
      current.append(character)
      guard ".!?".contains(character),
        index + 1 == characters.count || characters[index + 1].isWhitespace,
        !["e.g.", "i.e.", "vs.", "cf.", "no.", "approx."].contains(where: {
          current.lowercased().hasSuffix(" " + $0)
        })
      else { continue }
      sentences.append(Placeholder.trimmed(current))
      current = ""
    }
    let rest = Placeholder.trimmed(current)
    return rest.isEmpty ? sentences : sentences + [rest]
  }

  private static func words(of sentence: String) -> [String] {
    var words: [String] = []
    var word = ""
    func flush(_ words: inout [String], _ word: inout String) {
      while word.last == "-" || word.last == "'" { word.removeLast() }
      if !word.isEmpty { words.append(word) }
      word = ""
    }
    for character in sentence.lowercased() {
      switch character {
      case "’", "'": if !word.isEmpty { word.append("'") }
      case "‑", "–", "-": if !word.isEmpty { word.append("-") }
      case ",", ";", ":", "(", ")", "—":
        flush(&words, &word)
        words.append(String(character))
      case "%":
        word.append(character)
        flush(&words, &word)
      case _ where character.isLetter || character.isNumber: word.append(character)
      default: flush(&words, &word)
      }
    }
    flush(&words, &word)
    return words
  }
}

extension ClaimText.Sentence {
  /// The clause around a position: from after the last boundary to before the next.
  func clause(around position: Int) -> Range<Int> {
    var start = position
    while start > 0, !isBoundary(start - 1) { start -= 1 }
    var end = position
    while end < words.count, end == position || !isBoundary(end) { end += 1 }
    return start..<end
  }

  /// A comma ends a clause only where a new one begins: `not anonymous, linked or hashed` is one.
  private func isBoundary(_ index: Int) -> Bool {
    switch words[index] {
    case ";", ":", "(", ")", "—", "but", "however", "although", "though", "whereas", "yet": true
    case ",": index + 1 < words.count && Self.openers.contains(words[index + 1])
    default: false
    }
  }

  private static let openers: Set<String> = [
    "and", "so", "but", "which", "it", "they", "we", "the", "this", "that", "these", "all",
    "every", "our", "its", "thus", "therefore", "hence", "because", "since", "as", "while", "yet",
    "whereas", "however", "although", "he", "she", "you", "making", "keeping",
  ]

  /// Whether the words at a position are denied, doubted or only mentioned.
  func isDenied(_ range: Range<Int>) -> Bool {
    let clause = clause(around: range.lowerBound)
    let before = words[clause.lowerBound..<range.lowerBound]
    for (index, word) in zip(before.indices, before) where Self.negators.contains(word) {
      let next = words[index + 1]
      if ["only", "just", "merely", "doubt"].contains(next) { continue }
      return true
    }
    if before.contains(where: { $0.hasSuffix("n't") || $0 == "whether" }) { return true }
    let close = before.suffix(2)
    if close.contains(where: { Self.mentions.contains($0) }) { return true }
    let after = words[range.upperBound..<max(range.upperBound, clause.upperBound)]
    if let negation = after.firstIndex(where: { $0 == "not" || $0 == "never" }) {
      return after[negation...].prefix(4).contains { Self.withheld.contains($0) }
    }
    return false
  }

  /// Whether the whole sentence says what is not said: `we do not claim that …`.
  var isDisclaimer: Bool {
    for (index, word) in words.enumerated()
    where Self.negators.contains(word) || word.hasSuffix("n't") {
      if words[(index + 1)...].prefix(3).contains(where: { Self.saying.contains($0) }) {
        return true
      }
    }
    return false
  }

  private static let negators: Set<String> = [
    "not", "no", "never", "nor", "neither", "cannot", "without", "none", "nobody",
  ]
  private static let mentions: Set<String> = ["word", "words", "term", "phrase", "called"]
  private static let withheld: Set<String> = [
    "claimed", "promised", "guaranteed", "implied", "assumed", "established", "offered", "shown",
    "provided", "possible", "given", "reached", "achieved", "assessed",
  ]
  private static let saying: Set<String> = [
    "claim", "claims", "claimed", "say", "says", "mean", "means", "imply", "implies", "promise",
    "promises", "prove", "proves", "suggest", "suggests", "establish", "establishes",
  ]
}
