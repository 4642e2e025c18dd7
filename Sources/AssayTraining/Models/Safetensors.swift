import AssayDiagnostics
import AssayFiles

/// The safetensors format: eight bytes of header length (little-endian), a JSON header, the values.
///
/// Written deterministically: tensors in the given order without gaps, metadata in the order of
/// names, the header padded by spaces so that values start at a multiple of 8 bytes.
/// - Note: Source: github.com/huggingface/safetensors, README, section "Format".
public enum Safetensors {
  /// Largest header that is read, as in the reference implementation.
  public static let headerLimit = 100_000_000

  /// A file that was read.
  public struct Contents: Hashable, Sendable {
    /// The tensors in the order of their values in the file.
    public var tensors: [NamedTensor]
    /// Free texts of the header.
    public var metadata: [String: String]
  }

  /// The bytes of a file with 32-bit floats.
  public static func encode(
    _ tensors: [NamedTensor], metadata: [String: String] = [:]
  ) -> [UInt8] {
    var header = JSONObject()
    if !metadata.isEmpty {
      var texts = JSONObject()
      for (key, value) in metadata.sorted(by: { $0.key < $1.key }) { texts[key] = .string(value) }
      header["__metadata__"] = .object(texts)
    }
    var offset = 0
    for tensor in tensors {
      precondition(
        tensor.shape.reduce(1, *) == tensor.values.count && header[tensor.name] == nil,
        "tensors with names of their own and as many values as their shape says")
      let end = offset + 4 * tensor.values.count
      header[tensor.name] = .object([
        "dtype": .string("F32"), "shape": .array(tensor.shape.map { .integer($0) }),
        "data_offsets": .array([.integer(offset), .integer(end)]),
      ])
      offset = end
    }
    var text = Array(JSONValue.object(header).serialized(pretty: false).utf8)
    while text.last == 0x0A { text.removeLast() }
    while text.count % 8 != 0 { text.append(0x20) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 + text.count + offset)
    withUnsafeBytes(of: UInt64(text.count).littleEndian) { bytes.append(contentsOf: $0) }
    bytes.append(contentsOf: text)
    for tensor in tensors {
      #if _endian(little)
        // Floats lie in memory as the format wants them.
        tensor.values.withUnsafeBytes { bytes.append(contentsOf: $0) }
      #else
        for value in tensor.values {
          withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
      #endif
    }
    return bytes
  }

  /// Reads a file of 32-bit floats.
  /// - Throws: A diagnostic when lengths, offsets and shapes do not fit, when values overlap or leave
  ///   gaps, or when a tensor has another type.
  public static func decode(_ bytes: [UInt8], path: String) throws(Diagnostic) -> Contents {
    func bad(_ problem: String, part: String? = nil) -> Diagnostic {
      Diagnostic(
        .syntax(format: "safetensors", problem: problem), at: SourceLocation(path: path, part: part)
      )
    }
    guard bytes.count >= 8 else { throw bad("expected 8 bytes of header length, found the end") }
    var length: UInt64 = 0
    for index in (0..<8).reversed() { length = length << 8 | UInt64(bytes[index]) }
    guard length <= UInt64(headerLimit), length <= UInt64(bytes.count - 8) else {
      throw bad("the header's length \(length) exceeds the file or the limit of \(headerLimit)")
    }
    let start = 8 + Int(length)
    let header = try JSONValue.parse(Array(bytes[8..<start]), path: path)
    guard let members = header.object?.members else { throw bad("the header is no JSON object") }

    var metadata: [String: String] = [:]
    var spans: [(start: Int, end: Int, tensor: NamedTensor)] = []
    for (name, value) in members {
      if name == "__metadata__" {
        for (key, text) in value.object?.members ?? [] { metadata[key] = text.string }
        continue
      }
      guard value["dtype"]?.string == "F32" else {
        throw bad("expected dtype F32", part: "tensor '\(name)'")
      }
      guard let shape = value["shape"]?.array?.map(\.integer),
        let offsets = value["data_offsets"]?.array?.map(\.integer), offsets.count == 2,
        let from = offsets[0], let to = offsets[1]
      else { throw bad("expected shape and two data_offsets", part: "tensor '\(name)'") }
      var extents: [Int] = []
      var count = 1
      for extent in shape {
        guard let extent, extent >= 0 else { throw bad("a bad extent", part: "tensor '\(name)'") }
        let product = count.multipliedReportingOverflow(by: extent)
        guard !product.overflow else { throw bad("a shape beyond 2^63", part: "tensor '\(name)'") }
        count = product.partialValue
        extents.append(extent)
      }
      guard from >= 0, to >= from, to <= bytes.count - start, (to - from) % 4 == 0,
        count == (to - from) / 4
      else {
        throw bad("offsets outside of the file or unlike the shape", part: "tensor '\(name)'")
      }
      let values = stride(from: start + from, to: start + to, by: 4).map { at in
        var word: UInt32 = 0
        for byte in bytes[at..<(at + 4)].reversed() { word = word << 8 | UInt32(byte) }
        return Float(bitPattern: word)
      }
      spans.append((from, to, NamedTensor(name: name, shape: extents, values: values)))
    }
    spans.sort { ($0.start, $0.end) < ($1.start, $1.end) }
    var end = 0
    for span in spans {
      guard span.start == end else { throw bad("values overlap or leave a gap") }
      end = span.end
    }
    guard end == bytes.count - start else { throw bad("bytes after the last tensor") }
    return Contents(tensors: spans.map(\.tensor), metadata: metadata)
  }
}
