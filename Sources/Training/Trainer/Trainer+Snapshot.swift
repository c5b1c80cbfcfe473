import NN
import Storage
import Tasks
package import Torch

extension Trainer {
  /// What a checkpoint holds, by the name of its owner.
  private var states: [(owner: String, state: any TrainingState)] {
    let some: [(String, (any TrainingState)?)] = [("average", average.state), ("memory", memory)]
    return [("model", store), ("optimizer", optimizer)]
      + some.compactMap { owner, state in state.map { (owner, $0) } }
  }

  /// All that a step computes with: the weights, and what a teacher has besides.
  package var computing: [(name: String, tensor: Tensor)] {
    let own = store.weights.map { (name: $0.name, tensor: $0.tensor) }
    let others = states.filter { $0.owner == "memory" || $0.owner == "average" && task.asksAverage }
    return own
      + others.flatMap { owner, state in
        state.stateTensors.map { (name: "\(owner)/\($0.name)", tensor: $0.tensor) }
      }
  }

  /// Everything that training goes on from.
  package func snapshot() -> (tensors: [String: Tensor], counts: [String: Int]) {
    var tensors: [String: Tensor] = [:]
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
    progress = checkpoint.state.progress
  }
}
