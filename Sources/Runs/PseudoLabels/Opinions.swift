import Dataset
import Inference

/// What the members of a fold's teachers say of the unlabelled videos.
struct Opinions {
  private let categories: [String]
  private let levels: FirstLevels
  /// The sum over the models, `[videos, categories]`.
  private var sums: [Float]
  /// `[videos, categories]`; nothing where linear models are no teacher.
  private var floor: [Float] = []
  /// What each member takes each video for, the floor last.
  private var votes: [[Int32]] = []
  private var models = 0
  /// Videos of which a model, or the floor, sees nothing.
  private var unseen: [Bool]
  private var unseenByFloor: [Bool] = []

  init(categories: [String], videos: Int) {
    self.categories = categories
    levels = FirstLevels(categories)
    sums = [Float](repeating: 0, count: videos * categories.count)
    unseen = [Bool](repeating: false, count: videos)
  }

  /// What is added from now on is said by one more model.
  mutating func beginModel() {
    models += 1
    votes.append([Int32](repeating: -1, count: unseen.count))
  }

  /// - Parameter probabilities: nil where it sees nothing of the video.
  mutating func add(_ video: Int, _ probabilities: [Float]?) {
    guard let probabilities else { return unseen[video] = true }
    votes[votes.count - 1][video] = Int32(Self.best(of: probabilities))
    for (category, probability) in probabilities.enumerated() {
      sums[video * categories.count + category] += probability
    }
  }

  /// - Parameter answers: of every video, in their order; nil where nothing is seen of it.
  mutating func addFloor(_ answers: [[Float]?]) {
    votes.append(answers.map { $0.map { Int32(levels.best(of: $0)) } ?? -1 })
    unseenByFloor = answers.map { $0 == nil }
    floor = answers.flatMap { $0 ?? [Float](repeating: 0, count: categories.count) }
  }

  struct Opinion {
    let probabilities: [Double]
    let category: Int
    let agreement: Double
    let level1: Double
    var probability: Double { probabilities[category] }
  }

  /// The mean of the models; where linear models are a teacher, too, half of what is said is theirs, at each level.
  /// - Returns: nil of a video of which nothing is seen.
  func opinion(of video: Int) -> Opinion? {
    let row = video * categories.count..<(video + 1) * categories.count
    let isHeard = models > 0 && !unseen[video]
    let isFloorHeard = !floor.isEmpty && !unseenByFloor[video]
    guard isHeard || isFloorHeard else { return nil }
    var probabilities = isHeard ? sums[row].map { Double($0) / Double(models) } : []
    if isFloorHeard {
      let said = floor[row].map(Double.init)
      probabilities = isHeard ? levels.mixed(probabilities, said, .init(level1: 0.5, level2: 0.5)) : said
    }
    // Linear models leave much of the second level open: like them, whoever hears them chooses the first level first.
    let category = isFloorHeard ? levels.best(of: probabilities) : Self.best(of: probabilities)
    let heard = votes.map { $0[video] }.filter { $0 >= 0 }
    return Opinion(
      probabilities: probabilities, category: category,
      agreement: Double(heard.count { $0 == Int32(category) }) / Double(max(heard.count, 1)),
      level1: levels.sums(of: probabilities)[levels.parents[category]])
  }

  private static func best<Number: Comparable>(of probabilities: [Number]) -> Int {
    var best = 0
    for (place, probability) in probabilities.enumerated() where probability > probabilities[best] {
      best = place
    }
    return best
  }
}
