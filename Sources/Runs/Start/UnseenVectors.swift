import Dataset
import Storage
import SystemPackage

extension VideoSource {
  /// - Throws: `SeenVectors` where a run trained the backbone that made the vectors: whatever is judged by these videos
  ///   would be judged by what it has seen.
  func requireUnseenVectors() throws {
    guard let run = vectorOrigin?.run else { return }
    throw SeenVectors(path: path?.string ?? "", run: run)
  }
}

/// Vectors that know the categories of the videos that are held out.
struct SeenVectors: ReportableError {
  let path: String
  let run: String

  var kind: ErrorKind { .badData }
  var description: String {
    "\(path): --frames: a backbone made these vectors that \(run) trained, and models would be judged by videos that it "
      + "has seen; give the frames, and that run as --backbone of fit"
  }
}
