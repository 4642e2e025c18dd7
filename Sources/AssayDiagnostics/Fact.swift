/// What was found wrong, as data; the sentence is made in `Wording.swift`.
public enum Fact: Hashable, Sendable {
  // Files and folders.
  /// Nothing stands at the path.
  case fileMissing
  /// A folder stands where a file was expected.
  case isDirectory
  /// A file stands where a folder was expected.
  case isNotDirectory
  /// A pipe, device or socket stands where a regular file was expected.
  case notRegularFile
  /// The system refused; the system's own words.
  case unreadable(reason: String)
  /// The file holds no bytes.
  case fileEmpty
  /// A table has a header and nothing beneath it.
  case noRows
  /// More bytes, rows or nesting than the stated limit allows.
  case overLimit(what: String, found: String, limit: String)
  /// The path leads outside of the given folder, or through a link.
  case unsafePath(path: String, why: String)
  /// The format was recognised and is refused on purpose.
  case refusedContent(what: String, why: String)
  /// Output could not be written; the system's own words.
  case unwritable(reason: String)
  /// The output folder holds something that Assay did not write.
  case outputOccupied(found: String)
  /// No importer recognises the source.
  case unrecognisedSource(lookedFor: [String])

  // Text.
  /// A byte that does not belong to UTF-8.
  case notUTF8(byte: UInt8)
  /// A text format broke; the parser's own words.
  case syntax(format: String, problem: String)

  // Tables.
  /// A row with another number of fields than the header.
  case raggedRow(expected: Int, found: Int)
  /// A quoted field that never ends.
  case unterminatedQuote
  /// A quotation mark in the middle of a field.
  case strayQuote
  /// Two columns of one name.
  case duplicateColumn(name: String, first: Int)
  /// A column that the table does not have.
  case unknownColumn(name: String, known: [String])
  /// A value of another type than its column needs.
  case wrongType(column: String, found: String, expected: String)
  /// A value outside of its range.
  case outOfRange(column: String, found: String, expected: String)
  /// A value that is NaN or infinite where a number is needed.
  case notFinite(column: String, found: String)
  /// A value that is missing where one is needed.
  case missingValue(column: String)
  /// A label that is no class.
  case labelOutsideClasses(column: String, found: String, classes: String)
  /// Training or comparing needs two classes.
  case singleClass(column: String, label: String)
  /// One record id twice.
  case duplicateIdentifier(column: String, value: String, firstLine: Int)

  // Configuration.
  /// A key that is not known.
  case unknownKey(key: String, known: [String])
  /// A key that must be there.
  case missingKey(key: String, inside: String)
  /// A key given twice.
  case duplicateKey(key: String)
  /// A node of the wrong kind.
  case wrongKind(key: String, found: String, expected: String)
  /// A value that cannot be.
  case badValue(key: String, found: String, expected: String)
  /// A name that refers to nothing.
  case unknownName(what: String, name: String, known: [String])
  /// Two things that cannot stand together.
  case conflict(first: String, second: String, why: String)

  /// A fact without a case of its own.
  case other(found: String, expected: String)
}
