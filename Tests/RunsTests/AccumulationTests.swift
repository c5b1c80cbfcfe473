import Batching
import NN
import RunFixtures
import Settings
import SystemPackage
import Tasks
import Testing
import Torch

@testable import Runs
@testable import Training

/// A batch in rounds, one after the other, as little memory or `accumulation` asks for.
@Suite("Accumulation") struct AccumulationTests {
  let folder: TemporaryFolder
  let data: TinyData

  init() throws {
    folder = try TemporaryFolder()
    data = try TinyData(in: folder.path)
  }

  /// Without dropout, so that rounds draw nothing that a whole batch would not.
  private func gradients(
    of videos: Range<Int>, rounds: Int, cores: Int = 1, _ settings: [String]
  ) throws -> [String: Tensor] {
    let configuration = try TinyData.configuration(
      [
        "training.head_dropout=0", "text_encoder.hidden_dropout_prob=0", "training.batch_size=8",
        "training.class_weights.scheme=none", "training.accumulation=\(rounds)",
      ] + settings)
    let trainer = try data.makeFit(
      configuration, in: folder.path.appending("run"), runtime: TinyData.runtime(cores: cores)
    ).trainer(of: 0)
    let batch = Batch(videos.map { trainer.reader.sample($0) })
    _ = try trainer.gradients(
      of: PreparedBatch(batch, for: trainer.task, parts: rounds * cores), step: 0)
    return Dictionary(
      uniqueKeysWithValues: trainer.store.parameters.compactMap { parameter in
        parameter.tensor.gradient.map { (parameter.name, $0) }
      })
  }

  private static func attack(_ method: String, radius: Double) -> [String] {
    ["training.adversary={method: \(method), epsilon: \(radius), alpha: \(radius / 2), steps: 3}"]
  }

  @Test(
    "Each round is attacked by its own gradient, with the whole length: rounds are the mean of batches of their own",
    arguments: [("fgm", 1), ("pgd", 1), ("fgm", 2)])
  func attacked(method: String, cores: Int) throws {
    let settings = Self.attack(method, radius: 1)
    let rounds = try gradients(of: 0..<8, rounds: 2, cores: cores, settings)
    let first = try gradients(of: 0..<4, rounds: 1, cores: cores, settings)
    let second = try gradients(of: 4..<8, rounds: 1, cores: cores, settings)
    #expect(Set(first.keys) == Set(second.keys))
    let mean = first.merging(second) { ($0 + $1) * 0.5 }
    #expect(differences(rounds, mean) == [])
    // Not quite the attack of the whole batch, which has one direction for all.
    let whole = try gradients(of: 0..<8, rounds: 1, cores: cores, settings)
    #expect(differences(rounds, whole).count > 10)
    let clean = try gradients(of: 0..<8, rounds: 1, cores: cores, [])
    #expect(differences(whole, clean).count > 10, "an attack that changes nothing proves nothing")
  }

  @Test("The weaker the attack, the less rounds differ from the whole batch: without one by rounding alone")
  func limit() throws {
    func difference(_ settings: [String]) throws -> Double {
      let rounds = try gradients(of: 0..<8, rounds: 4, settings)
      let whole = try gradients(of: 0..<8, rounds: 1, settings)
      #expect(Set(rounds.keys) == Set(whole.keys))
      return whole.reduce(0) { largest, weight in
        max(largest, rounds[weight.key].map { ($0 - weight.value).absolute().maximum().item } ?? .infinity)
      }
    }
    let strong = try difference(Self.attack("fgm", radius: 1))
    let weak = try difference(Self.attack("fgm", radius: 0.01))
    #expect(weak < strong / 10)
    #expect(try difference([]) < 1e-5)
  }
}
