package import Storage
package import SystemPackage

/// What categories are called, besides their numbers.
package struct CategoryNames: Sendable, Equatable {
  private let names: [String: String]

  package static let none = CategoryNames([:])

  package init(_ names: [String: String]) { self.names = names }

  /// - Parameter path: a JSON object, `{"03": "Food", "0312": "Soup"}`.
  /// - Throws: `JSONError` where it is something else.
  package init(reading path: FilePath) throws(JSONError) {
    let names = try JSONText.read([String: String].self, from: path)
    if let strange = names.keys.sorted().first(where: { !Self.isCategory($0) }) {
      throw .content(
        path, line: nil,
        problem: "\(quoted(strange)) is no category: two digits are one of level 1, four one of level 2")
    }
    self.names = names
  }

  private static func isCategory(_ text: String) -> Bool {
    [2, 4].contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
  }

  /// Nil where it is not told.
  package subscript(category: String) -> String? {
    names[category].flatMap { $0.isEmpty ? nil : $0 }
  }
}
