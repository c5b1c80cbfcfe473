import Torch

/// The weights of a store in the type in which a step computes, as leaves of a graph of their own.
///
/// They are cast once a step, not at each use, and several replicas of a model share the memory of the cast weights: each
/// core computes a part of a batch with its own replica and has gradients of its own.
final class Replica {
  /// A leaf, and the parameters that lie side by side in it.
  private struct Link {
    let name: String
    let parameters: [ParameterStore.Weight]
    let leaf: Tensor
    /// Where in the leaf's memory each parameter is copied to; nil where the leaf has the memory of the parameter, or
    /// of the first replica's leaf.
    let targets: [Tensor]?
  }

  private let type: DataType
  /// Whose memory this one computes with; nil for the first.
  private let first: Replica?
  private let masters: [String: ParameterStore.Weight]
  private let buffers: [String: Tensor]
  private var links: [Link] = []

  init(of master: ParameterStore, type: DataType, sharing first: Replica?) {
    self.type = type
    self.first = first
    masters = Dictionary(uniqueKeysWithValues: master.parameters.map { ($0.name, $0) })
    buffers = Dictionary(uniqueKeysWithValues: master.buffers.map { ($0.name, $0.tensor) })
  }

  var count: Int { links.count }

  func parameter(_ name: String, isFullPrecision: Bool) -> Tensor {
    guard let master = masters[name] else {
      preconditionFailure("the replica's model has '\(name)', its master none")
    }
    let type = isFullPrecision ? .float32 : type
    return type == .float32
      ? add(Link(name: name, parameters: [master], leaf: master.tensor.detached(), targets: nil))
      : add(name, [master], shape: master.tensor.shape, type)
  }

  func buffer(_ name: String) -> Tensor {
    guard let buffer = buffers[name] else {
      preconditionFailure("the replica's model has '\(name)', its master none")
    }
    return buffer
  }

  /// One leaf in the place of several.
  func joined(_ leaves: [Tensor]) -> Tensor {
    guard leaves.count > 1 else { return leaves[0] }
    let parts = leaves.map { leaf in
      guard let place = links.firstIndex(where: { $0.leaf === leaf }) else {
        preconditionFailure("only parameters of the same store are joined")
      }
      return links.remove(at: place)
    }
    let rows = leaves.reduce(0) { $0 + $1.size(0) }
    return add(
      parts.map(\.name).joined(separator: "|"), parts.flatMap(\.parameters),
      shape: [rows] + leaves[0].shape.dropFirst(), leaves[0].type)
  }

  /// A leaf with memory of its own, or that of the first replica's.
  private func add(_ name: String, _ parameters: [ParameterStore.Weight], shape: [Int], _ type: DataType)
    -> Tensor
  {
    if let shared = first?.links.first(where: { $0.name == name }) {
      return add(Link(name: name, parameters: parameters, leaf: shared.leaf.detached(), targets: nil))
    }
    let memory = Tensor.uninitialised(shape, type: type, on: parameters[0].tensor.device)
    let targets = memory.split(parameters.map { $0.tensor.size(0) })
    return add(Link(name: name, parameters: parameters, leaf: memory.detached(), targets: targets))
  }

  private func add(_ link: Link) -> Tensor {
    link.leaf.requiresGradient = true
    links.append(link)
    return link.leaf
  }

  /// Takes the masters' values over, and which of them are frozen.
  func refresh(_ range: Range<Int>) {
    withoutGradients {
      let copies = links[range].flatMap { zip($0.targets ?? [], $0.parameters) }
      Foreach.copy(copies.map(\.1.tensor), to: copies.map(\.0))
      for link in links[range] {
        link.leaf.requiresGradient = link.parameters.contains { $0.tensor.requiresGradient }
      }
    }
  }

  /// Adds the gradients of each replica, in their order, to the masters' in float32.
  static func collectGradients(of replicas: [Replica], _ range: Range<Int>) {
    withoutGradients {
      for place in range {
        for replica in replicas {
          let link = replica.links[place]
          guard let gradient = link.leaf.gradient else { continue }
          link.leaf.gradient = nil
          let parts =
            link.parameters.count == 1
            ? [gradient] : gradient.split(link.parameters.map { $0.tensor.size(0) })
          for (parameter, part) in zip(link.parameters, parts) where parameter.tensor.requiresGradient {
            if let sum = parameter.tensor.gradient {
              Foreach.add([part], to: [sum])
            } else {
              parameter.tensor.gradient = part.to(.float32)
            }
          }
        }
      }
    }
  }

  func clearGradients() { for link in links { link.leaf.gradient = nil } }
}
