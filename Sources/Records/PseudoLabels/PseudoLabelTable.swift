/// Pseudo-labels for one fold, or for the model of all videos, in little memory: of each video the categories that have a
/// probability, one after the other.
package struct PseudoLabelTable: Sendable {
  /// The place of each video in the annotations.
  package private(set) var videos: [Int] = []
  package private(set) var weights: [Float] = []
  /// Where the categories of each video end.
  private var ends: [Int] = []
  private var categories: [Int32] = []
  private var probabilities: [Float] = []
  /// The row of each video.
  private var rows: [Int: Int] = [:]

  package init() {}

  package var count: Int { videos.count }

  package func contains(_ video: Int) -> Bool { rows[video] != nil }

  /// - Parameter video: which has no label yet.
  package mutating func append(
    _ video: Int, _ label: some Sequence<(category: Int, probability: Float)>, weight: Float
  ) {
    precondition(rows[video] == nil, "video \(video) has a label")
    rows[video] = videos.count
    videos.append(video)
    weights.append(weight)
    for (category, probability) in label {
      categories.append(Int32(category))
      probabilities.append(probability)
    }
    ends.append(categories.count)
  }

  private func span(_ row: Int) -> Range<Int> { (row == 0 ? 0 : ends[row - 1])..<ends[row] }

  /// The categories of a row and their probabilities.
  package func label(_ row: Int) -> [(category: Int, probability: Float)] {
    span(row).map { (Int(categories[$0]), probabilities[$0]) }
  }

  /// The probability of each category, and the weight; nil where the video has no label here.
  package func distribution(of video: Int, categories count: Int) -> (probabilities: [Float], weight: Float)?
  {
    guard let row = rows[video] else { return nil }
    var all = [Float](repeating: 0, count: count)
    for place in span(row) { all[Int(categories[place])] = probabilities[place] }
    return (all, weights[row])
  }

  /// The same labels of videos at other places.
  package mutating func renumber(_ places: [Int: Int]) {
    videos = videos.compactMap { places[$0] }
    precondition(videos.count == ends.count, "a video without a new place")
    rows = Dictionary(uniqueKeysWithValues: videos.enumerated().map { ($1, $0) })
  }
}
