import CKernels

/// Threads that share the work of one arm. What a job computes depends on its index alone, so the
/// number of threads never shows in a result.
final class WorkerPool {
  private let pool: OpaquePointer
  /// Number of workers, the caller included.
  let workers: Int

  /// Starts the threads.
  /// - Parameter threads: How many work at the same time, 1 or more.
  init(threads: Int) {
    guard let pool = assay_pool_create(Int32(clamping: max(1, threads))) else {
      preconditionFailure("out of memory for threads")
    }
    self.pool = pool
    workers = Int(assay_pool_workers(pool))
  }

  deinit { assay_pool_destroy(pool) }

  /// Calls `job(index, worker)` once for each index and returns when all calls have. Calls run at
  /// the same time: a job writes only to memory of its own index or of its worker.
  func run(_ count: Int, _ job: (_ index: Int, _ worker: Int) -> Void) {
    withoutActuallyEscaping(job) { job in
      let box = JobBox(job)
      withExtendedLifetime(box) {
        assay_pool_run(
          pool, Int64(count),
          { context, index, worker in
            Unmanaged<JobBox>.fromOpaque(context).takeUnretainedValue()
              .job(Int(index), Int(worker))
          }, Unmanaged.passUnretained(box).toOpaque())
      }
    }
  }

  private final class JobBox {
    let job: (Int, Int) -> Void
    init(_ job: @escaping (Int, Int) -> Void) { self.job = job }
  }
}

/// Memory for numbers, freed with its owner; workers write to disjoint parts of it at the same time. It
/// begins on a cache line: a vector that crosses from one line to the next costs the kernels double.
final class Memory<Element: BitwiseCopyable> {
  /// The first element.
  let start: UnsafeMutablePointer<Element>
  /// How many there are.
  let count: Int

  /// Allocates and fills.
  init(repeating value: Element, count: Int) {
    let capacity = max(1, count)
    let raw = UnsafeMutableRawPointer.allocate(
      byteCount: capacity * MemoryLayout<Element>.stride, alignment: 64)
    start = raw.initializeMemory(as: Element.self, repeating: value, count: capacity)
    self.count = count
  }

  /// Allocates and copies.
  convenience init(_ values: [Element]) where Element: ExpressibleByIntegerLiteral {
    self.init(repeating: 0, count: values.count)
    values.withUnsafeBufferPointer { values in
      if let first = values.baseAddress { copy(from: first) }
    }
  }

  deinit { UnsafeMutableRawPointer(start).deallocate() }

  /// One element; the index is within `0..<count`.
  subscript(index: Int) -> Element {
    @inline(__always) get { start[index] }
    @inline(__always) set { start[index] = newValue }
  }

  /// The elements as an array.
  var array: [Element] { Array(UnsafeBufferPointer(start: start, count: count)) }

  /// Copies as many elements as this memory holds.
  func copy(from source: UnsafePointer<Element>) { start.update(from: source, count: count) }
}
