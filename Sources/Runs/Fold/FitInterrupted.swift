package import Storage

/// The user asked for an end in the middle of a fold.
package struct FitInterrupted: ReportableError {
  /// Such as `fold 3`.
  let training: String
  /// How many steps of it are done.
  let step: Int
  /// The step of the last checkpoint; nil where none could be written.
  let saved: Int?

  package var kind: ErrorKind { .resumable }
  package var description: String {
    "interrupted after step \(step) of \(training); "
      + (saved.map { $0 == step ? "this goes on from there" : "this goes on from step \($0)" }
        ?? "there was no room for a checkpoint, so that this begins it again")
  }
}
