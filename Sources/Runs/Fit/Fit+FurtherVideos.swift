import Batching
import Dataset
import NN
import Records
import Settings
import Storage
import Tasks
import Training

/// What a run learns from beside labelled videos: some with pseudo-labels, or some without a category.
extension Fit {
  /// - Parameter source: where the pictures of the labelled videos are.
  /// - Throws: `FurtherVideosError` where videos and configuration do not belong together, or pictures are of another kind.
  static func require(
    _ pseudo: PseudoVideos?, _ unlabelled: UnlabelledVideos?, _ configuration: RunConfiguration,
    pictures source: any VideoSource
  ) throws {
    func require(_ option: String, isGiven: Bool, isUsed: Bool, _ setting: String) throws {
      guard isGiven != isUsed else { return }
      throw FurtherVideosError(
        reason: isUsed
          ? "\(option): is missing: the configuration learns from it (\(setting))"
          : "\(option): is given for nothing: \(setting)", kind: .usage)
    }
    let (use, method) = (configuration.pseudoLabels.use, configuration.consistency.method)
    try require(
      "--pseudo-labels", isGiven: pseudo != nil, isUsed: use != .none,
      "pseudo_labels.use is \(use.rawValue)")
    try require(
      "--unlabelled-annotations", isGiven: unlabelled != nil, isUsed: method != .none,
      "consistency.method is \(method.rawValue)")
    guard configuration.modality.hasFrames else { return }
    try pseudo?.requirePictures(like: source)
    try unlabelled?.requirePictures(like: source)
  }

  var further: (any FurtherVideos)? { pseudo ?? unlabelled }

  /// The reader with the targets that a part of the run is trained on.
  func aimed(_ reader: SampleReader, _ part: RunPart) -> SampleReader {
    let labels = labels
    if let pseudo {
      let weight = configuration.pseudoLabels.weight
      return reader.aiming { video in
        video < labels.count
          ? .category(labels[video]) : pseudo.target(of: video - labels.count, for: part, weight: weight)
      }
    }
    guard unlabelled != nil else { return reader }
    return reader.aiming { $0 < labels.count ? .category(labels[$0]) : .unlabelled }
  }

  private func use(_ configuration: RunConfiguration) -> FurtherTurns.Use {
    unlabelled == nil
      ? configuration.pseudoLabels.turns : .mixed(share: configuration.consistency.share)
  }

  /// How many steps a part of the run takes.
  func curriculum(_ part: RunPart, _ split: Split, _ configuration: RunConfiguration) -> Curriculum {
    Curriculum(
      labelled: split.training.count, further: further?.videos(for: part).count ?? 0, use(configuration),
      configuration.optimization)
  }

  func turns(_ part: RunPart, _ configuration: RunConfiguration) -> FurtherTurns {
    guard let further else { return .none }
    return FurtherTurns(
      videos: further.videos(for: part).map { annotations.count + $0 }, use(configuration))
  }

  /// - Parameter counts: labelled videos of each category.
  func consistency(_ configuration: RunConfiguration, counts: [Int]) -> Consistency? {
    unlabelled.map { _ in
      Consistency(
        configuration.consistency, counts: counts, augmentation: configuration.optimization.augmentation)
    }
  }

  /// How many a part of the run learns from, or its folds together.
  func furtherCounts(_ part: RunPart? = nil) -> (pseudo: Int?, unlabelled: Int?) {
    func count(_ videos: (any FurtherVideos)?) -> Int? {
      videos.map { part.map($0.videos(for:))?.count ?? learntFrom.count }
    }
    return (count(pseudo), count(unlabelled))
  }

  /// Those that at least one fold learns from, by their places among the further videos.
  var learntFrom: [Int] { learntFrom((0..<configuration.folds).map(RunPart.fold)) }

  private func learntFrom(_ parts: [RunPart]) -> [Int] {
    guard let further else { return [] }
    return parts.reduce(into: Set()) { $0.formUnion(further.videos(for: $1)) }.sorted()
  }

  /// Notes which videos the models of the run learn from, if any: the folds', and that of all videos once it is begun.
  func writeUnlabelledVideos() throws {
    guard let further else { return }
    let folds = (0..<configuration.folds).map(RunPart.fold)
    let learnt = learntFrom(Folder.exists(folder.full.configuration) ? folds + [.full] : folds)
    try JSONLines.write(
      learnt.lazy.map { UnlabelledVideoRow(id: further.annotations[$0].id) }, to: folder.unlabelledVideos)
  }
}
