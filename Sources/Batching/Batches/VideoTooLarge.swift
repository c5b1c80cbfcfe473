package import Storage
package import Torch

/// A video that does not fit into memory even alone.
package struct VideoTooLarge: ReportableError {
  let ids: [String]
  let cause: OutOfMemory

  package init(ids: [String], cause: OutOfMemory) {
    self.ids = ids
    self.cause = cause
  }

  package var kind: ErrorKind { .resumable }
  package var description: String {
    "\(cause), with one video at a time (among \(ids.prefix(5).joined(separator: ", "))); the same command goes on "
      + "where there is more memory; a smaller model, image or frames.maximum_frames needs less"
  }
}
