import CTorch
import Glibc
import Synchronization

/// How many products of two numbers a computation adds up: what papers count as its FLOPs.
///
/// Counted at the one place that all operators pass, by the shapes that meet there: linear layers, convolutions, matrix
/// products and attention. What is done to each number alone is left out, as is usual.
package enum MultiplyAdds {
  /// Those of `body`, which computes on shapes alone, without memory and values: it takes next to no time.
  package static func counting(_ body: () -> Void) -> Int {
    let outer = ct_memory()
    ct_set_memory(CT_MEMORY_EXHAUSTED)
    counts.withLock { $0[pthread_self()] = 0 }
    defer { ct_set_memory(outer) }
    body()
    return counts.withLock { $0.removeValue(forKey: pthread_self()) ?? 0 }
  }

  /// By thread, of those that count.
  private static let counts = Mutex<[pthread_t: Int]>([:])

  static func note(_ operation: Operator, _ arguments: [Argument], _ results: [Tensor]) {
    guard let result = results.first else { return }
    let tensors = arguments.flatMap(\.tensors)
    let count =
      switch operation {
      case .linear, .convolution2D: result.count * tensors[1].shape.dropFirst().reduce(1, *)
      case .matmul: result.count * tensors[0].size(-1)
      case .scaledDotProductAttention: (tensors[0].count + result.count) * tensors[1].size(-2)
      default: 0
      }
    guard count > 0 else { return }
    counts.withLock { $0[pthread_self()]? += count }
  }
}
