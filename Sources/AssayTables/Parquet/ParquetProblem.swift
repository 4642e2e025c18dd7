import AssayDiagnostics

/// What is wrong inside of a Parquet file; the place is added where it is known.
struct ParquetProblem: Error {
  /// What was found.
  var fact: Fact
  /// How to mend it.
  var help: String?

  /// Bytes that break the format.
  static func damaged(_ problem: String) -> ParquetProblem {
    ParquetProblem(fact: .syntax(format: "Parquet", problem: problem))
  }

  /// Something that is sound and that Assay does not read.
  static func refused(_ what: String, _ why: String, help: String? = nil) -> ParquetProblem {
    ParquetProblem(fact: .refusedContent(what: what, why: why), help: help)
  }

  /// The problem with its place.
  func diagnostic(path: String, part: String? = nil) -> Diagnostic {
    Diagnostic(fact, at: SourceLocation(path: path, part: part), help: help)
  }
}

/// Calls `body` with the bytes of an array, which stay where they are meanwhile.
func withBytes<Result>(
  _ array: [UInt8], _ body: (UnsafeRawBufferPointer) throws(ParquetProblem) -> Result
) throws(ParquetProblem) -> Result {
  let result = array.withUnsafeBytes { bytes in
    Swift.Result { () throws(ParquetProblem) in try body(bytes) }
  }
  return try result.get()
}
