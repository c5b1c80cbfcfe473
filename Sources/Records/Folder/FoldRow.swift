/// A line of `folds.jsonl`.
package struct FoldRow: Codable, Sendable, Equatable {
  package let id: String
  /// The fold that holds the video out, counted from 0.
  package let fold: Int
  /// What the annotations say the video is, so that whoever reads the predictions can score them.
  package let category: String

  package init(id: String, fold: Int, category: String) {
    self.id = id
    self.fold = fold
    self.category = category
  }

  enum CodingKeys: String, CodingKey {
    case id, fold
    case category = "category_id"
  }
}
