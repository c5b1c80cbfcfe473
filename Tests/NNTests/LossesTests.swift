import NN
import ParityFixtures
import Testing
import Torch

@Suite struct LossesTests {
  @Test(
    "cross entropy and its gradient are PyTorch's to 1e-6, smoothed over all classes, of classes and of probabilities",
    arguments: [("plain", 0.0), ("smoothed", 0.1)], [false, true])
  func crossEntropy(of named: (name: String, smoothing: Double), asProbabilities: Bool) throws {
    let fixture = try ParityFixture("losses")
    let logits = try fixture.tensor("logits")
    logits.requiresGradient = true
    var targets = try fixture.tensor("targets")
    if asProbabilities {
      let classes = targets.values(Int64.self)
      targets = Tensor(classes.flatMap { one in (0..<5).map { $0 == one ? 1 as Float : 0 } }, shape: [6, 5])
    }
    let loss = logits.crossEntropies(targets, labelSmoothing: named.smoothing).mean()
    #expect(maximumDifference(loss, try fixture.tensor("\(named.name).value")) <= 1e-6)
    loss.backward()
    let gradient = try #require(logits.gradient)
    #expect(maximumDifference(gradient, try fixture.tensor("\(named.name).gradient")) <= 1e-6)
  }
}
