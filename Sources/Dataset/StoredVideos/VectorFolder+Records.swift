import Storage
import SystemPackage

extension VectorFolder {
  package static let originName = "origin.json"
  package static let damageName = "damage.jsonl"

  /// What made the vectors: `origin.json`.
  package struct Origin: Codable, Sendable, Equatable {
    /// What the backbone is called, `timm's tf_efficientnet_lite0`.
    package let backbone: String
    /// The folder of the run that trained it; nil for published weights. Such a backbone has seen videos that a model
    /// of its vectors may be judged by.
    package let run: String?
    /// The fold of that run; nil for its model of all videos.
    package let fold: Int?

    package init(backbone: String, run: String? = nil, fold: Int? = nil) {
      self.backbone = backbone
      self.run = run
      self.fold = fold
    }
  }

  /// A line of `damage.jsonl`: what could not be read of a video when its vectors were computed.
  package struct Damage: Codable, Sendable, Equatable {
    package let id: String
    /// Frames that cannot be decoded; nil where nothing of the video can be read.
    package let frames: Int?

    package init(id: String, frames: Int?) {
      self.id = id
      self.frames = frames
    }
  }

  /// nil where the vectors come from elsewhere and nobody says.
  static func readOrigin(_ folder: FilePath) throws(DatasetError) -> Origin? {
    let path = folder.appending(originName)
    guard Folder.exists(path) else { return nil }
    do { return try JSONText.read(Origin.self, from: path) } catch { throw DatasetError(error) }
  }

  /// By video; a video whose writer was killed and that was computed again has a line of each time.
  static func readDamage(_ folder: FilePath) throws(DatasetError) -> [String: Damage] {
    let path = folder.appending(damageName)
    guard Folder.exists(path) else { return [:] }
    let lines: [Damage]
    do { lines = try JSONLines.read(Damage.self, from: path) } catch { throw DatasetError(error) }
    return Dictionary(lines.map { ($0.id, $0) }) { $1 }
  }
}
