import Dataset
import Pages

extension CategoryNames {
  private static let longest = 60

  /// Of a length that a page has room for.
  func name(of category: String) -> String? { self[category]?.cut(to: Self.longest) }

  /// `0312 Soup`
  func label(_ category: String) -> String {
    name(of: category).map { "\(category) \($0)" } ?? category
  }
}
