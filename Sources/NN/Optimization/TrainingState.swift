package import Torch

/// What must survive when training stops: weights, moments, averages.
///
/// Everything that changes from step to step, and that the seed and the place in the training do not give again,
/// conforms; a checkpoint is a loop over it.
package protocol TrainingState: AnyObject {
  /// By name: the tensors themselves, which exist from the start and are overwritten when training goes on.
  var stateTensors: [(name: String, tensor: Tensor)] { get }
  /// By name: numbers of updates and the like. Setting takes over what was read.
  var stateCounts: [String: Int] { get set }
}

/// Of what has nothing to keep.
package final class NoState: TrainingState {
  package var stateTensors: [(name: String, tensor: Tensor)] { [] }
  package var stateCounts: [String: Int] {
    get { [:] }
    set {}
  }
}

extension ParameterStore: TrainingState {
  package var stateTensors: [(name: String, tensor: Tensor)] { weights.map { ($0.name, $0.tensor) } }
  package var stateCounts: [String: Int] {
    get { [:] }
    set {}
  }
}
