import Storage

/// Videos beside the labelled ones, or pseudo-labels of them, that cannot be made, or that a run must not be trained on.
struct FurtherVideosError: ReportableError {
  let reason: String
  var kind = ErrorKind.badData

  var description: String { reason }
}
