import Dataset
import Inference
import Records

/// Chooses which opinions become labels, for one fold or for the model of all videos.
struct LabelSelection {
  let settings: PseudoLabelSettings
  let categories: [String]

  /// Below it a category is left out of a label that is not hard.
  private static let leastProbability = 1e-3

  private struct Choice {
    let video: Int
    let category: Int
    let probability: Double
  }

  /// - Parameter duplicates: of each video, whether its text is nearly that of a video that the fold holds out.
  func labels(
    _ opinions: Opinions, duplicates: [Bool]
  ) -> (PseudoLabelTable, PseudoLabelSummary.Excluded) {
    var excluded = PseudoLabelSummary.Excluded()
    var chosen: [Choice] = []
    for (video, isDuplicate) in duplicates.enumerated() {
      guard !isDuplicate else {
        excluded.nearDuplicates += 1
        continue
      }
      guard let opinion = opinions.opinion(of: video) else {
        excluded.unseen += 1
        continue
      }
      // The mean may say what nobody says.
      guard opinion.agreement > 0, opinion.agreement >= settings.agreement else {
        excluded.disputed += 1
        continue
      }
      guard opinion.probability >= settings.threshold, opinion.level1 >= settings.level1Threshold else {
        excluded.unsure += 1
        continue
      }
      chosen.append(Choice(video: video, category: opinion.category, probability: opinion.probability))
    }
    if let most = settings.perCategory {
      let kept = surest(most, of: chosen)
      excluded.beyondQuota = chosen.count - kept.count
      chosen = kept
    }
    var table = PseudoLabelTable()
    for choice in chosen {
      guard let opinion = opinions.opinion(of: choice.video) else { continue }
      table.append(choice.video, label(opinion), weight: Float(opinion.agreement))
    }
    return (table, excluded)
  }

  /// Of each category those with the highest probability, the first of equal ones; in the order of the videos.
  private func surest(_ most: Int, of chosen: [Choice]) -> [Choice] {
    var counts = [Int](repeating: 0, count: categories.count)
    return chosen.sorted { ($1.probability, $0.video) < ($0.probability, $1.video) }.filter { choice in
      counts[choice.category] += 1
      return counts[choice.category] <= most
    }.sorted { $0.video < $1.video }
  }

  private func label(_ opinion: Opinions.Opinion) -> [(category: Int, probability: Float)] {
    guard !settings.hard else { return [(opinion.category, 1)] }
    let tempered = Calibration(temperature: settings.temperature)
      .apply(to: opinion.probabilities, categories: categories)
    let kept = tempered.enumerated().filter {
      $0.element >= Self.leastProbability || $0.offset == opinion.category
    }
    let sum = kept.reduce(0) { $0 + $1.element }
    return kept.map { ($0.offset, Float($0.element / sum)) }
  }
}
