import Dataset

/// The frames of one uploaded video, or none.
struct UploadedFrames: VideoSource {
  let vectorSize: Int? = nil
  private let id: String
  private let jpegs: [[UInt8]]

  /// - Parameter id: of the only video that has frames here.
  init(_ id: String, _ jpegs: [[UInt8]]) {
    self.id = id
    self.jpegs = jpegs
  }

  var ids: [String] { jpegs.isEmpty ? [] : [id] }

  func content(of id: String) -> VideoContent {
    id == self.id && !jpegs.isEmpty ? .frames(jpegs) : .missing(reason: "no frames came with it")
  }

  func fingerprint(of ids: some Sequence<String>) -> String {
    var fingerprint = Fingerprint()
    for id in ids {
      fingerprint.add(id)
      for jpeg in id == self.id ? jpegs : [] { fingerprint.add(jpeg) }
    }
    return fingerprint.text
  }
}
