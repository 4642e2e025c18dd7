extension Fact {
  /// The sentence for the fact: what was expected, what was found.
  public var sentence: String {
    switch self {
    case .fileMissing: "expected a file, found nothing at this path"
    case .isDirectory: "expected a file, found a folder"
    case .isNotDirectory: "expected a folder, found a file"
    case .notRegularFile: "expected a regular file, found a pipe, device or socket"
    case .unreadable(let reason): "expected a readable file, but the system says: \(reason)"
    case .fileEmpty: "expected content, found an empty file"
    case .noRows: "expected at least one row beneath the header, found none"
    case .overLimit(let what, let found, let limit):
      "expected at most \(limit) \(what), found \(found)"
    case .unsafePath(let path, let why):
      "expected a path inside the given folder, found \(quoted(path)), which \(why)"
    case .refusedContent(let what, let why): "refused \(what): \(why)"
    case .unwritable(let reason): "the output could not be written: \(reason)"
    case .outputOccupied(let found):
      "expected an empty folder or one that assay wrote, found \(quoted(found)) in it"
    case .unrecognisedSource(let lookedFor):
      "expected a run artifact, found none; looked for \(lookedFor.joined(separator: "; "))"
    case .notUTF8(let byte):
      "expected UTF-8 text, found byte 0x\(String(byte, radix: 16, uppercase: true))"
    case .syntax(let format, let problem): "expected valid \(format): \(problem)"
    case .raggedRow(let expected, let found):
      "expected \(expected) fields as in the header, found \(found)"
    case .unterminatedQuote: "expected a closing quotation mark, found the end of the file"
    case .strayQuote: "expected a delimiter or the end of the line after a closing quotation mark"
    case .duplicateColumn(let name, let first):
      "expected each column once, found \(quoted(name)) again (first in column \(first))"
    case .unknownColumn(let name, let known):
      "expected one of the columns \(listed(known)), found \(quoted(name))"
    case .wrongType(let column, let found, let expected):
      "expected \(expected) in column \(quoted(column)), found \(quoted(found))"
    case .outOfRange(let column, let found, let expected):
      "expected \(expected) in column \(quoted(column)), found \(quoted(found))"
    case .notFinite(let column, let found):
      "expected a finite number in column \(quoted(column)), found \(quoted(found))"
    case .missingValue(let column): "expected a value in column \(quoted(column)), found none"
    case .labelOutsideClasses(let column, let found, let classes):
      "expected a label in \(classes) in column \(quoted(column)), found \(quoted(found))"
    case .singleClass(let column, let label):
      "expected at least two classes in column \(quoted(column)), found only \(quoted(label))"
    case .duplicateIdentifier(let column, let value, let firstLine):
      "expected each id in column \(quoted(column)) once, found \(quoted(value)) again "
        + "(first in line \(firstLine))"
    case .unknownKey(let key, let known):
      "expected one of the keys \(listed(known)), found \(quoted(key))"
    case .missingKey(let key, let inside):
      "expected the key \(quoted(key)) in \(inside), found none"
    case .duplicateKey(let key): "expected each key once, found \(quoted(key)) again"
    case .wrongKind(let key, let found, let expected):
      "expected \(expected) for \(quoted(key)), found \(found)"
    case .badValue(let key, let found, let expected):
      "expected \(expected) for \(quoted(key)), found \(quoted(found))"
    case .unknownName(let what, let name, let known):
      "expected \(what), one of \(listed(known)), found \(quoted(name))"
    case .conflict(let first, let second, let why):
      "\(first) and \(second) cannot stand together: \(why)"
    case .other(let found, let expected): "expected \(expected), found \(found)"
    }
  }

  /// What a person can do about it, where the fact alone tells.
  public var advice: String? {
    switch self {
    case .unknownColumn(let name, let known), .unknownKey(let name, let known),
      .unknownName(_, let name, let known):
      nearest(to: name, among: known).map { "did you mean \(quoted($0))?" }
    case .fileMissing: "check the path; relative paths start at the current folder"
    case .outputOccupied: "give another folder with -o, or empty this one"
    case .notUTF8: "save the file as UTF-8, for example with: iconv -f LATIN1 -t UTF-8"
    case .raggedRow: "quote fields that hold the delimiter, or mend the row"
    case .unterminatedQuote, .strayQuote:
      "write a quotation mark inside a quoted field twice: \"\""
    default: nil
    }
  }
}

