package import Storage
package import SystemPackage

/// A folder that should hold a run.
package struct NoRun: ReportableError {
  let path: FilePath

  package init(path: FilePath) { self.path = path }

  package var kind: ErrorKind { .missingInput }
  package var description: String { "\(path): there is no run here" }
}

/// Runs without a fold that all of them have finished.
package struct NoFinishedFold: ReportableError {
  let path: FilePath

  package init(path: FilePath) { self.path = path }

  package var kind: ErrorKind { .missingInput }
  package var description: String { "\(path): there is no fold that every seed has finished" }
}
