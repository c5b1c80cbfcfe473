import Storage
package import SystemPackage

/// Where one training has its files: a fold of a run, or a pre-training.
package struct TrainingFolder: Sendable {
  package let path: FilePath
  /// The file that is written last: with it the training is finished.
  package let last: FilePath

  package init(path: FilePath, last: FilePath) {
    self.path = path
    self.last = last
  }

  package var events: FilePath { path.appending("events.jsonl") }
  package var checkpoints: FilePath { path.appending("checkpoints") }
  package var diverged: FilePath { path.appending("diverged") }
  package var soup: FilePath { path.appending("soup") }
  package var start: FilePath { path.appending("start.safetensors") }

  package var isFinished: Bool { Folder.exists(last) }
}
