package import Dataset
package import Torch

/// A baseline that every fold learns anew from the others.
package struct CrossValidation: Sendable {
  package let videos: BaselineVideos
  package let categories: Categories
  /// The category of each video, as a number.
  private let labels: [Int]
  /// The fold in which each video is held out.
  private let folds: [Int]
  private let cores: Cores

  /// - Parameter folds: the fold in which each video is held out.
  /// - Throws: `UnknownCategory` naming a video without one.
  package init(of videos: BaselineVideos, folds: [Int], cores: Cores) throws(UnknownCategory) {
    self.videos = videos
    self.folds = folds
    self.cores = cores
    categories = Categories(of: videos.annotations)
    labels = try categories.labels(of: videos.annotations)
  }

  /// The same folds, with less to see.
  package init(_ other: CrossValidation, seen input: BaselineInput) {
    videos = other.videos.seen(as: input)
    (categories, labels, folds, cores) = (other.categories, other.labels, other.folds, other.cores)
  }

  /// What the videos of the other folds tell of each video of a fold, in their order.
  package func answers(of fold: Int) throws -> [(video: Int, answer: LinearBaseline.Answer)] {
    let baseline = try baseline(of: fold)
    let heldOut = folds.indices.filter { folds[$0] == fold }
    let answers = try cores.map(heldOut) { baseline.answer($0, of: videos) }
    return zip(heldOut, answers).map { ($0, $1) }
  }

  /// The baseline that learns from the videos of the other folds.
  package func baseline(of fold: Int) throws -> LinearBaseline {
    try LinearBaseline(
      training: folds.indices.filter { folds[$0] != fold }, of: videos, labels: labels,
      categories: categories, cores: cores)
  }

  /// The baseline that learns from all videos.
  package func ofAllVideos() throws -> LinearBaseline {
    try LinearBaseline(
      training: Array(folds.indices), of: videos, labels: labels, categories: categories, cores: cores)
  }
}
