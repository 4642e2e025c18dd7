import AssayFiles
import AssayRuns
import AssayTraining

/// What a run keeps beside its output while it trains, so that the same command goes on where a killed
/// one ended and writes the same bytes.
///
/// Nothing is written before the first checkpoint is due, so that short runs leave and pay nothing. Then
/// every finished arm is kept whole, and of the arm that is training the last two states. A damaged or
/// foreign file is not used. When keeping fails, the run says so once and goes on without. The clock
/// decides when something is kept, and never what comes out.
final class RunProgress {
  /// The name of the file that says what the progress belongs to.
  private static let keyName = "key"
  private static let endings = [
    ".finished", ".checkpoint", ".checkpoint-new", ".checkpoint-before",
  ]

  private let path: String
  private let interval: Double
  private let report: (String) -> Void
  private var key = ""
  private var folder: ProgressFolder?
  private var isOff = false
  private var lastEnd = Stopwatch.wall()
  private var lastDuration = 0.0
  /// Finished arms that are not kept yet.
  private var pending: [(name: String, arm: TrainedArm)] = []

  /// - Parameters:
  ///   - output: The folder that the run will write.
  ///   - interval: Seconds between checkpoints; 0 for one after every round.
  init(beside output: String, interval: Double, report: @escaping (String) -> Void) {
    path = ProgressFolder.path(beside: output)
    self.interval = interval
    self.report = report
  }

  /// Looks for the progress of an earlier run with the same input; that of another input is removed.
  func open(key: String) {
    self.key = key
    lastEnd = Stopwatch.wall()
    attempt { () throws(ProgressFolder.Refusal) in try self.openFolder(isCreated: false) }
  }

  private func openFolder(isCreated: Bool) throws(ProgressFolder.Refusal) {
    guard folder == nil, let found = try ProgressFolder.open(path, isCreated: isCreated) else {
      return
    }
    let names = found.names()
    if found.read(Self.keyName) == Array(key.utf8) {
      folder = found
      return
    }
    if names.contains(where: isOurs) {
      report("the progress in \(path) belongs to another pilot, data or version: removed")
    }
    if isCreated {
      for name in names where isOurs(name) { found.remove(name) }
      try found.write(Array(key.utf8), to: Self.keyName)
      folder = found
    } else {
      found.removeFolder(with: names.filter(isOurs) + [Self.keyName])
    }
  }

  private func isOurs(_ name: String) -> Bool { Self.endings.contains { name.hasSuffix($0) } }

  /// Does something with files; the first failure ends all keeping.
  private func attempt(_ work: () throws(ProgressFolder.Refusal) -> Void) {
    guard !isOff else { return }
    do {
      try work()
    } catch {
      isOff = true
      folder = nil
      pending = []
      report("no checkpoints: \(error.reason)")
    }
  }

  /// The arm of that name when it was finished before.
  func finished(_ name: String) -> TrainedArm? {
    guard let bytes = folder?.read("\(name).finished") else { return nil }
    do {
      let arm = try TrainedArm(checkpoint: bytes, key: armKey(name))
      report("\(name) was trained before")
      return arm
    } catch {
      report("\(name): a finished arm is not used: \(error.reason)")
      return nil
    }
  }

  private func armKey(_ name: String) -> String { "\(key) \(name)" }

  /// The hooks for training an arm.
  func checkpoints(_ name: String) -> TrainingCheckpoints {
    TrainingCheckpoints(
      key: armKey(name),
      saved: {
        // Killed between the two renames, the newest still has its first name.
        [".checkpoint-new", ".checkpoint", ".checkpoint-before"].compactMap {
          self.folder?.read(name + $0)
        }
      },
      isDue: { self.isDue },
      save: { bytes in
        self.write { folder throws(ProgressFolder.Refusal) in
          // The old one steps back only now that there is a whole new one.
          try folder.write(bytes, to: "\(name).checkpoint-new")
          folder.rename("\(name).checkpoint", to: "\(name).checkpoint-before")
          folder.rename("\(name).checkpoint-new", to: "\(name).checkpoint")
        }
      }, report: { self.report("\(name): \($0)") })
  }

  /// Whether it is time: keeping takes at most a tenth of the time, however large the state is.
  private var isDue: Bool {
    guard !isOff else { return false }
    return interval == 0 || Stopwatch.wall() - lastEnd >= max(interval, 10 * lastDuration)
  }

  /// Keeps an arm that is finished, now or with the next checkpoint.
  func keep(_ arm: TrainedArm, as name: String) {
    guard !isOff, arm.status != .killed else { return }
    pending.append((name, arm))
    if isDue { write() }
  }

  /// Keeps what is left when all arms are trained: evaluating them may take as long.
  func endTraining() {
    if folder != nil, !pending.isEmpty { write() }
  }

  /// Writes finished arms, and then what `more` writes.
  private func write(
    _ more: (ProgressFolder) throws(ProgressFolder.Refusal) -> Void = { _ in }
  ) {
    let start = Stopwatch.wall()
    attempt { () throws(ProgressFolder.Refusal) in
      try self.openFolder(isCreated: true)
      guard let folder = self.folder else { return }
      for (name, arm) in self.pending {
        try folder.write(arm.checkpoint(key: self.armKey(name)), to: "\(name).finished")
        for ending in Self.endings.dropFirst() { folder.remove(name + ending) }
      }
      self.pending = []
      try more(folder)
    }
    lastEnd = Stopwatch.wall()
    lastDuration = lastEnd - start
  }

  /// Removes everything, once the run has written its output.
  func remove() {
    guard let folder else { return }
    folder.removeFolder(with: folder.names().filter(isOurs) + [Self.keyName])
    self.folder = nil
  }
}

extension ResolvedPlan {
  /// What training depends on, as one digest: version, pilot, data, imported runs and noise. Threads,
  /// vector instructions and the clock of documents are not part of it: they change no weight.
  func progressKey(imported: [String: Run]) -> String {
    var text = "assay.progress/1\n\(AssayVersion.current)\n\(Trainer.identity)\n\(pilot.digest)\n"
    let sources = data.sources + imported.sorted { $0.key < $1.key }.flatMap(\.value.sources)
    for source in sources { text += "\(source.sha256) \(source.path)\n" }
    // Statements say whether sampling counts, and with it how much noise a budget needs.
    for arm in arms {
      if let privacy = arm.privacy { text += "\(arm.name) \(privacy.noiseMultiplier)\n" }
    }
    return SHA256.hexDigest(text)
  }
}
