/// How a number is printed.
public enum ValueUnit: String, Hashable, Sendable, CaseIterable {
  /// A share in 0...1 or −1...1: three decimals.
  case fraction
  /// A difference of two values of the same unit: always signed, three decimals.
  case difference
  /// A quotient of two rates: three decimals.
  case ratio
  /// Loss in nats or squared error: three decimals.
  case loss
  /// ε of differential privacy: three significant digits, rounded up.
  case epsilon
  /// An upper bound, such as on an attack's success: three significant digits, rounded up.
  case bound
  /// δ and other tiny probabilities: scientific.
  case probability
  /// A whole number with thousands separators.
  case count
  /// Bytes, with a decimal prefix.
  case bytes
  /// Any other number: four significant digits.
  case number
  /// Words; not a number.
  case text
}

/// The one place where numbers become text. `value` is the raw value, `unit` says how.
public enum PrintedNumber {
  /// A number in its unit; the true minus sign, no exponent except for tiny probabilities.
  public static func text(_ value: Double, _ unit: ValueUnit) -> String {
    if value.isNaN { return "undefined" }
    if value.isInfinite { return value < 0 ? "−∞" : "∞" }
    switch unit {
    case .fraction, .ratio, .loss, .text: return signed(fixed(value, 3))
    case .difference:
      return (value > 0 && fixed(value, 3) != "0.000" ? "+" : "") + signed(fixed(value, 3))
    case .epsilon, .bound: return signed(significant(value, 3, up: true))
    case .probability: return signed(scientific(value))
    case .count: return signed(grouped(value))
    case .bytes: return bytes(value)
    case .number: return signed(significant(value, 4, up: false))
    }
  }

  /// A whole number with thousands separators.
  public static func text(_ count: Int) -> String { signed(grouped(Double(count))) }

  private static func signed(_ text: String) -> String {
    guard text.hasPrefix("-") else { return text }
    let digits = text.dropFirst()
    // "-0.000" prints as "0.000".
    return digits.contains { $0 >= "1" && $0 <= "9" } ? "−" + digits : String(digits)
  }

  /// Decimal with a fixed number of places, halves to even on the exact binary value.
  static func fixed(_ value: Double, _ places: Int) -> String {
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    let magnitude = abs(value)
    if magnitude >= 1e15 { return scientific(value) }
    let scaled = (magnitude * scale).rounded(.toNearestOrEven)
    let whole = Int((scaled / scale).rounded(.down))
    var fraction = "\(Int(scaled - Double(whole) * scale))"
    if places == 0 { return (value < 0 ? "-" : "") + "\(whole)" }
    fraction = String(repeating: "0", count: max(0, places - fraction.count)) + fraction
    return (value < 0 ? "-" : "") + "\(whole).\(fraction)"
  }

  private static func significant(_ value: Double, _ digits: Int, up: Bool) -> String {
    if value == 0 { return "0" }
    let magnitude = abs(value)
    if magnitude >= 1e12 || magnitude < 1e-4 { return scientific(value) }
    var exponent = 0
    var power = 1.0
    while magnitude >= power * 10 {
      power *= 10
      exponent += 1
    }
    while magnitude < power {
      power /= 10
      exponent -= 1
    }
    let places = max(0, digits - 1 - exponent)
    guard up, value > 0 else { return fixed(value, places) }
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    // Rounded up; a value that already has that many digits, up to the last bits, stays.
    let scaled = value * scale
    let nearest = scaled.rounded()
    let ceiling = abs(scaled - nearest) <= 1e-9 * nearest ? nearest : scaled.rounded(.up)
    // 0.99997 becomes 1.00, not 1.000: rounding up may need a digit less behind the point.
    return fixed(ceiling / scale, ceiling >= power10(digits) ? max(0, places - 1) : places)
  }

  private static func power10(_ exponent: Int) -> Double {
    (0..<exponent).reduce(1.0) { power, _ in power * 10 }
  }

