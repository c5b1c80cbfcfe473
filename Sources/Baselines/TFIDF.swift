import Foundation

/// Texts as vectors: of each n-gram `(1 + ln count) · idf`, the vector then of length 1, with the smooth
/// `idf = ln((1 + texts) / (1 + texts with it)) + 1`. These are scikit-learn's definitions (`TfidfVectorizer` with
/// `analyzer="char"`, `sublinear_tf`, `min_df=2`).
struct TFIDF: Sendable {
  /// Those that count, ascending.
  let ngrams: [UInt64]
  /// Of each.
  let idf: [Float]
  private let places: [UInt64: Int32]

  /// An n-gram of one text alone tells nothing of another.
  private static let fewestTexts = 2
  /// With 200 categories the weights of so many take 105 MB.
  private static let mostNGrams = 1 << 17

  init(ngrams: [UInt64], idf: [Float]) {
    precondition(ngrams.count == idf.count)
    self.ngrams = ngrams
    self.idf = idf
    places = Dictionary(zip(ngrams, (0 as Int32)...)) { first, _ in first }
  }

  /// - Parameter texts: to learn from, empty ones included; of the n-grams the most frequent are kept.
  init(fitting texts: some Sequence<String>, mostNGrams: Int = Self.mostNGrams) {
    var count = 0
    var frequencies: [UInt64: Int32] = [:]
    for text in texts {
      count += 1
      for (ngram, _) in CharacterNGrams.counts(of: text) { frequencies[ngram, default: 0] += 1 }
    }
    var kept = frequencies.filter { $0.value >= Self.fewestTexts }.map { (ngram: $0.key, texts: $0.value) }
    if kept.count > mostNGrams {
      kept.sort { ($1.texts, $0.ngram) < ($0.texts, $1.ngram) }
      kept.removeLast(kept.count - mostNGrams)
    }
    kept.sort { $0.ngram < $1.ngram }
    self.init(
      ngrams: kept.map(\.ngram),
      idf: kept.map { Float(log(Double(1 + count) / Double(1 + $0.texts)) + 1) })
  }

  /// The places of the n-grams of a text, ascending, with their values; none where no n-gram of it is known.
  func row(of text: String) -> [(place: Int, value: Double)] {
    var row: [(place: Int, value: Double)] = []
    for (ngram, count) in CharacterNGrams.counts(of: text) {
      guard let place = places[ngram].map(Int.init) else { continue }
      row.append((place, (1 + log(Double(count))) * Double(idf[place])))
    }
    let length = row.reduce(0) { $0 + $1.value * $1.value }.squareRoot()
    return row.map { ($0.place, $0.value / length) }
  }
}
