package import Storage
package import SystemPackage
package import Torch

/// All weights of a model, flat and in the order in which the layers were made.
///
/// Saving, averaging, freezing, learning-rate groups and weight decay are loops over `parameters`; what is saved and
/// moved to other machines, without being optimised, are `buffers`.
package final class ParameterStore {
  package struct Weight {
    /// The published name, such as `encoder.layer.0.attention.self.query.weight`.
    package let name: String
    /// Parameters are float32 leaves of the graph.
    package let tensor: Tensor
  }

  package private(set) var parameters: [Weight] = []
  package private(set) var buffers: [Weight] = []
  package let device: Device
  /// What this store computes with the weights of; nil where it has weights of its own.
  private let replica: Replica?
  /// What initial values are drawn from.
  private let random: Generator
  /// Of all layers for which a scope names no other source.
  private let mount: Mount?
  private var mounts: [Mount] = []
  /// Of the places that have a source of their own.
  private var placed: [String: Mount] = [:]
  private var names: Set<String> = []

  /// - Parameter checkpoint: where all values come from but those for which a scope names another source; nil
  ///   initialises them afresh.
  /// - Parameter sources: of places that have one of their own.
  /// - Parameter seed: of what is initialised afresh.
  package init(
    checkpoint: (any TensorFile)? = nil, sources: [WeightSource] = [], seed: UInt64 = 0,
    on device: Device = .cpu
  ) {
    self.device = device
    mount = checkpoint.map { Mount(WeightSource($0, at: "")) }
    let placed = sources.map(Mount.init)
    self.placed = Dictionary(uniqueKeysWithValues: placed.map { ($0.source.path, $0) })
    mounts = (mount.map { [$0] } ?? []) + placed
    random = Generator(seed: seed)
    replica = nil
  }

  /// The weights of another store with other values, such as their mean, which replicas compute with.
  /// - Parameter values: in the order of the other's weights; the memory is shared, and no gradient is asked for.
  package init(like other: ParameterStore, values: [Tensor]) {
    precondition(values.count == other.weights.count)
    device = other.device
    replica = nil
    random = Generator(seed: 0)
    mount = nil
    let weights = zip(other.weights, values).map { Weight(name: $0.name, tensor: $1) }
    parameters = Array(weights.prefix(other.parameters.count))
    buffers = Array(weights.dropFirst(other.parameters.count))
  }

  /// A store whose layers compute with the weights of another.
  init(_ replica: Replica, on device: Device) {
    self.replica = replica
    self.device = device
    random = Generator(seed: 0)
    mount = nil
  }

  package var root: Scope {
    Scope(store: self, path: "", source: mount.map(Scope.Source.checkpoint) ?? .fresh)
  }

  package var tensors: [Tensor] { parameters.map(\.tensor) }

  /// Parameters, then buffers: what a file of the weights holds.
  package var weights: [Weight] { parameters + buffers }

  /// Number of trainable numbers.
  package var count: Int { parameters.reduce(0) { $0 + $1.tensor.count } }

  func add(_ mount: Mount) { mounts.append(mount) }

  func mount(at path: String) -> Mount? { placed[path] }

  func parameter(_ scope: Scope, shape: [Int], _ initializer: Initializer) -> Tensor {
    if let replica { return replica.parameter(scope.path, isFullPrecision: scope.isFullPrecision) }
    let tensor = make(scope, shape: shape, initializer)
    tensor.requiresGradient = true
    parameters.append(Weight(name: scope.path, tensor: tensor))
    return tensor
  }

  func buffer(_ scope: Scope, shape: [Int], _ initializer: Initializer) -> Tensor {
    if let replica { return replica.buffer(scope.path) }
    let tensor = make(scope, shape: shape, initializer)
    buffers.append(Weight(name: scope.path, tensor: tensor))
    return tensor
  }

  func joined(_ parameters: [Tensor]) -> JoinedParameters {
    JoinedParameters(parts: replica.map { [$0.joined(parameters)] } ?? parameters)
  }

  private func make(_ scope: Scope, shape: [Int], _ initializer: Initializer) -> Tensor {
    precondition(names.insert(scope.path).inserted, "two parameters are called \(scope.path)")
    switch scope.source {
    case .fresh: return fresh(shape, initializer)
    case .replacing(let mount):
      mount.noteFresh(scope.path)
      return fresh(shape, initializer)
    case .checkpoint(let mount) where mount.isFresh(scope.path):
      return fresh(shape, initializer)
    case .checkpoint(let mount):
      // What takes the place of a tensor that does not fit takes no memory: the shape may be absurd.
      return mount.tensor(scope.path, shape: shape)?.to(.float32).to(device)
        ?? Tensor.zeros([], on: device).expanded(shape)
    }
  }

  /// Drawn on the processor: a seed stands for the same weights on every device.
  private func fresh(_ shape: [Int], _ initializer: Initializer) -> Tensor {
    initializer.tensor(
      shape: shape, drawingFrom: random, on: device == .shapesOnly ? .shapesOnly : .cpu
    ).to(device)
  }

  /// To be called when every layer is made. A layer that was declared fresh takes the place of what the checkpoint
  /// has at its path, which is passed over.
  /// - Throws: `CheckpointError` with every key that a checkpoint lacks, that nobody read, or whose shape differs, of
  ///   all checkpoints.
  package func finish() throws(CheckpointError) {
    var files: [CheckpointError.File] = []
    var seen: [any TensorFile] = []
    for file in mounts.map(\.file) where !seen.contains(where: { $0 === file }) {
      seen.append(file)
      let own = mounts.filter { $0.file === file }
      let read = own.reduce(into: Set<String>()) { $0.formUnion($1.read) }
      // What one place leaves, another may read.
      let unread = Set(own.flatMap(\.unread)).subtracting(read).sorted().map {
        "'\(file.spelling(of: $0))' belongs to no layer"
      }
      let problems = own.flatMap(\.problems) + unread
      if !problems.isEmpty { files.append(.init(path: file.path, problems: problems)) }
    }
    if !files.isEmpty { throw CheckpointError(files) }
  }

  /// What checkpoints have that no layer reads and that need not be read, sorted.
  package var passedOver: [String] {
    let read = mounts.reduce(into: Set<String>()) { $0.formUnion($1.read) }
    let names = mounts.flatMap { mount in
      mount.passedOver.filter { !read.contains($0) }.map { mount.file.spelling(of: $0) }
    }
    return Set(names).sorted()
  }

  /// Overwrites weights in place, in the order of `weights`.
  package func assign(_ values: [Tensor]) {
    let weights = weights
    precondition(values.count == weights.count)
    withoutGradients {
      for (weight, value) in zip(weights, values) { weight.tensor.copy(from: value) }
    }
  }

  /// Tells these weights from others.
  package var checksum: String {
    var checksum = Checksum()
    for weight in weights {
      checksum.add(Array(weight.name.utf8))
      checksum.add(weight.tensor.bytes)
    }
    return checksum.text
  }

  package func write(to path: FilePath, metadata: [String: String] = [:]) throws(FileError) {
    let named = Dictionary(uniqueKeysWithValues: weights.map { ($0.name, $0.tensor) })
    try Safetensors.write(named, metadata: metadata, to: path)
  }
}

/// Checkpoints whose tensors are not those that the model's configuration asks for.
package struct CheckpointError: ReportableError {
  package struct File: Sendable {
    package let path: FilePath
    package let problems: [String]
  }

  package let files: [File]

  init(_ files: [File]) { self.files = files }

  package init(path: FilePath, problems: [String]) { self.init([File(path: path, problems: problems)]) }

  /// Of each file in the message.
  private static let told = 20

  package var problems: [String] { files.flatMap(\.problems) }
  package var kind: ErrorKind { .badData }
  package var description: String {
    files.map { file in
      let rest = file.problems.count - Self.told
      return "\(file.path): " + file.problems.prefix(Self.told).joined(separator: "; ")
        + (rest > 0 ? "; and \(rest) more" : "")
    }.joined(separator: "; ")
  }
}
