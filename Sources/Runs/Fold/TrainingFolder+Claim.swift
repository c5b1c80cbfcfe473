import Inference
import Records
import Storage
import Training

extension TrainingFolder {
  /// Keeps an unfinished training for this process.
  /// - Returns: nil where it is finished: then what it needs no longer is gone, where a kill had left some.
  /// - Throws: `FolderInUse` while another process is at it.
  func claim() throws -> FolderLock? {
    if isFinished, !Folder.isFolder(checkpoints) { return nil }
    let lock: FolderLock
    do {
      try Folder.create(path)
      // There, so that it goes when the training is finished, also where a kill comes in between.
      try Folder.create(checkpoints)
      lock = try FolderLock(checkpoints)
    } catch  where isFinished {
      return nil  // whoever has finished it tidies up
    }
    // Only now: until it had the lock another process may have been at work here, and have finished it.
    guard isFinished else { return lock }
    try tidy()
    return nil
  }

  /// Removes what a finished training needs no longer, the checkpoints last: as long as their folder is there, there may be
  /// something to remove. Whoever calls this has the lock.
  func tidy() throws {
    try Folder.removeFile(start)
    Folder.remove(soup)
    Folder.remove(diverged)
    CheckpointFolder(path: checkpoints).remove()
  }
}
