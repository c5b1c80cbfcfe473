import Dataset
import Foundation
import Testing
import Torch

@testable import Baselines

@Suite("Linear models against scikit-learn (scripts/make_baseline_fixture.py)") struct ScikitLearnTests {
  private struct Fixture: Decodable {
    struct Video: Decodable {
      let text, category: String
    }
    let training: [Video]
    let others: [String]
    let trainingRows, otherRows: [[String: Double]]
    let level1, combined: [[String: Double]]

    enum CodingKeys: String, CodingKey {
      case training, others
      case trainingRows = "training_rows"
      case otherRows = "other_rows"
      case level1, combined
    }
  }

  private let fixture: Fixture

  init() throws {
    let file = Bundle.module.bundleURL.appending(path: "Fixtures/baseline.json")
    fixture = try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: file))
  }

  /// As `BaselineVideos` gives them.
  private var texts: [String] { fixture.training.map { $0.text.lowercased() } }

  /// An n-gram is its characters, 21 bits each.
  private func text(_ ngram: UInt64) -> String {
    let scalars = (0..<3).compactMap { Unicode.Scalar(UInt32(ngram >> (21 * $0) & 0x1F_FFFF)) }
    return String(String.UnicodeScalarView(scalars.filter { $0.value > 0 }))
  }

  @Test(
    "N-grams, their frequencies and the length of a row are TfidfVectorizer's, of texts known and unknown")
  func rows() {
    let tfidf = TFIDF(fitting: texts)
    func check(_ texts: [String], _ expected: [[String: Double]]) {
      for (text, expected) in zip(texts, expected) {
        let row = tfidf.row(of: text.lowercased())
        let named = Dictionary(
          uniqueKeysWithValues: row.map { (self.text(tfidf.ngrams[$0.place]), $0.value) })
        #expect(named.keys.sorted() == expected.keys.sorted(), "\(text)")
        // The frequencies are kept in 32 bits.
        #expect(named.allSatisfy { abs($1 - (expected[$0] ?? 9)) < 1e-6 }, "\(text)")
        #expect(row.map(\.place) == row.map(\.place).sorted())
      }
    }
    check(fixture.training.map(\.text), fixture.trainingRows)
    check(fixture.others, fixture.otherRows)
  }

  @Test(
    "Probabilities of one class against the others are LogisticRegression's, by liblinear, with its penalised bias"
  )
  func probabilities() {
    let tfidf = TFIDF(fitting: texts)
    var rows = FeatureRows(features: tfidf.ngrams.count)
    for text in texts { rows.append(tfidf.row(of: text)) }
    let names = Set(fixture.training.map { String($0.category.prefix(2)) }).sorted()
    let weights = rows.withPointers { rows in
      names.map { name in
        LogisticRegression.weights(of: rows, tolerance: 1e-9) {
          fixture.training[$0].category.hasPrefix(name)
        }
      }
    }
    for (text, expected) in zip(fixture.others, fixture.level1) {
      let chances = weights.map { weights in
        let score = tfidf.row(of: text.lowercased()).reduce(Double(weights.last ?? 9)) {
          $0 + $1.value * Double(weights[$1.place])
        }
        return 1 / (1 + exp(-score))
      }
      for (name, chance) in zip(names, chances) {
        #expect(abs(chance / chances.reduce(0, +) - (expected[name] ?? 9)) < 1e-5, "\(text)")
      }
    }
  }

  @Test("A whole baseline says what scikit-learn's two questions say together, to the solver's tolerance")
  func whole() throws {
    let annotations =
      (fixture.training.map { ($0.text, $0.category as String?) } + fixture.others.map { ($0, nil) })
      .enumerated().map { Annotation(id: "\($0)", title: $1.0, category: $1.1) }
    let videos = try #require(BaselineVideos(annotations, hasText: true, source: nil))
    let count = fixture.training.count
    let categories = Categories(of: annotations)
    let baseline = try LinearBaseline(
      training: Array(0..<count), of: videos, labels: try categories.labels(of: Array(annotations[..<count])),
      categories: categories, cores: Cores(1))
    for (number, expected) in fixture.combined.enumerated() where !fixture.otherRows[number].isEmpty {
      let said = baseline.answer(count + number, of: videos).probabilities
      for (name, probability) in zip(categories.level2, said) {
        #expect(abs(Double(probability) - (expected[name] ?? 9)) < 0.01, "\(fixture.others[number])")
      }
    }
  }

  @Test(
    "Where there are too many n-grams the most frequent stay, and of equal ones the same whatever the order")
  func most() {
    let few = TFIDF(fitting: texts, mostNGrams: 10)
    #expect(few.ngrams.count == 10 && few.ngrams == few.ngrams.sorted())
    #expect(TFIDF(fitting: texts.reversed(), mostNGrams: 10).ngrams == few.ngrams)
    let all = TFIDF(fitting: texts)
    let rarest = few.idf.max() ?? 0
    #expect(zip(all.ngrams, all.idf).filter { $1 < rarest }.allSatisfy { few.ngrams.contains($0.0) })
  }
}
