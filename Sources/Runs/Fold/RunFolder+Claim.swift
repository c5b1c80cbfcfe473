import Inference
import Records
import Storage
import Training

extension RunFolder {
  /// Keeps an unfinished fold for this process.
  /// - Returns: nil where the fold is finished: then what it needs no longer is gone, where a kill had left some.
  /// - Throws: `FolderInUse` while another process trains the fold.
  func claim(_ fold: Int) throws -> FolderLock? {
    let checkpoints = checkpoints(fold)
    if isFinished(fold), !Folder.isFolder(checkpoints) { return nil }
    let lock: FolderLock
    do {
      try Folder.create(self.fold(fold))
      // There, so that it goes when the fold is finished, also where a kill comes in between.
      try Folder.create(checkpoints)
      lock = try FolderLock(checkpoints)
    } catch  where isFinished(fold) {
      return nil  // whoever has finished it tidies up
    }
    // Only now: until it had the lock another process may have been at work on the fold, and have finished it.
    guard isFinished(fold) else { return lock }
    try tidy(fold)
    return nil
  }

  /// Removes what a finished fold needs no longer, the checkpoints last: as long as their folder is there, there may be
  /// something to remove. Whoever calls this has the fold's lock.
  func tidy(_ fold: Int) throws {
    try Folder.removeFile(start(fold))
    Folder.remove(soup(fold))
    Folder.remove(diverged(fold))
    CheckpointFolder(path: checkpoints(fold)).remove()
  }
}
