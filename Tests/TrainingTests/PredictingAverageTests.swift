import Inference
import NN
import Testing
import Torch

@testable import Training

@Suite("Which weights predict") struct PredictingAverageTests {
  /// One weight that is the number of steps done, and what predicts after each of 8 steps in epochs of 3.
  private func predicting(_ settings: AverageConfiguration, cycles: Int = 1) -> [Double] {
    let store = ParameterStore()
    let weight = store.root.parameter("a", shape: [1], .zeros)
    let schedule = Schedule(warmUpSteps: 2, totalSteps: 8, cycles: cycles)
    let average = PredictingAverage(of: store, settings, schedule, epochSteps: 3)
    return (1...8).map { step in
      store.assign([.full([1], Double(step))])
      average.update(afterStep: step)
      return (average.withAverages { weight.item } * 1e4).rounded() / 1e4
    }
  }

  @Test("The trained ones, as they are")
  func trained() {
    #expect(predicting(.init(weights: .trained)) == [1, 2, 3, 4, 5, 6, 7, 8])
  }

  @Test("The exponential average takes every step in")
  func exponential() {
    let found = predicting(.init(weights: .ema, decay: 0.25))
    // From 0: (1 - 2/11) · 1, then a quarter of what was and three of what is.
    #expect(found[..<3] == [0.8182, 1.7045, 2.6761])
  }

  @Test("SWA takes the last epochs in; before that the trained weights are what there is")
  func swa() {
    #expect(predicting(.init(weights: .swa, snapshots: 2)) == [1, 2, 3, 4, 5, 6, 6, 7])
    #expect(predicting(.init(weights: .swa, snapshots: 9)) == [1, 2, 3, 3, 3, 4.5, 4.5, 5.6667])
  }

  @Test("Where the schedule has cycles, SWA takes their ends in")
  func cycles() {
    #expect(predicting(.init(weights: .swa, snapshots: 5), cycles: 2) == [1, 2, 3, 4, 5, 5, 5, 6.5])
  }
}