extension Diagnostic {
  /// The message as printed on standard error: headline, source line with caret, help.
  public var rendered: String {
    var text = ""
    if let location { text += "\(printableLine(location.description)): " }
    text += "\(severity.rawValue): \(printableLine(fact.sentence))"
    if let line = location?.line, let sourceLine {
      let gutter = "\(line)"
      let excerpt = Excerpt(of: sourceLine, around: location?.column ?? 1, width: width)
      text += "\n  \(gutter) | \(printableLine(excerpt.text))"
      let pad = String(repeating: " ", count: gutter.count)
      let indent = String(repeating: " ", count: excerpt.offset)
      text += "\n  \(pad) | \(indent)^" + String(repeating: "~", count: max(0, excerpt.width - 1))
    }
    if let help = help ?? fact.advice { text += "\n  help: \(printableLine(help))" }
    return text
  }
}

extension DiagnosticList {
  /// All messages, then how many more were found.
  public var rendered: String {
    var lines = diagnostics.map(\.rendered)
    if omitted > 0 { lines.append("and \(omitted) more") }
    return lines.joined(separator: "\n")
  }
}

/// The part of a long source line around the caret.
private struct Excerpt {
  var text: String
  var offset: Int
  var width: Int

  init(of line: String, around column: Int, width: Int) {
    let limit = 96
    // A tab would move the caret away from what it points at.
    let characters = line.map { $0 == "\t" ? " " : $0 }
    let caret = min(max(0, column - 1), characters.count)
    let start = caret > limit * 2 / 3 ? caret - limit / 3 : 0
    let end = min(characters.count, start + limit)
    text = String(characters[start..<end])
    offset = caret - start
    self.width = max(1, min(width, end - caret))
  }
}

/// Text from outside, safe for a terminal and a log: control and direction-changing characters are
/// shown as U+FFFD, and very long text is cut.
public func printable(_ text: String) -> String {
  var result = String.UnicodeScalarView()
  var count = 0
  for scalar in text.unicodeScalars {
    count += 1
    if count > 2_000 {
      result.append("…")
      break
    }
    switch scalar.value {
    case 0x0A, 0x09: result.append(scalar)
    case 0..<0x20, 0x7F..<0xA0, 0x061C, 0x200B...0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF,
      0xE0000...0xE007F:
      result.append("\u{FFFD}")
    default: result.append(scalar)
    }
  }
  return String(result)
}

/// Text from outside on one line, so that a name with a line feed in it cannot pass for a message.
func printableLine(_ text: String) -> String {
  printable(text.replacing("\n", with: "⏎"))
}

/// A name or value in single quotation marks, cut at 120 characters.
func quoted(_ text: String) -> String {
  let flat = text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "⏎")
  return flat.count > 120 ? "'\(flat.prefix(120))…'" : "'\(flat)'"
}

private func listed(_ names: [String]) -> String {
  let shown = names.prefix(24).map(quoted).joined(separator: ", ")
  return names.count > 24 ? "\(shown) and \(names.count - 24) more" : shown
}

/// The nearest known name, when it is near enough to be a slip of the finger.
public func nearest(to name: String, among known: [String]) -> String? {
  let limit = max(1, name.count / 3)
  var best: (name: String, distance: Int)?
  for candidate in known where candidate != name {
    let distance = editDistance(Array(name.lowercased()), Array(candidate.lowercased()))
    if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
  }
  return best?.name
}

/// Levenshtein distance, two rows at a time.
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  if a.count > 200 || b.count > 200 { return .max }
  var previous = Array(0...b.count)
  for (i, x) in a.enumerated() {
    var current = [i + 1]
    for (j, y) in b.enumerated() {
      current.append(min(previous[j + 1] + 1, current[j] + 1, previous[j] + (x == y ? 0 : 1)))
    }
    previous = current
  }
  return previous[b.count]
}
