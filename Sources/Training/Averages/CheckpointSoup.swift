package import NN
import Storage
package import SystemPackage
package import Torch

/// The epochs of a fold that scored best on the videos held out, kept as files until the mean of their weights is taken
/// (a soup of one training's checkpoints; Wortsman et al., 2022). Chosen by these videos, it flatters their scores.
package struct CheckpointSoup {
  let path: FilePath
  /// How many epochs it is made of.
  let size: Int

  package init(path: FilePath, size: Int) {
    self.path = path
    self.size = size
  }

  private static let score = "score"

  /// Keeps the weights as they are where the epoch is among the best so far; of equal ones the earlier stays.
  package func add(_ store: ParameterStore, epoch: Int, score: Double) throws {
    try Folder.create(path)
    let name = String(epoch)
    let file = path.appending(String(repeating: "0", count: max(0, 6 - name.count)) + name + ".safetensors")
    try store.write(to: file, metadata: [Self.score: "\(score)"])
    for (file, _) in try ranking().dropFirst(size) { try Folder.removeFile(file) }
  }

  /// What it is made of, the best first.
  package func ingredients() throws -> [Safetensors] { try ranking().map(\.weights) }

  private func ranking() throws -> [(file: FilePath, weights: Safetensors)] {
    let files = try Folder.names(in: path).filter { $0.hasSuffix(".safetensors") && !$0.hasPrefix(".") }
    let all = try files.map { name in
      let file = path.appending(name)
      let weights = try Safetensors(file)
      return (file: file, weights: weights, score: Double(weights.metadata[Self.score] ?? "") ?? 0)
    }
    return all.sorted { ($1.score, $0.file.string) < ($0.score, $1.file.string) }.map {
      ($0.file, $0.weights)
    }
  }
}
