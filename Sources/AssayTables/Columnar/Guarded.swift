import Synchronization

/// A value that several threads use one after another.
///
/// Sendable although the value need not be: it is touched only inside of ``use(_:)``, while the lock is
/// held, and this type hands out nothing else. `Mutex` alone demands that everything that meets the
/// value be sendable as well, which the memory of a worker is not.
final class Guarded<Value>: @unchecked Sendable {
  private let lock = Mutex(())
  private var value: Value

  init(_ value: Value) { self.value = value }

  /// Runs `body` alone.
  func use<Result, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var result: Result?
    // The lock guards nothing by itself: `value` stands beside it.
    try lock.withLock { _ throws(Failure) in result = try body(&value) }
    guard let result else { preconditionFailure("the body was run") }
    return result
  }
}
