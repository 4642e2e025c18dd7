import AssayDiagnostics
import AssayFiles
import AssayTraining

extension ParticipationParser {
  private static let deviceKeys = [
    "name", "share", "examples_per_second", "uplink_bytes_per_second",
    "downlink_bytes_per_second", "memory_bytes", "free_memory", "cpu_busy", "battery",
    "metered_share",
  ]

  static func readDevices(_ node: YAMLNode) throws(Diagnostic) -> [DeviceClass] {
    let items = try node.list("devices")
    var classes: [DeviceClass] = []
    for item in items {
      let mapping = try item.mapping("a device class", keys: deviceKeys)
      let nameNode = try mapping.require("name")
      var device = DeviceClass(name: try nameNode.text("name"), share: 1)
      guard !classes.contains(where: { $0.name == device.name }) else {
        throw nameNode.diagnostic(
          .badValue(
            key: "name", found: device.name, expected: "a name that no other device class has"))
      }
      if items.count > 1 || mapping["share"] != nil {
        device.share = try probability(mapping.require("share"), "share", above: true)
      }
      func rate(_ key: String, _ field: WritableKeyPath<DeviceClass, Double>) throws(Diagnostic) {
        if let value = mapping[key] {
          device[keyPath: field] = try number(value, key, from: 1e-6, most: 1e18)
        }
      }
      try rate("examples_per_second", \.examplesPerSecond)
      try rate("uplink_bytes_per_second", \.uplinkBytesPerSecond)
      try rate("downlink_bytes_per_second", \.downlinkBytesPerSecond)
      try rate("memory_bytes", \.memoryBytes)
      if let value = mapping["free_memory"] {
        device.freeMemory = try range(value, "free_memory")
      }
      if let value = mapping["cpu_busy"] { device.busy = try range(value, "cpu_busy") }
      if let value = mapping["battery"] { device.battery = try range(value, "battery") }
      if let value = mapping["metered_share"] {
        device.meteredShare = try probability(value, "metered_share")
      }
      classes.append(device)
    }
    guard !classes.isEmpty else {
      throw node.diagnostic(
        .badValue(key: "devices", found: "an empty list", expected: "at least one device class"))
    }
    guard classes.count <= 1_000 else {
      throw node.diagnostic(
        .overLimit(what: "device classes", found: "\(classes.count)", limit: "1000"))
    }
    let total = classes.reduce(0) { $0 + $1.share }
    guard abs(total - 1) <= 1e-6 else {
      let rounded = (total * 1e6).rounded() / 1e6
      throw node.diagnostic(
        .other(found: "\(rounded)", expected: "shares of all device classes that add up to 1"))
    }
    return classes
  }

  static func readGuardrails(_ node: YAMLNode) throws(Diagnostic) -> Guardrails {
    let mapping = try node.mapping(
      "guardrails",
      keys: [
        "minimum_battery", "allow_metered", "maximum_cpu_busy", "minimum_free_memory_bytes",
      ])
    var result = Guardrails()
    if let value = mapping["minimum_battery"] {
      result.minimumBattery = try probability(value, "minimum_battery")
    }
    result.allowMetered = try mapping.boolean("allow_metered") ?? true
    if let value = mapping["maximum_cpu_busy"] {
      result.maximumBusy = try probability(value, "maximum_cpu_busy")
    }
    if let value = mapping["minimum_free_memory_bytes"] {
      result.minimumFreeMemoryBytes = try number(
        value, "minimum_free_memory_bytes", from: 0, most: 1e18)
    }
    return result
  }

  static func readFaults(_ node: YAMLNode) throws(Diagnostic) -> Faults {
    let mapping = try node.mapping("faults", keys: Faults.Kind.allCases.map(\.rawValue))
    var result = Faults()
    for kind in Faults.Kind.allCases {
      if let value = mapping[kind.rawValue] {
        result[kind] = try probability(value, kind.rawValue)
      }
    }
    guard result.total <= 1 + 1e-12 else {
      throw node.diagnostic(
        .other(
          found: "\((result.total * 1e6).rounded() / 1e6)",
          expected: "probabilities of faults that add up to at most 1"),
        help: "at most one fault happens to an upload")
    }
    return result
  }

  // Values.

  /// A number within `0...1`; `above` excludes 0, `below` excludes 1.
  static func probability(
    _ node: YAMLNode, _ key: String, above: Bool = false, below: Bool = false
  ) throws(Diagnostic) -> Double {
    let value = try node.number(key)
    guard value >= 0, value <= 1, !(above && value == 0), !(below && value == 1) else {
      let expected =
        switch (above, below) {
        case (false, false): "a number from 0 to 1"
        case (true, false): "a number above 0, at most 1"
        case (false, true): "a probability below 1"
        case (true, true): "a number strictly between 0 and 1"
        }
      throw node.diagnostic(.badValue(key: key, found: node.plainText, expected: expected))
    }
    return value
  }

  /// A number above one bound, or from one on, up to another.
  static func number(
    _ node: YAMLNode, _ key: String, above: Double? = nil, from: Double? = nil, most: Double
  ) throws(Diagnostic) -> Double {
    let value = try node.number(key)
    let fits = above.map { value > $0 } ?? true && from.map { value >= $0 } ?? true
    guard fits, value <= most else {
      func plain(_ bound: Double) -> String {
        bound < 1e9 ? Int(exactly: bound).map { "\($0)" } ?? "\(bound)" : "\(bound)"
      }
      let start = above.map { "above \(plain($0))" } ?? "from \(plain(from ?? 0))"
      throw node.diagnostic(
        .badValue(
          key: key, found: node.plainText, expected: "a number \(start) to \(plain(most))"))
    }
    return value
  }

  static func whole(
    _ node: YAMLNode, _ key: String, _ bounds: ClosedRange<Int>
  ) throws(Diagnostic) -> Int {
    let value = try node.integer(key)
    guard bounds.contains(value) else {
      throw node.diagnostic(
        .badValue(
          key: key, found: "\(value)",
          expected: "a whole number from \(bounds.lowerBound) to \(bounds.upperBound)"))
    }
    return value
  }

  /// A list of two numbers within `0...1`, or one number that is both.
  private static func range(
    _ node: YAMLNode, _ key: String
  ) throws(Diagnostic) -> ClosedRange<Double> {
    let items = try node.list(key)
    let isPair = items.count == 2 || items.count == 1
    guard isPair, let first = items.first, let last = items.last else {
      throw node.diagnostic(
        .badValue(
          key: key, found: "a list of \(items.count)",
          expected: "two numbers from 0 to 1 such as [0.2, 1], or one"))
    }
    let low = try probability(first, key)
    let high = try probability(last, key)
    guard low <= high else {
      throw last.diagnostic(
        .badValue(
          key: key, found: last.plainText, expected: "an upper end of at least \(first.plainText)"))
    }
    return low...high
  }
}
