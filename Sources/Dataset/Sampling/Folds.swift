import Storage

/// Cross-validation: each video is held out in exactly one fold.
package enum Folds {
  /// The fold of each video, `0..<folds`, so that each fold has its share of each category.
  ///
  /// Each category's videos are shuffled and dealt to the folds in turn, and the next category goes on where
  /// the last one stopped. So a category's numbers in two folds differ by one at most, those of all videos
  /// too, and categories with fewer videos than folds do not gather in the first folds.
  /// The result depends on the ids, not on the order of the file.
  ///
  /// - Parameters:
  ///   - ids: no two equal.
  ///   - categories: one for each id.
  package static func stratified(ids: [String], categories: [Int], folds: Int, seed: UInt64) -> [Int] {
    precondition(ids.count == categories.count, "\(ids.count) ids, \(categories.count) categories")
    precondition(folds > 0, "\(folds) folds")
    var generator = SeededGenerator(seed: seed)
    let sorted = ids.indices.sorted { ids[$0].utf8.lexicographicallyPrecedes(ids[$1].utf8) }
    let members = Dictionary(grouping: sorted) { categories[$0] }
    let order = generator.shuffled(0..<folds)
    var result = [Int](repeating: 0, count: ids.count)
    var dealt = 0
    for (_, videos) in members.sorted(by: { $0.key < $1.key }) {
      for video in generator.shuffled(videos) {
        result[video] = order[dealt % folds]
        dealt += 1
      }
    }
    return result
  }
}
