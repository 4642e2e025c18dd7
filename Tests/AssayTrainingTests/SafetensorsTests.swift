import Testing

@testable import AssayTraining

@Suite struct SafetensorsTests {
  let tensors = [
    NamedTensor(
      name: "layer1.weight", shape: [2, 3],
      values: [1, -2, 0.5, .pi, Float.leastNonzeroMagnitude, 3e38]),
    NamedTensor(name: "layer1.bias", shape: [2], values: [0, -0.0]),
    NamedTensor(name: "nothing \"quoted\"", shape: [0, 4], values: []),
  ]

  /// Origin: written by hand after the format's README.
  @Test("a small file has exactly the bytes of the format")
  func bytes() {
    let header = #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#
    let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
    let expected =
      [UInt8(padded.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(padded.utf8) + [0, 0, 0x80, 0x3f]
    #expect(
      Safetensors.encode([NamedTensor(name: "a", shape: [1], values: [1])]) == expected)
  }

  @Test("what is written is read back, every bit, with its metadata")
  func roundTrip() throws {
    let metadata = ["arm": "federated", "seed": "1"]
    let bytes = Safetensors.encode(tensors, metadata: metadata)
    #expect(bytes == Safetensors.encode(tensors, metadata: metadata))
    let read = try Safetensors.decode(bytes, path: "model.safetensors")
    #expect(read.metadata == metadata)
    #expect(read.tensors.map(\.name) == tensors.map(\.name))
    #expect(read.tensors.map(\.shape) == tensors.map(\.shape))
    for (a, b) in zip(read.tensors, tensors) {
      #expect(a.values.map(\.bitPattern) == b.values.map(\.bitPattern))
    }
    let start = 8 + Int(bytes[0]) + Int(bytes[1]) * 256
    #expect(start % 8 == 0)
  }

  @Test("every cut of a file is refused, and so is every broken header")
  func broken() {
    let bytes = Safetensors.encode(tensors)
    for length in 0..<bytes.count {
      #expect(throws: (any Error).self) {
        try Safetensors.decode(Array(bytes[..<length]), path: "model.safetensors")
      }
    }
    let headers = [
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}"#,
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#,
      #"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#,
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#,
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#,
      #"{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}"#,
      #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#,
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"#
        + #""b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
      #"{}"#, #"[]"#, #"{"a":1}"#,
    ]
    for header in headers {
      let bytes =
        [UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(header.utf8) + [0, 0, 0, 0]
      #expect(throws: (any Error).self) { try Safetensors.decode(bytes, path: "x") }
    }
    let huge = [UInt8](repeating: 0xff, count: 8) + [0x7b, 0x7d]
    #expect(throws: (any Error).self) { try Safetensors.decode(huge, path: "x") }
  }
}
