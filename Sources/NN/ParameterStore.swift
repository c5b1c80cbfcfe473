package import Storage
package import SystemPackage
package import Torch

/// All parameters of a model, flat and in the order in which the layers were made.
///
/// Saving, averaging, freezing, learning-rate groups and weight decay are loops over `parameters`.
package final class ParameterStore {
  package struct Parameter {
    /// The published name, such as `encoder.layer.0.attention.self.query.weight`.
    package let name: String
    /// float32, a leaf of the graph.
    package let tensor: Tensor
  }

  package private(set) var parameters: [Parameter] = []
  package let device: Device
  private let checkpoint: Safetensors?
  private var read: Set<String> = []
  /// Where layers began afresh though there is a checkpoint: what it has there belonged to the layer before.
  private var freshPaths: Set<String> = []
  private var problems: [String] = []

  /// - Parameter checkpoint: where values come from; nil initialises every parameter afresh.
  package init(checkpoint: Safetensors? = nil, on device: Device = .cpu) {
    self.checkpoint = checkpoint
    self.device = device
  }

  package var root: Scope { Scope(store: self, path: "", isFresh: checkpoint == nil) }

  package var tensors: [Tensor] { parameters.map(\.tensor) }

  /// Number of trainable numbers.
  package var count: Int { parameters.reduce(0) { $0 + $1.tensor.count } }

  func make(_ name: String, shape: [Int], initializer: Initializer, isFresh: Bool) -> Tensor {
    precondition(!parameters.contains { $0.name == name }, "two parameters are called \(name)")
    let tensor =
      if let checkpoint, !isFresh {
        // What takes the place of a tensor that does not fit takes no memory: the shape may be absurd.
        loaded(name, shape: shape, from: checkpoint) ?? Tensor.zeros([], on: device).expanded(shape)
      } else {
        initializer.tensor(shape: shape, on: device)
      }
    if checkpoint != nil, isFresh, let dot = name.lastIndex(of: ".") {
      freshPaths.insert(String(name[..<dot]))
    }
    tensor.requiresGradient = true
    parameters.append(Parameter(name: name, tensor: tensor))
    return tensor
  }

  /// nil, and a problem noted, where the checkpoint has nothing that fits.
  private func loaded(_ name: String, shape: [Int], from checkpoint: Safetensors) -> Tensor? {
    guard let found = checkpoint.shape(of: name) else {
      problems.append("'\(name)' \(shape) is missing")
      return nil
    }
    read.insert(name)
    guard found == shape else {
      problems.append("'\(name)' is \(found), the configuration asks for \(shape)")
      return nil
    }
    do { return try checkpoint.tensor(name).to(.float32).to(device) } catch {
      problems.append("\(error)")
      return nil
    }
  }

  /// To be called when every layer is made. A layer that was declared fresh takes the place of what the checkpoint
  /// has at its path, which is passed over.
  /// - Throws: `CheckpointError` with every key that the checkpoint lacks, that nobody read, or whose shape differs.
  package func finish() throws(CheckpointError) {
    guard let checkpoint else { return }
    let unread = checkpoint.names.filter { !read.contains($0) && !isReplaced($0) }.map {
      "'\($0)' belongs to no layer"
    }
    guard problems.isEmpty, unread.isEmpty else {
      throw CheckpointError(path: checkpoint.path, problems: problems + unread)
    }
  }

  /// Whether the name lies at or below the path of a layer that began afresh.
  private func isReplaced(_ name: String) -> Bool {
    guard !freshPaths.isEmpty else { return false }
    return name.indices.contains { name[$0] == "." && freshPaths.contains(String(name[..<$0])) }
  }

  /// Overwrites the values in place, in the order of `parameters`.
  package func assign(_ values: [Tensor]) {
    precondition(values.count == parameters.count)
    withoutGradients {
      for (parameter, value) in zip(parameters, values) { parameter.tensor.copy(from: value) }
    }
  }

  package func write(to path: FilePath, metadata: [String: String] = [:]) throws(FileError) {
    let named = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.tensor) })
    try Safetensors.write(named, metadata: metadata, to: path)
  }
}

/// A checkpoint whose tensors are not those that the model's configuration asks for.
package struct CheckpointError: ReportableError {
  package var path: FilePath
  package var problems: [String]

  package init(path: FilePath, problems: [String]) {
    self.path = path
    self.problems = problems
  }

  package var kind: ErrorKind { .badData }
  package var description: String { "\(path): " + problems.joined(separator: "; ") }
}
