package import Dataset

/// Finds those of some texts that nearly say what another one says: the n-grams of three characters that both have are a
/// part of those that either has (Jaccard similarity). Of what is compared, case, white space and punctuation do not
/// count; texts without a letter are like none.
///
/// Two sets that are so similar share one at least of their rarest n-grams, as many as the similarity leaves room for:
/// these alone are looked up (prefix filtering; Chaudhuri et al., 2006), so that a hundred thousand texts are searched as
/// fast as a thousand.
package struct NearDuplicates: Sendable {
  private let threshold: Double
  /// Of each text, ascending.
  private let sets: [[UInt64]]
  /// In how many texts each n-gram is.
  private let frequencies: [UInt64: Int32]
  /// The texts that each n-gram is one of the rarest of.
  private let places: [UInt64: [Int32]]

  /// - Parameter threshold: above 0, to 1; with 1 the sets have to be equal.
  package init(of annotations: [Annotation], threshold: Double) {
    precondition(threshold > 0 && threshold <= 1, "a similarity of \(threshold)")
    self.threshold = threshold
    let sets = annotations.map(Self.set)
    var frequencies: [UInt64: Int32] = [:]
    for set in sets { for ngram in set { frequencies[ngram, default: 0] += 1 } }
    var places: [UInt64: [Int32]] = [:]
    for (text, set) in sets.enumerated() {
      for ngram in Self.rarest(of: set, frequencies, threshold) {
        places[ngram, default: []].append(Int32(text))
      }
    }
    self.sets = sets
    self.frequencies = frequencies
    self.places = places
  }

  /// The places of the texts that an annotation's is like, ascending.
  package func like(_ annotation: Annotation) -> [Int] {
    let set = Self.set(annotation)
    var candidates: Set<Int32> = []
    for ngram in Self.rarest(of: set, frequencies, threshold) { candidates.formUnion(places[ngram] ?? []) }
    return candidates.map(Int.init).filter { Self.similarity(set, sets[$0]) >= threshold }.sorted()
  }

  /// - Returns: none of a text without letters and digits; of one with less than three, all that it has.
  private static func set(_ annotation: Annotation) -> [UInt64] {
    var text = String.UnicodeScalarView()
    for scalar in BaselineVideos.text(of: annotation).unicodeScalars {
      if scalar.properties.isAlphabetic || scalar.properties.numericType != nil {
        text.append(scalar)
      } else if text.last != " ", !text.isEmpty {
        text.append(" ")
      }
    }
    if text.last == " " { text.removeLast() }
    let all = CharacterNGrams.counts(of: String(text)).map(\.ngram)
    let longest = all.filter { CharacterNGrams.length(of: $0) == CharacterNGrams.longest }
    return longest.isEmpty ? all : longest
  }

  private static func rarest(
    of set: [UInt64], _ frequencies: [UInt64: Int32], _ threshold: Double
  ) -> ArraySlice<UInt64> {
    guard !set.isEmpty else { return [] }
    // As many have to be shared; rounding must not ask for one more.
    let shared = Int((threshold * Double(set.count) - 1e-9).rounded(.up))
    let sorted = set.sorted { (frequencies[$0, default: 0], $0) < (frequencies[$1, default: 0], $1) }
    return sorted.prefix(set.count - shared + 1)
  }

  private static func similarity(_ one: [UInt64], _ other: [UInt64]) -> Double {
    var (i, j, shared) = (0, 0, 0)
    while i < one.count, j < other.count {
      if one[i] == other[j] {
        shared += 1
        i += 1
        j += 1
      } else if one[i] < other[j] {
        i += 1
      } else {
        j += 1
      }
    }
    let either = one.count + other.count - shared
    return either > 0 ? Double(shared) / Double(either) : 0
  }
}
