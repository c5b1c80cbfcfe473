package import Storage
package import Torch

/// Runs `body` with twice as many parts each time that memory runs out.
/// - Parameter parts: in how many a batch is computed; grows for good.
/// - Parameter most: parts of a single video.
/// - Parameter ids: of the videos, for the message.
/// - Returns: also why memory ran out, if it did.
/// - Throws: `VideoTooLarge` when single videos do not fit, and what else `body` throws.
package func fittingIntoMemory<Value>(
  parts: inout Int, most: Int, ids: () -> [String], _ body: (_ parts: Int) throws -> Value
) throws -> (value: Value, split: OutOfMemory?) {
  var split: OutOfMemory?
  while true {
    do {
      return (try catchingOutOfMemory { try body(parts) }, split)
    } catch let error as OutOfMemory {
      guard parts < most else { throw VideoTooLarge(ids: ids(), cause: error) }
      parts *= 2
      split = error
    }
  }
}

/// A video that does not fit into memory even alone.
package struct VideoTooLarge: ReportableError {
  package let ids: [String]
  package let cause: OutOfMemory

  package var kind: ErrorKind { .resumable }
  package var description: String {
    "\(cause), with one video at a time (among \(ids.prefix(5).joined(separator: ", "))); the same command goes on "
      + "where there is more memory; a smaller model, image or frames.maximum_frames needs less"
  }
}
