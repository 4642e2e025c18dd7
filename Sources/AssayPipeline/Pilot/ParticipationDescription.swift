import AssayFiles
import AssayTraining

extension ParticipationPlan {
  /// What deviates from clients that are always available, instantaneous and reliable, under the keys
  /// of the pilot file; empty when nothing does.
  /// - Parameter tracePath: Path of the trace as written in the pilot file.
  public func parameters(tracePath: String? = nil) -> JSONObject {
    let usual = ParticipationPlan()
    var object = JSONObject()
    object["availability"] = availabilityParameters(tracePath)
    if minimumAvailable > 0 { object["minimum_available"] = .integer(minimumAvailable) }
    if !devices.isEmpty {
      object["devices"] = .array(devices.map { .object($0.parameters) })
    }
    if guardrails != usual.guardrails {
      object["guardrails"] = .object([
        "minimum_battery": .double(guardrails.minimumBattery),
        "allow_metered": .bool(guardrails.allowMetered),
        "maximum_cpu_busy": .double(guardrails.maximumBusy),
        "minimum_free_memory_bytes": .double(guardrails.minimumFreeMemoryBytes),
      ])
    }
    if dropout != usual.dropout {
      object["dropout"] = .object([
        "before_training": .double(dropout.beforeTraining),
        "before_upload": .double(dropout.beforeUpload),
        "after_upload": .double(dropout.afterUpload),
      ])
    }
    if stragglers != usual.stragglers {
      object["stragglers"] = .object([
        "share": .double(stragglers.share), "slowdown": .double(stragglers.slowdown),
        "sigma": .double(stragglers.sigma), "partial_work": .bool(stragglers.partialWork),
      ])
    }
    object["deadline_seconds"] = deadline.map { .double($0) }
    if pause > 0 { object["pause_seconds"] = .double(pause) }
    if overSelection > 1 { object["over_selection"] = .double(overSelection) }
    if quorum > 0 { object["quorum"] = .double(quorum) }
    if retries != usual.retries {
      object["retries"] = .object([
        "attempts": .integer(retries.attempts), "base_seconds": .double(retries.base),
      ])
    }
    if faults != usual.faults {
      var members = JSONObject()
      for kind in Faults.Kind.allCases where faults[kind] > 0 {
        members[kind.rawValue] = .double(faults[kind])
      }
      object["faults"] = .object(members)
    }
    return object
  }

  private func availabilityParameters(_ tracePath: String?) -> JSONValue? {
    switch availability {
    case .always: return nil
    case .probability(let probability): return .double(probability)
    case .cycle(let cycle):
      return .object([
        "base": .double(cycle.base), "amplitude": .double(cycle.amplitude),
        "period_seconds": .double(cycle.period), "phase_spread": .double(cycle.phaseSpread),
      ])
    case .trace(let trace):
      var object = JSONObject()
      object["trace"] = tracePath.map { .string($0) }
      object["period_seconds"] = trace.period.map { .double($0) }
      return .object(object)
    }
  }

  /// The plan in one English sentence.
  public var sentence: String {
    if isDefault { return "Every client is always available, instantaneous and reliable." }
    var parts: [String] = []
    switch availability {
    case .always: break
    case .probability(let probability):
      parts.append("clients are available with probability \(plain(probability))")
    case .cycle(let cycle):
      parts.append(
        "clients are available with a mean probability of \(plain(cycle.base)) that swings by "
          + "\(percent(cycle.amplitude)) over \(plain(cycle.period)) s")
    case .trace: parts.append("clients are available as recorded in a trace")
    }
    if minimumAvailable > 0 {
      parts.append("a round needs \(minimumAvailable) available clients")
    }
    if !devices.isEmpty {
      let classes = devices.map { "\($0.name) \(percent($0.share))" }
      parts.append("devices are \(classes.joined(separator: ", "))")
    }
    if guardrails != Guardrails() { parts.append("guardrails let clients decline") }
    let losses = [
      (dropout.beforeTraining, "before training"), (dropout.beforeUpload, "before upload"),
      (dropout.afterUpload, "after upload"),
    ].filter { $0.0 > 0 }.map { "\(percent($0.0)) \($0.1)" }
    if !losses.isEmpty { parts.append("clients drop out: \(losses.joined(separator: ", "))") }
    if stragglers.share > 0 {
      parts.append(
        "\(percent(stragglers.share)) are slower by a "
          + (stragglers.sigma > 0 ? "median " : "") + "factor of \(plain(stragglers.slowdown))"
          + (stragglers.partialWork ? " and send partial work at the deadline" : ""))
    }
    if let deadline { parts.append("a round ends after \(plain(deadline)) s at the latest") }
    if pause > 0 { parts.append("\(plain(pause)) s pass between rounds") }
    if overSelection > 1 {
      parts.append("\(plain(overSelection)) clients are asked for each one wanted")
    }
    if quorum > 0 { parts.append("a round needs \(percent(quorum)) of the wanted updates") }
    if retries.attempts > 1 { parts.append("failed uploads are tried \(retries.attempts) times") }
    if faults.total > 0 { parts.append("\(percent(faults.total)) of uploads are faulty") }
    let text = parts.joined(separator: "; ")
    return text.prefix(1).uppercased() + text.dropFirst() + "."
  }
}

extension DeviceClass {
  fileprivate var parameters: JSONObject {
    func pair(_ range: ClosedRange<Double>) -> JSONValue {
      .array([.double(range.lowerBound), .double(range.upperBound)])
    }
    func limit(_ value: Double) -> JSONValue? { value.isFinite ? .double(value) : nil }
    let usual = DeviceClass(name: name, share: share)
    var object: JSONObject = ["name": .string(name), "share": .double(share)]
    object["examples_per_second"] = limit(examplesPerSecond)
    object["uplink_bytes_per_second"] = limit(uplinkBytesPerSecond)
    object["downlink_bytes_per_second"] = limit(downlinkBytesPerSecond)
    object["memory_bytes"] = limit(memoryBytes)
    if freeMemory != usual.freeMemory { object["free_memory"] = pair(freeMemory) }
    if busy != usual.busy { object["cpu_busy"] = pair(busy) }
    if battery != usual.battery { object["battery"] = pair(battery) }
    if meteredShare > 0 { object["metered_share"] = .double(meteredShare) }
    return object
  }
}

private func plain(_ value: Double) -> String { Int(exactly: value).map { "\($0)" } ?? "\(value)" }

/// A share in percent, rounded to two decimals.
private func percent(_ share: Double) -> String { plain((share * 10_000).rounded() / 100) + " %" }
