import Baselines
package import Batching
package import Dataset
import Records
import SystemPackage
import Tasks

/// The videos without a category that a run learns from by consistency: those that there is something to see of. A category
/// that one has is not looked at.
package struct UnlabelledVideos: FurtherVideos {
  let annotations: [Annotation]
  let homes: AnnotationHomes
  let source: any VideoSource
  /// Sentences for the user.
  package let warnings: [String]
  private let isTransductive: Bool
  /// Of each video the folds that hold out one that says nearly the same, and do not learn from it.
  private var nearDuplicates: [Set<Int>]

  var framesOption: String { "--unlabelled-frames" }

  /// - Parameters:
  ///   - homes: the files that they were read from, for messages.
  ///   - source: where their pictures are.
  ///   - isTransductive: whether the videos that are to be predicted in the end are among them.
  /// - Throws: `FurtherVideosError` where there is nothing to see, or the frames are of another dataset.
  package init(
    _ annotations: [Annotation], from homes: AnnotationHomes = AnnotationHomes(), source: any VideoSource,
    modality: Modality, isTransductive: Bool
  ) throws {
    let stored = VideoIDs(modality.hasFrames ? source.ids : [])
    let seen = annotations.filter { modality.hasText && $0.hasText || stored.contains($0.id) }
    let withFrames = seen.count { stored.contains($0.id) }
    guard withFrames > 0 || stored.isEmpty else {
      throw FurtherVideosError(
        reason:
          "--unlabelled-frames: has none of the \(annotations.count) videos of --unlabelled-annotations: frames of another "
          + "dataset?")
    }
    guard !seen.isEmpty else {
      throw FurtherVideosError(
        reason:
          "--unlabelled-annotations: of \(annotations.count) videos none has anything to learn from with modality "
          + modality.rawValue)
    }
    self.annotations = seen.map { annotation in
      var annotation = annotation
      annotation.category = nil
      return annotation
    }
    self.homes = homes
    self.source = source
    self.isTransductive = isTransductive
    nearDuplicates = seen.map { _ in [] }
    var warnings = source.problems
    if seen.count < annotations.count {
      warnings.append(
        "of \(annotations.count) videos without categories \(annotations.count - seen.count) have nothing to learn from, and "
          + "are left out")
    }
    if modality.hasFrames, withFrames < seen.count {
      warnings.append(
        "\(seen.count - withFrames) of \(seen.count) videos without categories have no frames, and are seen by their text"
      )
    }
    self.warnings = warnings
  }

  /// The same videos, of which no fold learns from those that nearly say what a video says that it holds out.
  /// - Parameters:
  ///   - path: of `labeled`; nil where they come from no file.
  ///   - folds: the fold that holds out each of `labeled`.
  ///   - threshold: the similarity from which on texts are nearly the same; 0 leaves none out.
  /// - Throws: `FurtherVideosError` naming a video that is labelled as well.
  func apart(
    from labeled: [Annotation], in path: FilePath?, folds: [Int], threshold: Double
  ) throws -> UnlabelledVideos {
    try requireUnlabelled(besides: labeled, in: path)
    var apart = self
    if threshold > 0 {
      let index = NearDuplicates(of: labeled, threshold: threshold)
      apart.nearDuplicates = annotations.map { Set(index.like($0).map { folds[$0] }) }
    }
    return apart
  }

  func videos(for part: RunPart) -> [Int] {
    switch part {
    case .full: Array(annotations.indices)
    case .fold(let fold): annotations.indices.filter { !nearDuplicates[$0].contains(fold) }
    }
  }

  func require(_ parts: [RunPart]) throws {
    for case .fold(let fold) in parts where videos(for: .fold(fold)).isEmpty {
      throw FurtherVideosError(
        reason:
          "--unlabelled-annotations: fold \(fold) has nothing to learn from: all \(annotations.count) videos nearly say what "
          + "one says that it holds out (consistency.near_duplicates)")
    }
  }

  /// - Parameter hasFrames: whether pictures are looked at.
  func inputs(hasFrames: Bool) throws -> RunInputs.Unlabelled {
    RunInputs.Unlabelled(
      annotations: RunInputs.fingerprint(annotations),
      frames: hasFrames ? try source.fingerprint(of: annotations.lazy.map(\.id)) : nil,
      videos: annotations.count, transductive: isTransductive)
  }

  /// - Parameter videos: that folds learn from.
  func record(_ settings: ConsistencyConfiguration, videos: Int) -> UnlabelledRecord {
    UnlabelledRecord(
      videos: videos, method: settings.method.rawValue, transductive: isTransductive,
      nearDuplicates: settings.nearDuplicates)
  }
}
