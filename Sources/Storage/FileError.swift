import Glibc
package import SystemPackage

/// A file that could not be opened, read or written, with the operating system's reason.
package struct FileError: ReportableError {
  package enum Operation: String, Sendable {
    case read, write, create, rename, lock
  }

  package var operation: Operation
  package var path: FilePath
  package var reason: Errno

  package init(_ operation: Operation, _ path: FilePath, _ reason: Errno) {
    self.operation = operation
    self.path = path
    self.reason = reason
  }

  /// The error that the last C call left in `errno`.
  package static func current(_ operation: Operation, _ path: FilePath) -> FileError {
    FileError(operation, path, Errno(rawValue: errno))
  }

  package var kind: ErrorKind {
    switch (reason, operation) {
    case (.noSpace, _), (.diskQuotaExceeded, _), (.noMemory, _), (.tooManyOpenFiles, _): .resumable
    case (_, .read): .missingInput
    case (_, .write), (_, .create), (_, .rename), (_, .lock): .cannotCreate
    }
  }

  package var description: String { "\(path): cannot \(operation.rawValue): \(reason)" }
}
