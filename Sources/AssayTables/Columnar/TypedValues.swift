import AssayDiagnostics

/// The values of one column as a typed file holds them, before they are read in a role.
///
/// Every case has one entry per row; `missing` is `nil` when no value is missing, and the entry of a
/// missing value is arbitrary.
enum TypedValues: Sendable {
  /// Floating-point numbers; float16 and float32 are widened exactly.
  case doubles([Double], missing: [Bool]?)
  /// Signed integers of any width, and unsigned ones that fit.
  case integers([Int64], missing: [Bool]?)
  /// Truth values.
  case booleans([Bool], missing: [Bool]?)
  /// Texts as codes into a list of distinct texts.
  case texts(codes: [Int32], texts: [String], missing: [Bool]?)
}
