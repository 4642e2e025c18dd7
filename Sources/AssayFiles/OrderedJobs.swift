import Dispatch
import Synchronization

/// Independent jobs on several threads, with their results in the order of the jobs.
public enum OrderedJobs {
  /// The result of every job, whatever the number of threads. Jobs are taken in order, so callers put
  /// the largest first.
  public static func results<Result: Sendable>(
    count: Int, threads: Int, _ job: @Sendable (Int) -> Result
  ) -> [Result] {
    let workers = min(max(1, threads), count)
    if workers <= 1 { return (0..<count).map(job) }
    let next = Atomic(0)
    let finished = Mutex<[Result?]>(Array(repeating: nil, count: count))
    DispatchQueue.concurrentPerform(iterations: workers) { _ in
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        if index >= count { return }
        let result = job(index)
        finished.withLock { $0[index] = result }
      }
    }
    return finished.withLock { $0 }.compactMap { $0 }
  }
}
