package import Batching
package import Dataset
package import Records
import Storage
package import SystemPackage
import Training

/// The videos that a run learns from by pseudo-labels: those that have one for somebody, where their pictures are, and
/// what each fold may take them for.
package struct PseudoVideos: FurtherVideos {
  let path: FilePath
  let annotations: [Annotation]
  let homes: AnnotationHomes
  let source: any VideoSource
  private let labels: PseudoLabelFile
  private let checksum: String

  package var header: PseudoLabelHeader { labels.header }
  var framesOption: String { "--pseudo-frames" }

  /// - Parameters:
  ///   - path: of the labels.
  ///   - annotations: of all videos that may have one.
  ///   - homes: the files that these were read from, for messages.
  ///   - source: where their pictures are.
  /// - Throws: `DatasetError`, `JSONError`, `FurtherVideosError` where there is not one label.
  package init(
    reading path: FilePath, annotations: [Annotation], from homes: AnnotationHomes = AnnotationHomes(),
    source: any VideoSource
  ) throws {
    self.path = path
    self.homes = homes
    self.source = source
    var labels = try PseudoLabelFile(reading: path, of: VideoIDs(annotations.map(\.id)))
    let videos = labels.videos
    guard !videos.isEmpty else { throw FurtherVideosError(reason: "\(path): --pseudo-labels: has no label") }
    // What a fold may learn from was decided by the texts: another text may be that of a video that it holds out.
    guard PseudoLabelHeader.unlabelled(annotations) == labels.header.annotations else {
      throw FurtherVideosError(
        reason:
          "\(path): --pseudo-labels: are of \(labels.header.videos) videos as they were then; --pseudo-annotations has "
          + "\(annotations.count), others or with other texts")
    }
    labels.renumber(Dictionary(uniqueKeysWithValues: videos.enumerated().map { ($1, $0) }))
    self.labels = labels
    self.annotations = videos.map { annotations[$0] }
    var checksum = Checksum()
    try MappedFile(path).withBytes { checksum.add($0) }
    self.checksum = checksum.text
  }

  /// What to tell of videos without frames or text.
  /// - Throws: `FurtherVideosError` where the source holds videos, but none of these.
  package func warning(for modality: Modality) throws -> String? {
    let stored = VideoIDs(source.ids)
    let (withoutFrames, withoutText) = (
      modality.hasFrames ? annotations.count { !stored.contains($0.id) } : 0,
      modality.hasText ? annotations.count { !$0.hasText } : 0
    )
    guard withoutFrames < annotations.count || stored.isEmpty else {
      throw FurtherVideosError(
        reason:
          "--pseudo-frames: has none of the \(annotations.count) videos of --pseudo-annotations that have a label: "
          + "frames of another dataset?")
    }
    guard withoutFrames + withoutText > 0 else { return nil }
    return
      "of the \(annotations.count) videos with pseudo-labels \(withoutFrames) have no frames and \(withoutText) no text"
  }

  /// Looks whether folds may learn from these labels.
  /// - Parameters:
  ///   - labeled: the run's videos.
  ///   - file: where they were read; nil where they come from no file.
  ///   - folds: the fold that holds each out.
  /// - Throws: `FurtherVideosError` where the teachers of a fold have seen a video that it holds out.
  func requireUnseen(
    _ labeled: [Annotation], in file: FilePath?, folds: [Int], count: Int, categories: Categories
  ) throws {
    try requireUnlabelled(besides: labeled, in: file)
    guard header.categories == categories.level2 else {
      throw FurtherVideosError(
        reason:
          "\(path): --pseudo-labels: are of \(header.categories.count) categories, the annotations have "
          + "\(categories.count), or others")
    }
    let own = PseudoLabelHeader.heldOut(labeled, folds, count: count)
    guard own != header.heldOut else { return }
    let fold = zip(own, header.heldOut).enumerated().first { $1.0 != $1.1 }?.offset ?? 0
    throw FurtherVideosError(
      reason:
        "\(path): --pseudo-labels: were made for folds that hold out other videos, or videos of other texts or categories (the first that differs is fold \(fold) "
        + "of \(count), there of \(header.heldOut.count)): models would be judged by videos that their teachers have seen; "
        + "folds are the same with the same --folds, fold_seed and annotations")
  }

  func require(_ parts: [RunPart]) throws {
    for part in parts where table(part).map({ $0.count == 0 }) ?? true {
      let what = part == .full ? "the model of all videos" : "fold \(part.number ?? 0)"
      throw FurtherVideosError(
        reason:
          "\(path): --pseudo-labels: has no label for \(what), and those of others are made by models that have seen "
          + "its videos"
          + (part == .full ? ": give --full-data to pseudo-label" : ""))
    }
  }

  private func table(_ part: RunPart) -> PseudoLabelTable? { labels.table(part.number) }

  func videos(for part: RunPart) -> [Int] { table(part)?.videos ?? [] }

  /// What a part of the run is to take a video for; nil where it learns nothing from it.
  func target(of video: Int, for part: RunPart, weight: Double) -> Target? {
    table(part)?.distribution(of: video, categories: header.categories.count).map {
      .distribution($0.probabilities, weight: $0.weight * Float(weight))
    }
  }

  /// - Parameter hasFrames: whether pictures are looked at.
  func inputs(hasFrames: Bool) throws -> RunInputs.PseudoLabels {
    RunInputs.PseudoLabels(
      labels: checksum, annotations: RunInputs.fingerprint(annotations),
      frames: hasFrames ? try source.fingerprint(of: annotations.lazy.map(\.id)) : nil,
      videos: annotations.count, round: header.round, transductive: header.transductive)
  }

  /// - Parameter videos: that folds learn from.
  func record(_ settings: PseudoLabelConfiguration, videos: Int) -> PseudoLabelRecord {
    PseudoLabelRecord(
      videos: videos, use: settings.use.rawValue, teachers: header.teachers.map(\.run),
      floor: header.floor, round: header.round, transductive: header.transductive)
  }
}

extension RunPart {
  /// nil for all videos.
  fileprivate var number: Int? { if case .fold(let fold) = self { fold } else { nil } }
}
