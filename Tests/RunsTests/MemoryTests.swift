import NN
import RunFixtures
import Settings
import Storage
import SystemPackage
import Testing
import Torch

@testable import Runs
@testable import Training

@Suite("Averages near the limit of memory") struct MemoryTests {
  @Test(
    "A mean of weights for which there is no room is an error of the world, and the weights stay as they are")
  func means() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      let data = try TinyData(in: folder.path)
      let trainer = try data.makeFit(
        try TinyData.configuration("text_encoder.hidden_size=64", "training.average.weights=ema"),
        in: folder.path.appending("run")
      ).trainer(of: 0)
      let soup = CheckpointSoup(path: folder.path.appending("soup"), size: 2)
      for epoch in 1...2 { try soup.add(trainer.store, epoch: epoch, score: Double(epoch)) }
      let ingredients = try soup.ingredients()
      func bytes() -> [[UInt8]] { trainer.store.weights.map(\.tensor.bytes) }
      let before = bytes()
      let size = before.reduce(0) { $0 + $1.count }
      var outcomes: Set<Bool> = []
      // From next to nothing to plenty, in steps that end in the middle of each set of weights.
      for eighth in stride(from: 1, through: 48, by: 1) {
        Machine.limitMemory(to: size * eighth / 8)
        do {
          try trainer.withMean(of: ingredients) {}
          outcomes.insert(true)
        } catch is OutOfMemory {
          outcomes.insert(false)
        }
        Machine.limitMemory(to: nil)
        #expect(bytes() == before, "\(eighth) eighths")
      }
      #expect(outcomes == [true, false])
    }
  }
}
