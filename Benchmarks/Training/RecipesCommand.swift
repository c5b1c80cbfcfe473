import ArgumentParser
import Batching
import Dataset
import Inference
import NN
import Settings
import Storage
import Tasks
import Torch
import Training

extension TrainingBenchmark {
  /// What a training step costs with parts of the recipe: videos a second of plain, FGM, PGD (3 steps) and R-Drop steps of the
  /// tiny preset, which take turns, and operators a step.
  struct Recipes: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Plain, FGM, PGD and R-Drop steps of the tiny preset, in turn.")

    @Option(help: "fp32, bf16 or auto.") var precision = Precision.auto
    @Option(help: "Steps of each that count.") var steps = 20
    @OptionGroup var machine: MachineOptions

    private static let warmUpSteps = 3

    func run() throws {
      var machine = machine
      machine.device = machine.device ?? "cpu"
      let runtime = try machine.runtime(precision)
      var random = SeededGenerator(seed: 1)
      let recipes: [(name: String, bench: Bench)] = try [
        ("plain", []), ("FGM", ["training.adversary.method=fgm"]),
        ("PGD, 3 steps", ["training.adversary.method=pgd"]), ("R-Drop", ["training.r_drop=1"]),
      ].map { ($0, try Bench(.tiny, $1, runtime)) }
      let clock = ContinuousClock()
      var times = recipes.map { _ in Duration.zero }
      for step in 0..<Self.warmUpSteps + steps {
        for (place, recipe) in recipes.enumerated() {
          let batch = recipe.bench.prepared(recipe.bench.batch(using: &random))
          let time = try clock.measure { _ = try recipe.bench.trainer.step(batch) }
          if step >= Self.warmUpSteps { times[place] += time }
        }
      }
      let plain = recipes[0].bench
      print(
        "libtorch \(Machine.libtorchVersion), \(runtime.computeType), \(plain.trainer.learners.count) parts of "
          + "\(Machine.threads) threads")
      let videos = Double(plain.batchSize * steps)
      for ((name, bench), time) in zip(recipes, times) {
        let batch = bench.prepared(bench.batch(using: &random))
        let tally = try OperatorTally.counting { _ = try bench.trainer.step(batch) }
        print(
          "\(name): \(rounded(videos / (time / .seconds(1)), to: 3)) videos/s, a step takes "
            + "\(rounded(time / times[0], to: 3)) times a plain one; \(tally.values.reduce(0, +)) operators, "
            + "\(tally[OperatorTally.upload, default: 0]) uploads")
      }
    }
  }
}
