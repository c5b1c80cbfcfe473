import Dataset
import Glibc
import Storage
import SystemPackage

/// What a process may do in an output folder.
enum ExtractionClaim {
  /// Nothing: the dataset is there already.
  case complete(DatasetDescription)
  /// Work on this plan, going on from the finished dataset `previous`. While the lock is held, nobody makes anything else
  /// there.
  case work(ExtractionPlan, previous: DatasetDescription?, FileLock)
}

extension ExtractionPlan {
  /// The finished dataset, if the folder has this very one and nothing of it is to be read again. Changes nothing.
  func finished(in folder: WorkFolder, ids: VideoIDs) throws -> DatasetDescription? {
    guard let finished = try folder.dataset() else { return nil }
    let isSame = difference(from: ExtractionPlan(finished), ids: ids) == nil && finished.videos == videos
    return isSame && (!isRetry || finished.quarantined == 0) ? finished : nil
  }

  /// Makes the output folder ready to be worked in, or joins those who are at work there on the same.
  ///
  /// - Parameters:
  ///   - overwrite: what another extraction made there goes. Nothing else ever does.
  ///   - isAlone: whether no other process is meant to take part; counts where the file system has no locks.
  /// - Throws: `DatasetError` when the folder holds something else, or others are at work on something else; `FileError`,
  ///   `CancellationError`.
  func claim(
    _ folder: WorkFolder, ids: VideoIDs, overwrite: Bool, isAlone: Bool
  ) throws -> ExtractionClaim {
    try Folder.create(folder.output)
    while true {
      try Task.checkCancellation()
      if let lock = try FileLock.take(.exclusive, at: folder.lock) {
        let isAlone = isAlone || lock.obstacle == nil
        let claim = try prepare(folder, lock, ids: ids, overwrite: overwrite, isAlone: isAlone)
        guard case .work(let plan, _, _) = claim else { return claim }
        // In between, another one may have replaced the plan.
        guard try lock.share(), try ExtractionPlan.read(folder) == plan else { throw folder.isInUse() }
        return claim
      }
      guard !overwrite else { throw folder.isInUse() }
      if let lock = try FileLock.take(.shared, at: folder.lock),
        let claim = try join(folder, lock, ids: ids)
      {
        return claim
      }
      usleep(10_000)  // somebody makes the folder ready, or has finished just now
    }
  }

  private func join(_ folder: WorkFolder, _ lock: FileLock, ids: VideoIDs) throws -> ExtractionClaim? {
    guard let present = try ExtractionPlan.read(folder) else { return nil }
    if let difference = difference(from: present, ids: ids) { throw folder.isInUse(", \(difference)") }
    if present.videos < videos { throw folder.isInUse(", of fewer videos") }
    if isRetry, !present.isRetry { throw folder.isInUse(", without --retry-quarantined") }
    return .work(present, previous: try folder.previousDataset(), lock)
  }

  private func prepare(
    _ folder: WorkFolder, _ lock: FileLock, ids: VideoIDs, overwrite: Bool, isAlone: Bool
  ) throws -> ExtractionClaim {
    // In this order: where there are no locks, others may be at work, and each of these comes before the one before goes.
    let names = try Folder.names(in: folder.output)
    var unfinished = try ExtractionPlan.read(folder)
    var finished = try folder.dataset()
    var previous = try folder.previousDataset()
    let earlier = [unfinished, finished.map(ExtractionPlan.init), previous.map(ExtractionPlan.init)]
      .compactMap(\.self)
    let outputs = names.filter(WorkFolder.isOutput)
    if let stranger = outputs.first(where: { name in !earlier.contains { $0.makes(name) } }) {
      throw folder.refusal("holds \(stranger), which no extraction here made")
    }
    if overwrite {
      try remove(outputs, folder)
      (unfinished, finished, previous) = (nil, nil, nil)
    }
    var plan = self
    for dataset in [finished, previous].compactMap(\.self) {
      try refuse(difference(from: ExtractionPlan(dataset), ids: ids), folder, "a dataset")
    }
    if let finished {
      if finished.videos == videos, !isRetry || finished.quarantined == 0 { return .complete(finished) }
      // Left by a process that was killed when all was done.
      if isAlone { try folder.removeWork() }
    } else if let unfinished {
      try refuse(difference(from: unfinished, ids: ids), folder, "an unfinished extraction")
      plan.isRetry = isRetry || unfinished.isRetry
    }
    try Folder.create(folder.path)
    try JSONText.write(plan, to: folder.plan)
    if finished != nil { try folder.keepDataset() }
    if isAlone { folder.removePartials(among: names) }
    return .work(plan, previous: try folder.previousDataset(), lock)
  }

  /// Removes what an earlier extraction made. Whenever a kill comes in between, the folder counts as incomplete, and what
  /// is still there as that extraction's.
  private func remove(_ names: [String], _ folder: WorkFolder) throws {
    try Folder.create(folder.path)
    try folder.keepDataset()
    for name in names where name != DatasetDescription.fileName.string {
      try Folder.removeFile(folder.output.appending(name))
    }
    try folder.removeWork()
  }

  private func refuse(_ difference: String?, _ folder: WorkFolder, _ what: String) throws(DatasetError) {
    guard let difference else { return }
    throw folder.refusal("holds \(what) \(difference)", "choose another folder, or --overwrite to replace it")
  }
}
