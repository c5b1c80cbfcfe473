import NN
import Testing
import Torch

@Suite struct GradientClippingTests {
  private func leaf(gradient: [Float]) -> Tensor {
    let tensor = Tensor.zeros([gradient.count])
    tensor.requiresGradient = true
    tensor.gradient = Tensor(gradient)
    return tensor
  }

  /// Clips to a norm of 1 and returns the norm before.
  private func clip(_ leaves: [Tensor]) -> Double {
    let norm = GradientClipping.norm(of: leaves).item
    GradientClipping.clip(leaves, norm: norm, maximumNorm: 1)
    return norm
  }

  @Test("gradients are scaled together by their joint norm, not each by its own")
  func clips() {
    let leaves = [leaf(gradient: [3, 0]), leaf(gradient: [4]), Tensor.zeros([1])]
    #expect(clip(leaves) == 5)
    let clipped = leaves[..<2].flatMap { $0.gradient?.values(Float.self) ?? [] }
    for (found, wanted) in zip(clipped, [0.6, 0, 0.8] as [Float]) { #expect(abs(found - wanted) < 1e-5) }
  }

  @Test("gradients within the bound are not touched, and none at all have norm 0")
  func within() {
    let tensor = leaf(gradient: [0.3, 0.4])
    #expect(abs(clip([tensor]) - 0.5) < 1e-6)
    #expect(tensor.gradient?.values() == [0.3, 0.4] as [Float])
    #expect(clip([.zeros([1])]) == 0)
  }

  @Test("an infinite gradient is told of and does not turn the others into zeros")
  func infinite() {
    let leaves = [leaf(gradient: [.infinity]), leaf(gradient: [2])]
    #expect(!clip(leaves).isFinite)
    #expect(leaves[1].gradient?.values() == [2] as [Float])
  }
}

@Suite struct ScheduleTests {
  @Test("the factor rises over the warm-up, is 1 once, falls linearly and is 0 from the horizon on")
  func values() {
    let schedule = Schedule(warmUpSteps: 4, totalSteps: 12)
    let factors = (0..<15).map(schedule.factor(at:))
    #expect(
      factors == [
        0.25, 0.5, 0.75, 1, 1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125, 0, 0, 0,
      ])
  }

  @Test(
    "the last step of a run is nearly 0: a horizon divided by the batch size twice ends far too early or late"
  )
  func horizon() {
    let (videos, batch, epochs) = (2_000, 32, 9)
    let steps = (videos + batch - 1) / batch * epochs
    let schedule = Schedule(warmUp: 0.1, totalSteps: steps)
    let factors = (0..<steps).map(schedule.factor(at:))
    #expect(schedule.warmUpSteps == 57)
    #expect(factors.allSatisfy { $0 > 0 && $0 <= 1 })
    #expect(factors[steps - 1] == 1 / Double(steps - 57))
    #expect(abs(factors.reduce(0, +) / Double(steps) - 0.5) < 0.005)
  }

  @Test(
    "without warm-up it begins at 1; a warm-up as long as the run, or longer, only rises; no steps give 0")
  func extremes() {
    #expect(Schedule(warmUpSteps: 0, totalSteps: 2).factor(at: 0) == 1)
    let rising = Schedule(warmUpSteps: 100, totalSteps: 4)
    #expect((0..<6).map(rising.factor(at:)) == [0.25, 0.5, 0.75, 1, 0, 0])
    #expect(Schedule(warmUp: 0.1, totalSteps: 0).factor(at: 0) == 0)
  }
}

@Suite struct ScheduleShapeTests {
  @Test("cosine and polynomial fall from 1 to 0 along their curves")
  func shapes() {
    let cosine = Schedule(.cosine, warmUpSteps: 2, totalSteps: 6)
    let expected = [0.5, 1, 1, (1 + 0.5.squareRoot()) / 2, 0.5, (1 - 0.5.squareRoot()) / 2, 0]
    for (step, wanted) in expected.enumerated() { #expect(abs(cosine.factor(at: step) - wanted) < 1e-12) }
    let square = Schedule(.polynomial(power: 2), warmUpSteps: 0, totalSteps: 4)
    #expect((0..<5).map(square.factor(at:)) == [1, 0.5625, 0.25, 0.0625, 0])
    let linear = Schedule(.polynomial(power: 1), warmUpSteps: 1, totalSteps: 9)
    #expect(
      (0..<9).map(linear.factor(at:)) == (0..<9).map(Schedule(warmUpSteps: 1, totalSteps: 9).factor(at:)))
  }

  @Test("cycles begin at the peak again and end together with the run")
  func cycles() {
    let schedule = Schedule(warmUpSteps: 1, totalSteps: 8, cycles: 2)
    #expect(schedule.cycleEnds == [4, 8])
    #expect((0..<9).map(schedule.factor(at:)) == [1, 1, 2.0 / 3, 1.0 / 3, 1, 0.75, 0.5, 0.25, 0])
    let tooMany = Schedule(warmUpSteps: 1, totalSteps: 3, cycles: 100)
    #expect((0..<4).map(tooMany.factor(at:)) == [1, 1, 1, 0])
  }
}

@Suite struct WeightAverageTests {
  private struct Stop: Error {}

  @Test(
    "the decay of the exponential average is min(decay, (1 + n) / (10 + n)): the initial weights are soon forgotten"
  )
  func update() throws {
    let store = ParameterStore()
    let tensor = store.root.parameter("a", shape: [1], .zeros)
    let average = WeightAverage(of: store, .exponential(decay: 0.2))
    store.assign([.ones([1])])
    try average.update()
    let first = 1 - 2.0 / 11
    #expect(abs(average.tensors[0].item - first) < 1e-6)
    try average.update()  // 3 / 12 is more than 0.2
    #expect(abs(average.tensors[0].item - (0.2 * first + 0.8)) < 1e-6)
    #expect(tensor.item == 1 && tensor.requiresGradient)
    #expect(!average.tensors[0].requiresGradient)
  }

  @Test("the uniform average is the mean of the states that were taken in; the initial weights are none")
  func uniform() throws {
    let store = ParameterStore()
    _ = store.root.parameter("a", shape: [2], .ones)
    let average = WeightAverage(of: store, .uniform)
    for (number, mean) in [(4, 4), (8, 6), (-9, 1)] as [(Float, Float)] {
      store.assign([Tensor([number, 2 * number])])
      try average.update()
      for (found, wanted) in zip(average.tensors[0].values(Float.self), [mean, 2 * mean]) {
        #expect(abs(found - wanted) < 1e-5)
      }
    }
  }

  @Test("before the first update the weights themselves are what there is")
  func none() throws {
    let store = ParameterStore()
    let tensor = store.root.parameter("a", shape: [1], .zeros)
    let average = WeightAverage(of: store, .uniform)
    store.assign([.ones([1])])
    #expect(try average.withAverages { tensor.item } == 1)
  }

  @Test("the averages stand in for the weights inside the body alone, also when it throws")
  func withAverages() throws {
    let store = ParameterStore()
    let tensor = store.root.parameter("a", shape: [2], .zeros)
    let average = WeightAverage(of: store, .uniform)
    try average.update()
    store.assign([Tensor([5, 6] as [Float])])
    #expect(try average.withAverages { tensor.values(Float.self) } == [0, 0])
    #expect(tensor.values() == [5, 6] as [Float])
    #expect(throws: Stop.self) { try average.withAverages { throw Stop() } }
    #expect(tensor.values() == [5, 6] as [Float])
    #expect(average.tensors[0].values() == [0, 0] as [Float])
  }
}
