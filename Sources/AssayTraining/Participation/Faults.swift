/// Probabilities of what goes wrong with one upload; at most one of them happens to it, so that they
/// add up to at most 1. Each attempt is drawn anew.
public struct Faults: Hashable, Sendable {
  /// The upload never arrives; the client finds out and may try again.
  public var lost = 0.0
  /// The connection breaks while sending: some values arrive, fewer than announced.
  public var truncated = 0.0
  /// One bit changes on the way.
  public var bitFlip = 0.0
  /// A value is NaN.
  public var notANumber = 0.0
  /// A value is infinite.
  public var infinity = 0.0
  /// The update has another number of values than the model.
  public var wrongShape = 0.0
  /// The update was computed from another version of the model.
  public var wrongVersion = 0.0
  /// The weight is negative, NaN, infinite or out of all proportion.
  public var absurdWeight = 0.0
  /// The same update arrives twice.
  public var duplicate = 0.0
  /// A second update of the same client and round arrives that differs from the first.
  public var conflictingDuplicate = 0.0

  /// Creates faults that never happen.
  public init() {}

  /// One kind of fault.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    case lost, truncated
    case bitFlip = "bit_flip"
    case notANumber = "nan"
    case infinity
    case wrongShape = "wrong_shape"
    case wrongVersion = "wrong_version"
    case absurdWeight = "absurd_weight"
    case duplicate
    case conflictingDuplicate = "conflicting_duplicate"
  }

  /// The probability of one kind.
  public subscript(kind: Kind) -> Double {
    get { self[keyPath: Self.path(kind)] }
    set { self[keyPath: Self.path(kind)] = newValue }
  }

  private static func path(_ kind: Kind) -> WritableKeyPath<Faults, Double> {
    switch kind {
    case .lost: \.lost
    case .truncated: \.truncated
    case .bitFlip: \.bitFlip
    case .notANumber: \.notANumber
    case .infinity: \.infinity
    case .wrongShape: \.wrongShape
    case .wrongVersion: \.wrongVersion
    case .absurdWeight: \.absurdWeight
    case .duplicate: \.duplicate
    case .conflictingDuplicate: \.conflictingDuplicate
    }
  }

  /// Probability that anything goes wrong with an upload.
  public var total: Double {
    var sum = 0.0
    for kind in Kind.allCases { sum += self[kind] }
    return sum
  }

  /// Whether the server must compare digests: a bit may flip, or an update may arrive twice.
  var needsDigest: Bool { bitFlip > 0 || duplicate > 0 || conflictingDuplicate > 0 }

  /// The fault that a uniform number in `0..<1` stands for.
  func kind(at uniform: Double) -> Kind? {
    var end = 0.0
    for kind in Kind.allCases {
      end += self[kind]
      if uniform < end { return kind }
    }
    return nil
  }
}
