import ArgumentParser
import Batching
import Dataset
import Inference
import Models
import NN
import Settings
import Storage
import Tasks
import Torch
import Training

extension TrainingBenchmark {
  /// Whether a device computes what the processor computes.
  struct Parity: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Compares a device with the processor: outputs, gradients, twenty steps; ends with 1 where one differs."
    )

    @Option(help: "cuda or cuda:N; cpu compares the processor with itself.") var device: String?
    @Option(help: "Steps of training.") var steps = 20

    struct Result: Encodable {
      let stage = "parity"
      let what, device: String
      let difference, limit: Double
      let passed: Bool
    }

    /// Nothing is drawn: devices have other random numbers.
    private static let settings = [
      "text_encoder.hidden_dropout_prob=0", "training.head_dropout=0", "training.batch_size=8",
    ]

    func run() throws {
      let machine = MachineOptions.parseOrExit(device.map { ["--device", $0] } ?? [])
      let runtime = try machine.runtime(.fp32)
      var isPassed = true
      func compare(_ what: String, _ difference: Double, limit: Double) {
        // Not a number is beyond every limit.
        let passed = difference <= limit
        isPassed = isPassed && passed
        report(
          Result(
            what: what, device: runtime.device.name,
            difference: difference.isFinite ? rounded(difference) : 1e9,
            limit: limit, passed: passed))
      }

      let processor = Runtime(device: .cpu, precision: .fp32)
      let (expected, found) = (try Self.pass(processor), try Self.pass(runtime))
      compare("outputs", Self.difference(expected.outputs, found.outputs), limit: 1e-4)
      compare("gradients", Self.difference(expected.gradients, found.gradients), limit: 1e-3)
      func compareLosses(_ what: String, _ expected: [Double], _ found: [Double], limit: Double) {
        let differences = zip(expected, found).map { abs($0 - $1) / abs($0) }
        // The greatest of some of which one is no number is not always that one.
        let isNumber = differences.allSatisfy(\.isFinite)
        compare(
          "losses of \(steps) steps, \(what)", isNumber ? differences.max() ?? .infinity : .infinity,
          limit: limit)
      }
      let attack = ["training.adversary.method=pgd"]
      compareLosses("plain", try losses(processor, []), try losses(runtime, []), limit: 1e-3)
      let exact = try losses(processor, attack)
      compareLosses("PGD", exact, try losses(runtime, attack), limit: 1e-3)
      compareLosses("PGD, in bf16", exact, try losses(try machine.runtime(.bf16), attack), limit: 0.05)
      for (what, difference) in Self.attention(on: runtime.device) { compare(what, difference, limit: 0.02) }
      if !isPassed { throw ExitCode.failure }
    }

    // MARK: Whole model

    /// The outputs of a batch, and the gradients of a loss.
    private static func pass(_ runtime: Runtime) throws -> (outputs: [Tensor], gradients: [Tensor]) {
      let bench = try Bench(.tiny, settings, runtime)
      let store = ParameterStore(seed: 3, on: runtime.device)
      let model = VideoTextClassifier(store.root, bench.architecture)
      var random = SeededGenerator(seed: 2)
      let batch = bench.batch(using: &random)
      let destination = InputDestination(
        bench.configuration.frames, vectorSize: bench.architecture.encoder.vectorSize, type: .float32,
        on: runtime.device)
      Machine.threads = runtime.threads
      let input = PackedBatch(batch, for: runtime.device) { _ in }.send(to: destination)
      let mode = Mode.training(TrainingPass(seed: 1, on: runtime.device))
      let vectors = model.encoder.vectors(of: input.pictures, mode)
      let output = model(tokens: input.tokens, vectors: vectors, input.layout, mode)
      let classes: [Int64] = batch.videos.indices.map { Int64($0 % Bench.categories) }
      let targets = Tensor(classes).to(runtime.device)
      let loss =
        output.logits.crossEntropies(targets, labelSmoothing: 0.1).mean()
        + output.videoLogits.crossEntropies(targets, labelSmoothing: 0.1).mean()
      loss.backward()
      let gradients = store.parameters.map { parameter in
        (parameter.tensor.gradient ?? .zeros(parameter.tensor.shape)).to(.cpu)
      }
      let outputs: [Tensor] = [output.logits, output.videoLogits]
      return (outputs.map { $0.detached().to(.cpu) }, gradients)
    }

    private func losses(_ runtime: Runtime, _ settings: [String]) throws -> [Double] {
      let bench = try Bench(.tiny, Self.settings + settings, runtime)
      var random = SeededGenerator(seed: 4)
      let batches = (0..<4).map { _ in bench.batch(using: &random) }
      return try (0..<steps).map { step in
        let result = try bench.trainer.step(bench.prepared(batches[step % batches.count]))
        guard case .loss(let loss) = result.outcome else { return .nan }
        return loss
      }
    }

    /// Of all tensors together: the length of the difference over that of what is expected.
    private static func difference(_ expected: [Tensor], _ found: [Tensor]) -> Double {
      func length(_ tensors: [Tensor]) -> Double {
        tensors.map { ($0 * $0).sum().item }.reduce(0, +).squareRoot()
      }
      return withoutGradients { length(zip(expected, found).map { $0 - $1 }) / length(expected) }
    }

    // MARK: Attention

    /// That over packed sequences as a device has it, against the same in float32 in groups: outputs and gradients.
    private static func attention(on device: Device) -> [(what: String, difference: Double)] {
      let lengths = (0..<40).map { 1 + $0 * 37 % 140 }
      let stream = Tensor.normal([lengths.reduce(0, +), 3, 12, 64], on: device)
      let weights = Tensor.normal([lengths.reduce(0, +), 12 * 64], on: device)
      func attended(_ type: DataType) -> [Tensor] {
        var upload = Upload()
        let plan = PackedAttention.Plan(lengths: lengths, in: &upload)
        let attention = PackedAttention(plan, upload.send(to: device, computing: type))
        let leaf = withoutGradients { stream.to(type).clone() }
        leaf.requiresGradient = true
        let output = attention(leaf)
        let gradient = (output.to(.float32) * weights).sum().gradients(of: [leaf])[0]
        return [output.detached(), gradient ?? .zeros(leaf.shape, on: device)].map {
          $0.to(.float32).to(.cpu)
        }
      }
      let (expected, found) = (attended(.float32), attended(.bfloat16))
      let how = device.attendsPacked ? "packed" : "in groups"
      return zip(["outputs", "gradients"], zip(expected, found)).map { part, tensors in
        ("attention \(how) in bf16, \(part)", difference([tensors.0], [tensors.1]))
      }
    }
  }
}
