package import Torch

/// A place in the tree of a model's layers: the path of its parameters' names, and where their values come from.
///
/// Construction is loading: a layer made at a scope takes its values from the store's checkpoint, or begins afresh.
///
///     let dense = Linear(scope["encoder"]["layer"][0]["output.dense"], inputs: 256, outputs: 1024)
package struct Scope {
  let store: ParameterStore
  package let path: String
  let isFresh: Bool

  package subscript(_ name: String) -> Scope {
    Scope(store: store, path: path.isEmpty ? name : "\(path).\(name)", isFresh: isFresh)
  }

  package subscript(_ index: Int) -> Scope { self["\(index)"] }

  /// The same place for layers that the checkpoint is not expected to hold, such as a new head.
  package var fresh: Scope { Scope(store: store, path: path, isFresh: true) }

  package func parameter(_ name: String, shape: [Int], _ initializer: Initializer) -> Tensor {
    store.make(self[name].path, shape: shape, initializer: initializer, isFresh: isFresh)
  }
}

/// Whether dropout is on.
package enum Mode: Sendable {
  case training
  case evaluation
}
