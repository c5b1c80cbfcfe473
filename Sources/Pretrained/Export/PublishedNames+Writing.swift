import NN
import Torch

extension PublishedNames {
  /// A model's tensors as a file of this layout has them.
  /// - Parameter weights: by the model's names, in any order.
  /// - Precondition: every tensor has a row, and all parts of what is stored as one are there.
  func stored(_ weights: [(name: String, tensor: Tensor)]) -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    var parts: [String: [(place: Int, tensor: Tensor)]] = [:]
    for (name, tensor) in weights {
      guard let stored = stored(name) else { preconditionFailure("\(name) has no name in this layout") }
      switch stored {
      case .named(let name): tensors[name] = tensor
      case .leading(let name, let dimensions, _):
        tensors[name] = tensor.reshaped(PublishedTensor.leading(tensor.shape, to: dimensions))
      case .joined(let names):
        let rows = tensor.size(0) / names.count
        for (name, part) in zip(names, tensor.split([Int](repeating: rows, count: names.count))) {
          tensors[name] = part
        }
      case .parts(let range, _, let name): parts[name, default: []].append((range.lowerBound, tensor))
      // The token's own position is a part of it already.
      case .placed(let name, let table):
        tensors[name] = tensor
        parts[table, default: []].append((0, .zeros(tensor.shape)))
      case .rest(let name): parts[name, default: []].append((1, tensor))
      }
    }
    for (name, pieces) in parts {
      let ordered = pieces.sorted { $0.place < $1.place }.map(\.tensor)
      tensors[name] = .concatenated(ordered, along: ordered[0].rank == 3 ? 1 : 0)
    }
    return tensors
  }
}
