import Storage

/// Pseudo-labels that cannot be made, or that a run must not be trained on.
struct PseudoLabelError: ReportableError {
  let reason: String
  var kind = ErrorKind.badData

  var description: String { reason }
}
