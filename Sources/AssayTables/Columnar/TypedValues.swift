import AssayDiagnostics

/// The values of one column as a typed file holds them, before they are read in a role.
///
/// Every case has one entry per row; `missing` is `nil` when no value is missing, and the entry of a
/// missing value is arbitrary (a code is nevertheless one of `texts`).
enum TypedValues: Sendable {
  /// Floating-point numbers of 64 bits.
  case doubles([Double], missing: [Bool]?)
  /// Floating-point numbers of 32 or 16 bits; a number is widened exactly, a text is the shortest
  /// one of 32 bits, so that 0.1 is `0.1` and not `0.10000000149011612`.
  case singles([Float], missing: [Bool]?)
  /// Signed integers of any width, and unsigned ones that fit.
  case integers([Int64], missing: [Bool]?)
  /// Truth values.
  case booleans([Bool], missing: [Bool]?)
  /// Texts as codes into a list of texts, of which some may be equal or without a row.
  case texts(codes: [Int32], texts: [String], missing: [Bool]?)
}
