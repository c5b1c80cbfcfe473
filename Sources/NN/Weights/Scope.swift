package import Torch

/// A place in the tree of a model's layers: the path of its parameters' names, and where their values come from.
///
/// Construction is loading: a layer made at a scope takes its values from the checkpoint that is mounted there, or
/// begins afresh.
///
///     let dense = Linear(scope["encoder"]["layer"][0]["output.dense"], inputs: 256, outputs: 1024)
package struct Scope {
  enum Source {
    case fresh
    /// Afresh where a checkpoint is mounted: what it has at this place is passed over.
    case replacing(Mount)
    case checkpoint(Mount)
  }

  let store: ParameterStore
  package let path: String
  let source: Source
  let isFullPrecision: Bool

  init(store: ParameterStore, path: String, source: Source, isFullPrecision: Bool = false) {
    self.store = store
    self.path = path
    self.source = source
    self.isFullPrecision = isFullPrecision
  }

  package subscript(_ name: String) -> Scope {
    let path = path.isEmpty ? name : "\(self.path).\(name)"
    return Scope(
      store: store, path: path, source: store.mount(at: path).map(Source.checkpoint) ?? source,
      isFullPrecision: isFullPrecision)
  }

  package subscript(_ index: Int) -> Scope { self["\(index)"] }

  /// The same place for layers that the checkpoint is not expected to hold, such as a new head.
  package var fresh: Scope {
    let fresh: Source =
      switch source {
      case .fresh, .replacing: source
      case .checkpoint(let mount): .replacing(mount)
      }
    return Scope(store: store, path: path, source: fresh, isFullPrecision: isFullPrecision)
  }

  /// The same place for layers that compute in float32 whatever the others do.
  package var inFullPrecision: Scope {
    Scope(store: store, path: path, source: source, isFullPrecision: true)
  }

  /// The same place with values from a checkpoint.
  /// - Parameter prefix: what the checkpoint's names begin with where ours begin with this path, such as `visual.`;
  ///   names that begin otherwise are left to others.
  /// - Parameter renaming: names below this place that the checkpoint spells otherwise; one that ends in a dot stands
  ///   for all below it.
  /// - Parameter ignoring: the checkpoint's names, without the prefix, that no layer need read; one that ends in a dot
  ///   stands for all below it, one that begins with a dot for all that end so.
  package func reading(
    _ file: any TensorFile, under prefix: String = "", renaming: [String: String] = [:],
    ignoring: [String] = []
  ) -> Scope {
    let mount = Mount(
      WeightSource(file, at: path, under: prefix, renaming: renaming, ignoring: ignoring))
    store.add(mount)
    return Scope(store: store, path: path, source: .checkpoint(mount), isFullPrecision: isFullPrecision)
  }

  package var device: Device { store.device }

  /// What the optimizer moves.
  package func parameter(_ name: String, shape: [Int], _ initializer: Initializer) -> Tensor {
    store.parameter(self[name], shape: shape, initializer)
  }

  /// The parameter that this place itself is.
  package func parameter(shape: [Int], _ initializer: Initializer) -> Tensor {
    store.parameter(self, shape: shape, initializer)
  }

  /// What belongs to the weights and is moved by no optimizer, such as BatchNorm's statistics; float32.
  package func buffer(_ name: String, shape: [Int], _ initializer: Initializer) -> Tensor {
    store.buffer(self[name], shape: shape, initializer)
  }

  /// Parameters of this store that are used side by side along their first dimension.
  package func joined(_ parameters: [Tensor]) -> JoinedParameters { store.joined(parameters) }
}

/// Parameters side by side along their first dimension.
package struct JoinedParameters {
  /// One where the store keeps them joined.
  let parts: [Tensor]

  package var tensor: Tensor { parts.count == 1 ? parts[0] : .concatenated(parts) }
}
