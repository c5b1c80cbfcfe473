import Models
import NN
import ParityFixtures
import Testing
import Torch

@Suite struct VisionTransformerTests {
  @Test("tokens, pooled vector and all gradients equal timm's to 1e-4")
  func parity() throws {
    let fixture = try ParityFixture("vit")
    try fixture.withWeights { store in
      let model = VisionTransformer(store.root, try fixture.configuration())
      try store.finish()
      let input = try fixture.tensor("input")
      input.requiresGradient = true

      #expect(maximumDifference(model.tokens(input), try fixture.tensor("output.tokens")) <= 1e-4)
      let pooled = model(input)
      #expect(maximumDifference(pooled, try fixture.tensor("output.pooled")) <= 1e-4)

      (pooled * (try fixture.tensor("probe"))).sum().backward()
      try fixture.expectGradients(of: store)
      let gradient = try #require(input.gradient)
      #expect(maximumDifference(gradient, try fixture.tensor("gradient.input")) <= 1e-4)
    }
  }

  @Test("a frame's vector is the same whichever frames are computed with it")
  func independence() throws {
    let fixture = try ParityFixture("vit")
    try fixture.withWeights { store in
      let model = VisionTransformer(store.root, try fixture.configuration())
      let input = try fixture.tensor("input")
      let together = model(input)
      for frame in 0..<input.size(0) {
        let alone = model(input.narrowed(0, frame..<frame + 1))
        #expect(maximumDifference(alone, together.narrowed(0, frame..<frame + 1)) <= 1e-5)
      }
    }
  }
}
