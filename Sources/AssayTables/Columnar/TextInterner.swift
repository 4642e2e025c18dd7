/// Distinct texts in order of their first appearance, found by their bytes.
///
/// Texts are told apart byte by byte, not by Unicode's equivalence; a text that is no UTF-8 has no code.
struct TextInterner: Sendable {
  /// The distinct texts.
  private(set) var texts: [String] = []
  /// The bytes of all texts, one behind the other, and where each ends.
  private var bytes: [UInt8] = []
  private var ends: [Int] = []
  /// Open addressing: a code plus one, or 0 where free; a power of two of places.
  private var places: [Int32] = Array(repeating: 0, count: 64)
  /// The code that was given last: rows of one name often stand together.
  private var last: Int32 = -1

  /// The code of a text; `nil` when the bytes are no UTF-8, or for more texts than codes.
  mutating func code(_ text: UnsafeRawBufferPointer) -> Int32? {
    if last >= 0, matches(last, text) { return last }
    var place = Self.hash(text) & (places.count - 1)
    while places[place] != 0 {
      let code = places[place] - 1
      if matches(code, text) {
        last = code
        return code
      }
      place = (place + 1) & (places.count - 1)
    }
    guard texts.count < Int(Int32.max) - 1, let string = String(validating: text, as: UTF8.self)
    else { return nil }
    let code = Int32(texts.count)
    texts.append(string)
    bytes.append(contentsOf: text)
    ends.append(bytes.count)
    places[place] = code + 1
    last = code
    if 2 * texts.count > places.count { grow() }
    return code
  }

  /// A column of codes from here; rows that are missing have code 0.
  func values(_ codes: [Int32], missing: [Bool]?) -> TypedValues {
    .texts(codes: codes, texts: texts.isEmpty ? [""] : texts, missing: missing)
  }

  /// The code of a text in memory.
  mutating func code(_ text: String) -> Int32? {
    var text = text
    return text.withUTF8 { code(UnsafeRawBufferPointer($0)) }
  }

  private func start(_ code: Int32) -> Int { code == 0 ? 0 : ends[Int(code) - 1] }

  /// Whether a code is that of a text.
  func matches(_ code: Int32, _ text: UnsafeRawBufferPointer) -> Bool {
    let start = start(code)
    guard ends[Int(code)] - start == text.count else { return false }
    return bytes.withUnsafeBytes { all in
      // Inside `bytes`, because `ends` never exceeds its count.
      UnsafeRawBufferPointer(rebasing: all[start..<start + text.count]).elementsEqual(text)
    }
  }

  private mutating func grow() {
    places = Array(repeating: 0, count: 4 * places.count)
    for code in texts.indices {
      let (from, to) = (start(Int32(code)), ends[code])
      var place = bytes.withUnsafeBytes {
        Self.hash(UnsafeRawBufferPointer(rebasing: $0[from..<to])) & (places.count - 1)
      }
      while places[place] != 0 { place = (place + 1) & (places.count - 1) }
      places[place] = Int32(code) + 1
    }
  }

  /// Keyed by chance for each process, so that no file can be made to collide; codes do not depend
  /// on it.
  private static func hash(_ text: UnsafeRawBufferPointer) -> Int {
    var hasher = Hasher()
    hasher.combine(bytes: text)
    return hasher.finalize()
  }
}
