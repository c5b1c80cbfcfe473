package import Storage
package import SystemPackage
package import Torch

/// The checkpoints of a fold that is being trained. That of step 120 is two files: `step-120.safetensors` with every
/// tensor that training changes, and `step-120.json`, written after it, without which it is none.
package struct CheckpointFolder {
  package let path: FilePath

  package init(path: FilePath) { self.path = path }

  /// A checkpoint that was read and found whole.
  package struct Checkpoint {
    package let state: CheckpointDescription.State
    package let tensors: Safetensors
  }

  private func tensors(_ step: Int) -> FilePath { path.appending("step-\(step).safetensors") }
  private func description(_ step: Int) -> FilePath { path.appending("step-\(step).json") }

  /// Makes the folder, and removes what a killed process left half written there.
  package func open() throws(FileError) {
    try Folder.create(path)
    try AtomicFile.removePartials(in: path)
  }

  /// The steps that there is a checkpoint of, the newest first; which says nothing of their state.
  package func steps() throws(FileError) -> [Int] {
    try Folder.names(in: path).compactMap { name in
      guard name.hasPrefix("step-"), name.hasSuffix(".json") else { return nil }
      return Int(name.dropFirst("step-".count).dropLast(".json".count))
    }.sorted(by: >)
  }

  /// - Throws: what is wrong with the checkpoint, in one line.
  package func read(_ step: Int) throws -> Checkpoint {
    let description = try JSONText.read(CheckpointDescription.self, from: description(step))
    let path = tensors(step)
    let file = try MappedFile(path)
    guard file.count == description.bytes else {
      throw DamagedCheckpoint(
        path: path, reason: "has \(file.count) bytes, \(description.bytes) were written")
    }
    var checksum = Checksum()
    file.withBytes { checksum.add($0) }
    guard CheckpointDescription.checksum(description.state, tensors: checksum) == description.checksum else {
      throw DamagedCheckpoint(
        path: path, reason: "it or its JSON is not what was written: the checksum differs")
    }
    return Checkpoint(state: description.state, tensors: try Safetensors(path))
  }

  package func write(_ state: CheckpointDescription.State, _ tensors: [String: Tensor]) throws(FileError) {
    let step = state.progress.step
    var checksum = Checksum()
    try Safetensors.write(tensors, to: self.tensors(step), checksum: &checksum)
    try JSONText.write(CheckpointDescription(state, tensors: checksum), to: description(step))
  }

  /// Removes all checkpoints but those of `steps`.
  package func keepOnly(_ steps: [Int]) throws(FileError) {
    for step in try self.steps() where !steps.contains(step) {
      try Folder.removeFile(description(step))
      try Folder.removeFile(tensors(step))
    }
  }

  /// Removes everything.
  package func remove() { Folder.remove(path) }
}

package struct DamagedCheckpoint: ReportableError {
  let path: FilePath
  let reason: String

  package init(path: FilePath, reason: String) {
    self.path = path
    self.reason = reason
  }

  package var kind: ErrorKind { .badData }
  package var description: String { "\(path): \(reason)" }
}
