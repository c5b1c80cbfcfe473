import ArgumentParser
import Runs

/// How a training guards itself; the same for all commands that go on where they were stopped.
struct SafeguardOptions: ParsableArguments {
  @Option(name: .customLong("checkpoint-minutes"), help: "Minutes from one checkpoint to the next.")
  var checkpointMinutes = 10.0

  @Option(name: .customLong("checkpoint-steps"), help: "Also one after each so many steps.")
  var checkpointSteps: Int?

  @Option(
    name: .customLong("max-bad-steps"),
    help: "Steps in a row without a finite loss and gradient, each skipped, before the run ends.")
  var maximumBadSteps = 10

  func validate() throws {
    guard 0...1e6 ~= checkpointMinutes else { throw ValidationError("--checkpoint-minutes is 0 to 1000000") }
    guard checkpointSteps ?? 1 > 0 else { throw ValidationError("--checkpoint-steps is 1 or more") }
    guard maximumBadSteps > 0 else { throw ValidationError("--max-bad-steps is 1 or more") }
  }

  var safeguards: Safeguards {
    Safeguards(
      checkpointSteps: checkpointSteps, checkpointInterval: .seconds(60 * checkpointMinutes),
      badSteps: maximumBadSteps)
  }
}