  /// The lower end of a bracket: four significant digits, rounded down, so that it stays a lower end.
  public static func lowerEnd(_ value: Double) -> String {
    guard value.isFinite, value > 0 else { return text(value, .epsilon) }
    if value >= 1e12 || value < 1e-4 { return scientific(value.nextDown) }
    var scale = 1.0
    var places = 0
    while value * scale < 1000, places < 12 {
      scale *= 10
      places += 1
    }
    let scaled = value * scale
    let nearest = scaled.rounded()
    let floor = abs(scaled - nearest) <= 1e-9 * nearest ? nearest : scaled.rounded(.down)
    return fixed(floor / scale, places)
  }

  private static func scientific(_ value: Double) -> String {
    if value == 0 { return "0" }
    var exponent = 0
    var mantissa = abs(value)
    while mantissa >= 10 {
      mantissa /= 10
      exponent += 1
    }
    while mantissa < 1 {
      mantissa *= 10
      exponent -= 1
    }
    var digits = fixed(mantissa, 2)
    if digits.hasPrefix("10") {
      digits = "1.00"
      exponent += 1
    }
    while digits.hasSuffix("0") { digits.removeLast() }
    if digits.hasSuffix(".") { digits.removeLast() }
    let sign = exponent < 0 ? "−" : ""
    return (value < 0 ? "-" : "") + "\(digits)e\(sign)\(abs(exponent))"
  }

  private static func grouped(_ value: Double) -> String {
    let digits = Array(fixed(abs(value), 0))
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return (value < 0 ? "-" : "") + text
  }

  private static func bytes(_ value: Double) -> String {
    var amount = value
    for unit in ["B", "kB", "MB", "GB"] {
      if abs(amount) < 1000 { return signed(fixed(amount, unit == "B" ? 0 : 1)) + " \(unit)" }
      amount /= 1000
    }
    return signed(fixed(amount, 1)) + " TB"
  }
}

extension Evidence {
  /// The value as every rendering prints it; `undefined`, `not recorded`, `yes`/`no` where there is no
  /// number.
  public var printedValue: String {
    switch result {
    case .estimate(.defined(let value, _, _)): PrintedNumber.text(value, unit)
    case .estimate(.undefined(let reason, _)):
      reason.hasPrefix("suppressed") ? reason : "undefined: \(reason)"
    case .guarantee(let guarantee): PrintedNumber.text(guarantee.epsilon, .epsilon)
    case .count(let count): PrintedNumber.text(count)
    case .quantity(let value): PrintedNumber.text(value, unit)
    case .flag(let value): value ? "yes" : "no"
    case .text(let text): text
    case .missing(let reason): "not recorded: \(reason)"
    }
  }

  /// `0.846 to 0.858`; `nil` where there is no interval.
  public var printedInterval: String? {
    interval.map { "\(PrintedNumber.text($0.low, unit)) to \(PrintedNumber.text($0.high, unit))" }
  }

  /// `n 6,172`; `nil` where no count belongs to the fact or it is withheld.
  public var printedCount: String? { count.map { "n \(PrintedNumber.text($0))" } }

  /// Value, interval and count in one line, as in JUnit and Markdown. ε is followed by its δ, unit,
  /// relation, accountant and the lower end of its bracket, always.
  public var printedLine: String {
    if case .guarantee(let guarantee) = result {
      let unit = guarantee.unit?.rawValue ?? "not recorded"
      return
        "ε \(printedValue) at δ \(PrintedNumber.text(guarantee.delta, .probability)), unit \(unit), "
        + "\(guarantee.neighbouring.rawValue), accountant \(guarantee.accountant)"
        + (guarantee.epsilon.isInfinite
          ? ""
          : guarantee.epsilonLower.map { ", lower end \(PrintedNumber.lowerEnd($0))" }
            ?? ", no lower end")
    }
    var text = printedValue
    if let printedInterval { text += " (\(printedInterval))" }
    if let printedCount { text += ", \(printedCount)" }
    return text
  }
}
