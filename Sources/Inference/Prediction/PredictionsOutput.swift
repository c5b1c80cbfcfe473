package import Dataset
package import Storage
package import SystemPackage

/// Where predictions are written to: a file, which outlives a process that is stopped (`UnfinishedPredictions`), or a
/// stream, which takes them as they come.
package final class PredictionsOutput {
  private let file: UnfinishedPredictions?
  private var stream: JSONLines.Writer<Prediction>?

  /// - Parameter fingerprint: of all that decides the predictions; asked for where there is a file to go on with.
  /// - Throws: `FolderInUse` while another process makes the same predictions, `FileError`.
  package init(_ path: FilePath, madeFrom fingerprint: () throws -> String) throws {
    if case .file(let target) = try OutputTarget(path) {
      file = try UnfinishedPredictions(of: target, madeFrom: try fingerprint())
    } else {
      file = nil
      stream = try JSONLines.Writer(path)
    }
  }

  /// Whether there is something to go on with that was made from something else.
  package var hasOthers: Bool { file?.hasOthers ?? false }

  /// - Parameter ids: of all videos, in their order.
  /// - Parameter batch: videos that are predicted together.
  /// - Parameter take: is given what is done already.
  /// - Returns: how many videos that are.
  package func goOn(
    with ids: some Collection<String>, batch: Int, take: ([UnfinishedPredictions.Row]) throws -> Void
  ) throws -> Int {
    try file?.goOn(with: ids, batch: batch, take: take) ?? 0
  }

  package func append(_ predictions: [Prediction]) throws(FileError) {
    try file?.append(predictions)
    for prediction in predictions { try stream?.append(prediction) }
  }

  /// Makes what is in the file durable: other files may then come into place that need it to be there.
  package func flush() throws(FileError) { try file?.flush() }

  /// Whether there is something to go on with at `path`, made from whatever, and nothing finished.
  package static func isUnfinished(_ path: FilePath) throws(FileError) -> Bool {
    guard case .file(let target) = try OutputTarget(path), !Folder.exists(target) else { return false }
    return try UnfinishedPredictions.exist(of: target)
  }

  package func commit() throws(FileError) {
    try file?.commit()
    try stream.take()?.commit()
  }
}
