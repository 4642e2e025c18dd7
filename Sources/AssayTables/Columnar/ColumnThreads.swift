import AssayDiagnostics
import Dispatch
import Synchronization

/// Runs independent jobs on several threads and takes their results in the order of the jobs.
enum ColumnThreads {
  private struct Progress<State: Sendable, Result: Sendable>: Sendable {
    var state: State
    /// Results whose predecessors are not there yet: about as many as there are threads.
    var waiting: [Int: Result] = [:]
    var next = 0
  }

  /// Jobs `0..<count`, whose results are folded into a state in their order.
  /// - Parameters:
  ///   - early: How many of the last jobs are begun before all others, because they are long; their
  ///     results are taken last all the same, so that nothing waits for them.
  ///   - job: Called on any thread.
  ///   - take: Called with every result in order, by one thread at a time.
  static func fold<State: Sendable, Result: Sendable>(
    count: Int, early: Int = 0, threads: Int, into state: consuming State,
    job: @Sendable (Int) -> Result,
    take: @Sendable (inout State, Int, consuming Result) -> Void
  ) -> State {
    let workers = min(max(1, threads), count)
    if workers <= 1 {
      var state = state
      for index in 0..<count { take(&state, index, job(index)) }
      return state
    }
    let taken = Atomic(0)
    let progress = Mutex(Progress<State, Result>(state: state))
    DispatchQueue.concurrentPerform(iterations: workers) { _ in
      while true {
        let place = taken.wrappingAdd(1, ordering: .relaxed).oldValue
        if place >= count { return }
        let index = place < early ? count - early + place : place - early
        let result = job(index)
        progress.withLock { progress in
          progress.waiting[index] = result
          while let ready = progress.waiting.removeValue(forKey: progress.next) {
            take(&progress.state, progress.next, ready)
            progress.next += 1
          }
        }
      }
    }
    return progress.withLock { $0.state }
  }
}

extension DiagnosticList {
  /// Adds the problems of another list behind those of this one.
  mutating func append(contentsOf other: DiagnosticList) {
    self = DiagnosticList(diagnostics + other.diagnostics, omitted: omitted + other.omitted)
  }
}
