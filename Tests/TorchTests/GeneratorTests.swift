import Testing
import Torch

@Suite struct GeneratorTests {
  @Test("the same seed gives the same numbers, bit for bit, another seed others")
  func seeds() {
    func draw(_ seed: UInt64) -> [Tensor] {
      let generator = Generator(seed: seed)
      return [
        .normal([100], drawingFrom: generator), .uniform([100], in: 0...1, drawingFrom: generator),
        Tensor.ones([100]).dropout(0.5, drawingFrom: generator),
      ]
    }
    let first = draw(3)
    #expect(zip(first, draw(3)).allSatisfy { $0.isIdentical(to: $1) })
    #expect(!zip(first, draw(4)).contains { $0.isIdentical(to: $1) })
  }

  @Test("a generator draws the same whatever others draw in between, on whatever thread")
  func independence() throws {
    let x = Tensor.ones([1000])
    func draw(_ generator: Generator) -> [Tensor] {
      (0..<3).map { _ in
        _ = Tensor.normal([7])
        return x.dropout(0.5, drawingFrom: generator)
      }
    }
    let alone = draw(Generator(seed: 5))
    let together = try Cores(4).map([5, 5, 6, 5] as [UInt64]) { draw(Generator(seed: $0)) }
    for (number, drawn) in together.enumerated() {
      #expect(zip(drawn, alone).allSatisfy { $0.isIdentical(to: $1) } == (number != 2))
    }
    #expect(!alone[0].isIdentical(to: alone[1]))
  }

  @Test("dropout keeps the mean, and its gradient passes where the value does")
  func dropout() {
    let x = Tensor.ones([40_000])
    x.requiresGradient = true
    let dropped = x.dropout(0.25, drawingFrom: Generator(seed: 1))
    #expect(abs(dropped.mean().item - 1) < 0.02)  // six deviations
    #expect(abs(Double(dropped.detached().values(Float.self).count { $0 == 0 }) - 10_000) < 520)
    dropped.sum().backward()
    #expect(x.gradient?.isIdentical(to: dropped.detached()) == true)
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
