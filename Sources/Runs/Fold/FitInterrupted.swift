package import Storage

/// The user asked for an end in the middle of a fold.
package struct FitInterrupted: ReportableError {
  let fold: Int
  /// How many steps of the fold are done.
  let step: Int
  /// The step of the last checkpoint; nil where none could be written.
  let saved: Int?

  package var kind: ErrorKind { .resumable }
  package var description: String {
    "interrupted after step \(step) of fold \(fold); "
      + (saved.map { $0 == step ? "this goes on from there" : "this goes on from step \($0)" }
        ?? "there was no room for a checkpoint, so that this begins the fold again")
  }
}
