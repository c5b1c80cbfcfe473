/// How a fit guards itself against what may happen to it; changes nothing of what it computes.
package struct Safeguards: Sendable {
  /// Steps from one checkpoint to the next; nil where time alone decides.
  package var checkpointSteps: Int?
  /// Time from one checkpoint to the next. There is also one at the end of each epoch, and on an interruption.
  package var checkpointInterval: Duration
  /// Steps in a row without a finite loss and gradient that end the run.
  package var badSteps: Int

  package init(
    checkpointSteps: Int? = nil, checkpointInterval: Duration = .seconds(600), badSteps: Int = 10
  ) {
    self.checkpointSteps = checkpointSteps
    self.checkpointInterval = checkpointInterval
    self.badSteps = badSteps
  }
}
