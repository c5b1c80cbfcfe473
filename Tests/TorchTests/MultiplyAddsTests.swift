import Testing

@testable import Torch

@Suite("Multiply-adds") struct MultiplyAddsTests {
  /// Each by hand from the shapes.
  private static let computations: [(name: String, count: Int, body: @Sendable () -> Void)] = [
    ("a linear layer", 6 * 4 * 5, { _ = ones([2, 3, 4]).linear(weight: ones([5, 4]), bias: ones([5])) }),
    (
      "a convolution of two groups with a stride", 8 * 3 * 3 * (2 * 5 * 5),
      {
        _ = ones([1, 4, 7, 7]).convolved(
          weight: ones([8, 2, 5, 5]), bias: nil, stride: 2, padding: 1, groups: 2)
      }
    ),
    ("a product of stacks", 2 * 3 * 5 * 4, { _ = ones([2, 3, 4]).matmul(ones([2, 4, 5])) }),
    (
      "attention", 2 * (2 * 3 * 7 * 8),
      { _ = Tensor.attention(query: ones([2, 3, 8]), key: ones([2, 7, 8]), value: ones([2, 7, 8])) }
    ),
    (
      "sums, norms and activations", 0,
      { _ = (ones([4, 4]) + ones([4, 4])).gelu().softmax(along: -1).sum() }
    ),
  ]

  private static func ones(_ shape: [Int]) -> Tensor { .ones(shape) }

  @Test("They follow from the shapes", arguments: computations.indices)
  func shapes(_ number: Int) {
    let (name, count, body) = Self.computations[number]
    #expect(MultiplyAdds.counting(body) == count, "\(name)")
  }

  @Test("What is counted is not computed, and what comes after is")
  func afterwards() {
    // 4 TB, if it had values.
    #expect(
      MultiplyAdds.counting { _ = Self.ones([1_000_000, 2]).matmul(Self.ones([2, 1_000_000])) }
        == 2_000_000_000_000)
    #expect(Self.ones([2, 2]).matmul(Self.ones([2, 2])).sum().item == 8)
    #expect(MultiplyAdds.counting {} == 0)
  }
}
