import Records
import Storage
import SystemPackage

/// Too many steps in a row had no finite loss and gradient.
struct Diverged: ReportableError {
  /// Such as `fold 3`.
  let training: String
  let place: FitEvent.Place
  let inARow: Int
  let tensor: String
  let ids: [String]
  /// Where the step is that can be repeated.
  let path: FilePath?

  private static let named = 5

  var kind: ErrorKind { .badData }
  var description: String {
    let more = ids.count > Self.named ? " and \(ids.count - Self.named) more" : ""
    return
      "training diverged: \(inARow) steps in a row up to step \(place.step) of \(training) had no finite loss "
      + "and gradient; the first tensor at fault is '\(tensor)', the videos are "
      + "\(ids.prefix(Self.named).joined(separator: ", "))\(more). Lower training.learning_rate, or look for odd data"
      + (path.map { "; --replay repeats the step, which is kept in \($0)" } ?? "")
  }
}
