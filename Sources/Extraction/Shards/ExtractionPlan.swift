import Dataset
import Storage
import SystemPackage

/// What an unfinished extraction is making; `plan.json`. Every process that takes part has the same one.
struct ExtractionPlan: Codable, Equatable {
  static let currentVersion = 1

  var version = currentVersion
  var extraction: DatasetDescription.Extraction
  /// `AnnotationFile.fingerprint` of all ids.
  var annotations: String
  var videos: Int
  var shardSize: Int
  /// Whether what was quarantined is read again.
  var isRetry: Bool

  enum CodingKeys: String, CodingKey {
    case version, extraction, annotations, videos
    case shardSize = "shard_size"
    case isRetry = "is_retry"
  }

  init(_ extraction: DatasetDescription.Extraction, ids: VideoIDs, shardSize: Int, isRetry: Bool) {
    precondition(DatasetDescription.shardSizes ~= shardSize)
    self.extraction = extraction
    annotations = AnnotationFile.fingerprint(ids)
    videos = ids.count
    self.shardSize = shardSize
    self.isRetry = isRetry
  }

  var shardCount: Int { videos / shardSize + (videos % shardSize == 0 ? 0 : 1) }

  /// Positions in the annotations.
  func videos(of shard: Int) -> Range<Int> { shard * shardSize..<min((shard + 1) * shardSize, videos) }

  /// A finished dataset as a plan.
  init(_ finished: DatasetDescription) {
    extraction = finished.extraction
    annotations = finished.annotations
    videos = finished.videos
    shardSize = finished.shardSize
    isRetry = false
  }

  /// Tells apart what shards are made of: the settings, and which videos a shard covers.
  func fingerprint(covering ids: some Sequence<String> = EmptyCollection()) -> String {
    var fingerprint = Fingerprint()
    fingerprint.add(JSONText.encode(extraction))
    fingerprint.add(shardSize)
    for id in ids { fingerprint.add(id) }
    return fingerprint.text
  }

  /// Whether a file of this name in the output folder is one that this makes.
  func makes(_ name: String) -> Bool {
    WorkFolder.isOutput(name) && ShardName.number(of: name) ?? 0 < shardCount
  }

  /// Why what `earlier` made cannot be part of this, as the end of a sentence; nil when it can: the same settings, and
  /// the same videos or the first of them.
  func difference(from earlier: ExtractionPlan, ids: VideoIDs) -> String? {
    guard earlier.extraction == extraction, earlier.shardSize == shardSize else {
      return "with other settings"
    }
    guard earlier.videos <= videos,
      AnnotationFile.fingerprint(ids.prefix(earlier.videos)) == earlier.annotations
    else { return "of other videos" }
    return nil
  }

  /// Nil when there is none, also when it goes away just now.
  static func read(_ folder: WorkFolder) throws(DatasetError) -> ExtractionPlan? {
    guard Folder.exists(folder.plan) else { return nil }
    let plan: ExtractionPlan
    do { plan = try JSONText.read(ExtractionPlan.self, from: folder.plan) } catch {
      if !Folder.exists(folder.plan) { return nil }
      throw folder.refusal("holds an .extraction/plan.json that is not of this program")
    }
    guard plan.version == currentVersion, DatasetDescription.shardSizes ~= plan.shardSize, plan.videos > 0
    else {
      throw folder.refusal("holds an .extraction/plan.json that is not of this program")
    }
    return plan
  }
}
