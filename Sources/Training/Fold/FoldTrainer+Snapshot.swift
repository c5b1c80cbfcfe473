import Inference
import NN
import Storage
package import Torch

extension FoldTrainer {
  /// Everything that training goes on from.
  package func snapshot() -> (tensors: [String: Tensor], counts: [String: Int]) {
    var tensors = RandomStates.save(on: runtime.device)
    var counts: [String: Int] = [:]
    for (owner, state) in states {
      for (name, tensor) in state.stateTensors { tensors["\(owner)/\(name)"] = tensor }
      for (name, count) in state.stateCounts { counts["\(owner)/\(name)"] = count }
    }
    return (tensors, counts)
  }

  /// Goes on from a checkpoint.
  /// - Throws: `CheckpointError` naming all that does not fit; then nothing is changed.
  package func restore(_ checkpoint: CheckpointFolder.Checkpoint) throws {
    let file = checkpoint.tensors
    var rest = Set(file.names)
    var problems: [String] = []
    for (owner, state) in states {
      for (name, tensor) in state.stateTensors.map({ ("\(owner)/\($0)", $1) }) {
        rest.remove(name)
        let found = file.shape(of: name)
        if found != tensor.shape {
          problems.append("'\(name)' is \(found.map { "\($0)" } ?? "missing"), not \(tensor.shape)")
        }
      }
    }
    rest = rest.filter { !RandomStates.isState($0) }
    problems += rest.sorted().map { "'\($0)' belongs to nothing" }
    guard problems.isEmpty else { throw CheckpointError(path: file.path, problems: problems) }

    try withoutGradients {
      for (owner, state) in states {
        for (name, tensor) in state.stateTensors { tensor.copy(from: try file.tensor("\(owner)/\(name)")) }
        let own = checkpoint.state.counts.filter { $0.key.hasPrefix(owner + "/") }
        state.stateCounts = Dictionary(
          uniqueKeysWithValues: own.map { (String($0.key.dropFirst(owner.count + 1)), $0.value) })
      }
    }
    RandomStates.restore(
      try Dictionary(
        uniqueKeysWithValues: file.names.filter(RandomStates.isState).map { ($0, try file.tensor($0)) }))
    progress = checkpoint.state.progress
  }
}
