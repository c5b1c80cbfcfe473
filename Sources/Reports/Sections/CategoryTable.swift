import Dataset
import Metrics
import Pages

/// Every category with its scores, level 2 under its level 1; head, middle and tail.
struct CategoryTable: Sendable {
  struct Row: Sendable {
    let category: String
    let categoryName: String?
    let isLevel1: Bool
    let precision: String
    let recall: String
    let f1: String
    /// Percent, the length of a bar.
    let bar: String
    let support: String
    let predictedCount: String
    /// What it is taken for most often.
    let takenFor: String?
    let takenForName: String?
    let takenTimes: Int?
  }

  struct Third: Sendable {
    let thirdName: String
    let macroF1: String
    let bar: String
    let classes: Int
    let thirdVideos: String
    let inTraining: String
  }

  let rows: [Row]
  let rowsNote: String?
  let thirds: [Third]

  /// A challenge has some 200; a table of more than that many would be longer than anybody reads.
  private static let mostRows = 1000

  init(_ videos: HeldOutVideos, _ scores: Scores, _ names: CategoryNames) {
    let confusions = Confusions(
      classes: videos.classes.count, truth: videos.truth, predicted: videos.predicted)
    let places = Dictionary(uniqueKeysWithValues: videos.classes.enumerated().map { ($1, $0) })
    let children = Dictionary(grouping: scores.level2.classes) { CategoryID.level1(of: $0.category) }
    let all = scores.level1.classes.flatMap { parent in
      [Row(parent, isLevel1: true, names, taken: nil)]
        + children[parent.category, default: []].map { child in
          let taken = places[child.category].flatMap { confusions.mostConfused(with: $0) }
          return Row(
            child, isLevel1: false, names, taken: taken.map { (videos.classes[$0.predicted], $0.count) })
        }
    }
    rows = Array(all.prefix(Self.mostRows))
    rowsNote =
      all.count > rows.count
      ? "The first \(rows.count) of \(all.count) rows; report.json has all categories." : nil
    thirds =
      scores.frequency.map { frequency in
        [("head", frequency.head), ("middle", frequency.middle), ("tail", frequency.tail)].map {
          name, third in
          Third(
            thirdName: name, macroF1: Headline.text(third.macroF1),
            bar: Quantity.decimal(third.macroF1 * 100, digits: 1), classes: third.classes,
            thirdVideos: Quantity.grouped(third.support), inTraining: "\(third.fewest) to \(third.most)")
        }
      } ?? []
  }
}

extension CategoryTable.Row {
  fileprivate init(
    _ scores: ClassScores, isLevel1: Bool, _ names: CategoryNames, taken: (category: String, count: Int)?
  ) {
    category = scores.category
    categoryName = names.name(of: scores.category)
    self.isLevel1 = isLevel1
    precision = Quantity.decimal(scores.precision, digits: 3)
    recall = Quantity.decimal(scores.recall, digits: 3)
    f1 = Quantity.decimal(scores.f1, digits: 3)
    bar = Quantity.decimal(scores.f1 * 100, digits: 1)
    support = Quantity.grouped(scores.support)
    predictedCount = Quantity.grouped(scores.predicted)
    takenFor = taken?.category
    takenForName = taken.flatMap { names.name(of: $0.category) }
    takenTimes = taken?.count
  }
}
