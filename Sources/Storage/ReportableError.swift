/// An error of the world (a file, a setting, a device, a video), as opposed to a programmer's mistake, which traps.
///
/// `description` is one line that says what is wrong, in which file, at which id and field, and, where there
/// is something to do about it, what.
package protocol ReportableError: Error, Sendable, CustomStringConvertible {
  var kind: ErrorKind { get }
}

/// What sort of thing went wrong; the command line turns it into its exit code.
package enum ErrorKind: Int32, Sendable {
  /// The request makes no sense: an unknown option, key or value.
  case usage = 64
  /// The input is there, but is not what it should be.
  case badData = 65
  /// The input is not there, or may not be read.
  case missingInput = 66
  /// Framewise's own fault.
  case `internal` = 70
  /// The output cannot be made there: no permission, not a folder, read-only.
  case cannotCreate = 73
  /// The machine ran out of something (disk, memory); the same command can go on when there is room.
  case resumable = 75
}
