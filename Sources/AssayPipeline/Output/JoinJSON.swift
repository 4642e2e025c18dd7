import AssayFiles

extension JSONValue {
  /// The same object with how rows of several files were matched:
  /// `"join": {"matched": 984, "unmatched": {"baseline.parquet": 5, "federated.parquet": 0}}`.
  func adding(_ join: JoinReport) -> JSONValue {
    guard case .object(var object) = self else { return self }
    var unmatched: JSONObject = [:]
    for file in join.files { unmatched[file.path] = .integer(file.unmatched) }
    object["join"] = .object([
      "matched": .integer(join.matched), "unmatched": .object(unmatched),
    ])
    return .object(object)
  }
}
