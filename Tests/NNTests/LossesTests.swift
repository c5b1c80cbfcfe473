import NN
import ParityFixtures
import Testing
import Torch

@Suite struct LossesTests {
  @Test(
    "cross entropy and its gradient are PyTorch's to 1e-6: smoothed over all classes, the mean over the weights",
    arguments: [("plain", 0.0), ("smoothed", 0.1), ("weighted", 0.0), ("weighted_smoothed", 0.1)])
  func crossEntropy(name: String, smoothing: Double) throws {
    let fixture = try ParityFixture("losses")
    let logits = try fixture.tensor("logits")
    logits.requiresGradient = true
    let loss = logits.crossEntropy(
      try fixture.tensor("targets"),
      weight: name.hasPrefix("weighted") ? try fixture.tensor("class_weights") : nil,
      labelSmoothing: smoothing)
    #expect(maximumDifference(loss, try fixture.tensor("\(name).value")) <= 1e-6)
    loss.backward()
    let gradient = try #require(logits.gradient)
    #expect(maximumDifference(gradient, try fixture.tensor("\(name).gradient")) <= 1e-6)
  }
}
