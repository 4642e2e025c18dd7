import AssayFiles

extension JSONValue {
  /// The same object with how rows of several files were matched and how many were left out:
  /// `"join": {"matched": 984, "unmatched": {"baseline.parquet": 5, "federated.parquet": 0}}`,
  /// `"unscored_rows": 2`; each only where it was asked for.
  func adding(_ join: JoinReport?, unscoredRows: Int?) -> JSONValue {
    guard case .object(var object) = self else { return self }
    if let join {
      var unmatched: JSONObject = [:]
      for file in join.files { unmatched[file.path] = .integer(file.unmatched) }
      object["join"] = .object([
        "matched": .integer(join.matched), "unmatched": .object(unmatched),
      ])
    }
    if let unscoredRows { object["unscored_rows"] = .integer(unscoredRows) }
    return .object(object)
  }
}
