import Storage

/// Keys of annotations that mean nothing here: `titel` loses all titles without a word, if nobody says so.
package struct UnknownKeys: Sendable, Equatable {
  /// In how many entries each is; of a file that has ever new ones only the first are counted by name.
  private var counts: [String: Int] = [:]
  private var others = 0
  private static let named = 100

  /// - Parameter keys: of one entry; one that stands in several of its parts counts once.
  mutating func add(_ keys: Set<String>) {
    for key in keys {
      if counts[key] != nil || counts.count < Self.named { counts[key, default: 0] += 1 } else { others += 1 }
    }
  }

  package var isEmpty: Bool { counts.isEmpty }

  /// A key that was passed over, and what may have been meant.
  package struct Key: Sendable, Equatable {
    package let name: String
    /// How many entries have it.
    package let entries: Int
    /// The known key that it is nearly; nil where it is near to none.
    package let nearest: String?

    package init(name: String, entries: Int, nearest: String?) {
      (self.name, self.entries, self.nearest) = (name, entries, nearest)
    }

    /// `"titel" in 600 entries is no key of annotations`
    package var problem: String {
      "\(quoted(name)) in \(entries) \(entries == 1 ? "entry" : "entries") is no key of annotations and is passed over"
    }

    package var advice: String {
      nearest.map { "is \(quoted($0)) meant?" }
        ?? "those that are read: \(UnknownKeys.known.joined(separator: ", "))"
    }
  }

  /// The most frequent first.
  package var keys: [Key] {
    counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { Key(name: $0.key, entries: $0.value, nearest: Self.nearest(to: $0.key)) }
  }

  /// A line for each, and one for those beyond the first hundred.
  package var warnings: [String] {
    keys.map { "\($0.problem); \($0.advice)" }
      + (others > 0 ? ["further unknown keys stand in the entries \(others) times"] : [])
  }

  static let known = ["id", "title", "asr", "ocr", "category_id", "ocr[].time", "ocr[].text"]

  /// The known key that differs in two letters or fewer and in less than half of them, where case, hyphens and spaces
  /// make no difference.
  private static func nearest(to name: String) -> String? {
    func plain(_ text: String) -> [Character] {
      text.prefix(64).lowercased().filter { !"-_ ".contains($0) }
    }
    let letters = plain(name)
    let distances = known.map { ($0, distance(letters, plain($0))) }
    guard let (key, distance) = distances.min(by: { $0.1 < $1.1 }), distance <= 2,
      distance * 2 < max(letters.count, 1)
    else { return nil }
    return key
  }

  /// Insertions, deletions, replacements and exchanges of neighbours that make one of the other (the restricted
  /// distance of Damerau and Levenshtein).
  private static func distance(_ one: [Character], _ other: [Character]) -> Int {
    var rows = [Array(0...other.count)]
    for (row, letter) in one.enumerated() {
      var current = [row + 1]
      for (column, otherLetter) in other.enumerated() {
        var least = min(
          rows[row][column] + (letter == otherLetter ? 0 : 1), rows[row][column + 1] + 1, current[column] + 1)
        if row > 0, column > 0, letter == other[column - 1], one[row - 1] == otherLetter {
          least = min(least, rows[row - 1][column - 1] + 1)
        }
        current.append(least)
      }
      rows.append(current)
    }
    return rows[one.count][other.count]
  }
}
