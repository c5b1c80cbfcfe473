import Testing
import Torch

/// Each test runs in a process of its own: other tests draw from the same random state.
@Suite struct RandomStateTests {
  @Test("the same seed gives the same numbers, bit for bit, another seed others")
  func seeds() async {
    await #expect(processExitsWith: .success) {
      func draw(_ seed: UInt64) -> [Tensor] {
        RandomState.seed(seed)
        return [.normal([100]), .uniform([100], in: 0...1), Tensor.ones([100]).dropout(0.5)]
      }
      let first = draw(3)
      #expect(zip(first, draw(3)).allSatisfy { $0.isIdentical(to: $1) })
      #expect(!zip(first, draw(4)).contains { $0.isIdentical(to: $1) })
    }
  }

  @Test("a saved state goes on with the same numbers, in the middle of a stream of normal ones too")
  func states() async {
    await #expect(processExitsWith: .success) {
      RandomState.seed(5)
      _ = Tensor.normal([1])
      let state = RandomState.save()
      let next = [Tensor.normal([3]), Tensor.normal([50])]
      _ = Tensor.normal([7])
      RandomState.restore(state)
      #expect(zip(next, [Tensor.normal([3]), Tensor.normal([50])]).allSatisfy { $0.isIdentical(to: $1) })
    }
  }

  @Test("a saved state is not changed by what is drawn later")
  func copies() async {
    await #expect(processExitsWith: .success) {
      let state = RandomState.save()
      let before = state.bytes
      _ = Tensor.normal([1000])
      #expect(state.bytes == before)
    }
  }

  @Test("normal and uniform numbers have the asked mean, deviation and bounds")
  func distributions() {
    let normal = Tensor.normal([40_000], mean: 3, deviation: 2)
    let mean = normal.mean().item
    #expect(abs(mean - 3) < 0.06)  // six deviations of the mean
    #expect(abs((normal + -mean).power(2).mean().item.squareRoot() - 2) < 0.05)
    let uniform = Tensor.uniform([40_000], in: -1...3).values(Float.self)
    #expect(uniform.allSatisfy { (-1...3).contains($0) })
    #expect(abs(uniform.reduce(0, +) / 40_000 - 1) < 0.04)
  }
}
