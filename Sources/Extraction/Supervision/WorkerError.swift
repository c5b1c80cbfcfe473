package import Storage
package import SystemPackage

/// Workers that cannot work, whatever the video.
package enum WorkerError: ReportableError, Equatable {
  case missing(FilePath)
  case cannotStart(FilePath, Errno)
  /// It ended, time and again, before it was ready.
  case neverReady(FilePath, String)
  /// Its system calls are not filtered, for this reason, where they have to be.
  case unfiltered(FilePath, String)

  package var kind: ErrorKind {
    switch self {
    case .missing, .neverReady, .unfiltered: .internal
    case .cannotStart(_, let reason):
      [.noMemory, .resourceTemporarilyUnavailable].contains(reason) ? .resumable : .internal
    }
  }

  package var description: String {
    switch self {
    case .missing(let program):
      "\(program) is missing: extract reads videos in processes of this program, which belongs beside framewise"
    case .cannotStart(let program, let reason): "\(program): cannot be started: \(reason)"
    case .neverReady(let program, let end): "\(program): is never ready: \(end)"
    case .unfiltered(let program, let reason):
      "\(program): this kernel does not filter system calls (\(reason)), and strangers' videos are not read without that"
    }
  }
}
