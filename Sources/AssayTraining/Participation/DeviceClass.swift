/// A kind of device: how fast it trains and sends, and in which state a round finds it.
///
/// A client belongs to one class for a whole run, drawn by ``share``. State (battery, network, load)
/// is drawn for each client and round, uniformly within its range.
public struct DeviceClass: Hashable, Sendable {
  /// Name, for traces and documents.
  public var name: String
  /// Share of the clients that have it; shares of all classes add up to 1.
  public var share: Double
  /// Examples trained in a virtual second, at least 10⁻⁶; infinity takes no time.
  public var examplesPerSecond: Double
  /// Bytes sent in a virtual second, at least 10⁻⁶; infinity takes no time.
  public var uplinkBytesPerSecond: Double
  /// Bytes received in a virtual second, at least 10⁻⁶; infinity takes no time.
  public var downlinkBytesPerSecond: Double
  /// Memory in bytes; infinity when it is no limit.
  public var memoryBytes: Double
  /// Share of the memory that is free, within `0...1`.
  public var freeMemory: ClosedRange<Double>
  /// Share of the processor that is busy with something else, within `0...1`. It decides whether the
  /// client declines; it does not slow training.
  public var busy: ClosedRange<Double>
  /// Charge of the battery, within `0...1`; 1 for devices on mains power.
  public var battery: ClosedRange<Double>
  /// Probability that the network costs money by volume, in `0...1`.
  public var meteredShare: Double

  /// Creates a class; what is left out is no limit.
  public init(
    name: String, share: Double, examplesPerSecond: Double = .infinity,
    uplinkBytesPerSecond: Double = .infinity, downlinkBytesPerSecond: Double = .infinity,
    memoryBytes: Double = .infinity, freeMemory: ClosedRange<Double> = 1...1,
    busy: ClosedRange<Double> = 0...0, battery: ClosedRange<Double> = 1...1,
    meteredShare: Double = 0
  ) {
    self.name = name
    self.share = share
    self.examplesPerSecond = examplesPerSecond
    self.uplinkBytesPerSecond = uplinkBytesPerSecond
    self.downlinkBytesPerSecond = downlinkBytesPerSecond
    self.memoryBytes = memoryBytes
    self.freeMemory = freeMemory
    self.busy = busy
    self.battery = battery
    self.meteredShare = meteredShare
  }

  /// Whether every value lies in its range: rates of at least 10⁻⁶, shares in `0...1`.
  var isSound: Bool {
    let unit = 0.0...1.0
    return min(examplesPerSecond, uplinkBytesPerSecond, downlinkBytesPerSecond) >= 1e-6
      && memoryBytes > 0 && unit.contains(share) && unit.contains(meteredShare)
      && [freeMemory, busy, battery].allSatisfy {
        unit.contains($0.lowerBound) && unit.contains($0.upperBound)
      }
  }

  /// A device that takes no time and is always in good state: what a plan without devices has.
  static let unlimited = DeviceClass(name: "", share: 1)
}

/// Conditions under which a client declines before it trains.
public struct Guardrails: Hashable, Sendable {
  /// Least charge of the battery, in `0...1`.
  public var minimumBattery: Double
  /// Whether a client trains on a network that costs money by volume.
  public var allowMetered: Bool
  /// Largest share of the processor that may be busy with something else, in `0...1`.
  public var maximumBusy: Double
  /// Least free memory in bytes, 0 or more.
  public var minimumFreeMemoryBytes: Double

  /// Creates guardrails; the default never declines.
  public init(
    minimumBattery: Double = 0, allowMetered: Bool = true, maximumBusy: Double = 1,
    minimumFreeMemoryBytes: Double = 0
  ) {
    self.minimumBattery = minimumBattery
    self.allowMetered = allowMetered
    self.maximumBusy = maximumBusy
    self.minimumFreeMemoryBytes = minimumFreeMemoryBytes
  }
}
