/// A JSON document as a value; objects keep the order of their members.
public enum JSONValue: Hashable, Sendable {
  /// `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A number written without fraction or exponent that fits 64 bits.
  case integer(Int)
  /// Any other number. Artifacts may hold NaN and infinities, which strict JSON has no words for.
  case double(Double)
  /// Text.
  case string(String)
  /// A list.
  case array([JSONValue])
  /// Members in order.
  case object(JSONObject)
}

/// The members of a JSON object, in order, each name once.
public struct JSONObject: Hashable, Sendable, ExpressibleByDictionaryLiteral {
  /// The members in order.
  public private(set) var members: [(key: String, value: JSONValue)]
  private var index: [String: Int]

  /// Creates an object without members.
  public init() {
    members = []
    index = [:]
  }

  /// Creates an object from a literal; a later value replaces an earlier one of the same name.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self.init()
    for (key, value) in elements { self[key] = value }
  }

  /// The member of that name; setting `nil` removes it, setting a new name appends it.
  public subscript(key: String) -> JSONValue? {
    get { index[key].map { members[$0].value } }
    set {
      switch (index[key], newValue) {
      case (let at?, let value?): members[at].value = value
      case (nil, let value?):
        index[key] = members.count
        members.append((key, value))
      case (let at?, nil):
        members.remove(at: at)
        index = Dictionary(
          uniqueKeysWithValues: members.enumerated().map { ($0.element.key, $0.offset) })
      case (nil, nil): break
      }
    }
  }

  /// The names in order.
  public var keys: [String] { members.map(\.key) }

  /// Whether names and values are equal, in the same order.
  public static func == (a: JSONObject, b: JSONObject) -> Bool {
    a.members.count == b.members.count
      && zip(a.members, b.members).allSatisfy { $0.key == $1.key && $0.value == $1.value }
  }

  /// Feeds names and values to a hasher.
  public func hash(into hasher: inout Hasher) {
    for (key, value) in members {
      hasher.combine(key)
      hasher.combine(value)
    }
  }
}

extension JSONValue {
  /// The member of an object, `nil` for other values and unknown names.
  public subscript(key: String) -> JSONValue? {
    if case .object(let object) = self { object[key] } else { nil }
  }

  /// The element of an array, `nil` outside of it.
  public subscript(position: Int) -> JSONValue? {
    if case .array(let array) = self, array.indices.contains(position) {
      array[position]
    } else {
      nil
    }
  }

  /// The text of a string.
  public var string: String? { if case .string(let text) = self { text } else { nil } }
  /// The value of a boolean.
  public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  /// The elements of an array.
  public var array: [JSONValue]? { if case .array(let array) = self { array } else { nil } }
  /// The members of an object.
  public var object: JSONObject? { if case .object(let object) = self { object } else { nil } }
  /// An integer, also when written as `3.0`.
  public var integer: Int? {
    switch self {
    case .integer(let value): value
    case .double(let value): Int(exactly: value)
    default: nil
    }
  }
  /// A number; NaN and infinities included.
  public var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .double(let value): value
    default: nil
    }
  }
  /// Whether this is `null`.
  public var isNull: Bool { self == .null }

  /// The text, or null.
  public static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
  /// The integer, or null.
  public static func optional(_ value: Int?) -> JSONValue { value.map { .integer($0) } ?? .null }
  /// The number, or null; NaN is null and an infinity is the string `"infinity"`.
  public static func number(_ value: Double?) -> JSONValue {
    guard let value, !value.isNaN else { return .null }
    if value.isInfinite { return .string(value < 0 ? "-infinity" : "infinity") }
    return .double(value)
  }
  /// A list of texts.
  public static func strings(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }

  /// The number that ``number(_:)`` wrote, infinities included.
  public var extendedDouble: Double? {
    switch self {
    case .string("infinity"): .infinity
    case .string("-infinity"): -.infinity
    default: double
    }
  }
}
