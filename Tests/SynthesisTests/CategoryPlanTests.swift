import Storage
import Testing

@testable import Synthesis

@Suite("The categories of a synthetic set")
struct CategoryPlanTests {
  @Test("Neither the topic nor the shape alone tells the category", arguments: CategoryPlan.counts)
  func bothAreNeeded(count: Int) {
    let categories = CategoryPlan(count: count).categories
    #expect(Set(categories.map(\.name)).count == count)
    #expect(
      categories.allSatisfy { Topic.all.indices.contains($0.topic) && Shape(rawValue: $0.shape) != nil })
    let shapes = Dictionary(grouping: categories, by: \.topic)
    #expect(shapes.count >= 2 && shapes.values.allSatisfy { $0.count >= 2 })
    // Every shape but perhaps the last has several topics.
    let topics = Dictionary(grouping: categories, by: \.shape)
    #expect(topics.values.count { $0.count < 2 } <= 1)
  }

  @Test("Names are four digits, the topic's first")
  func names() {
    #expect(SyntheticCategory(topic: 2, shape: 7).name == "0207")
    #expect(CategoryPlan(count: 12).categories.map(\.name).first == "0000")
    #expect(Set(CategoryPlan(count: 12).categories.map(\.topic)).count == 3)
  }

  @Test("The tail is long, but no category is empty", arguments: [12, 13, 40, 200])
  func longTail(videos: Int) {
    var generator = SeededGenerator(seed: 5)
    let assignment = CategoryPlan(count: 12).assignment(videoCount: videos, using: &generator)
    #expect(assignment.count == videos)
    let counts = Dictionary(grouping: assignment, by: \.name).mapValues(\.count)
    #expect(counts.count == 12)
    if videos == 200 { #expect((counts.values.max() ?? 0) > 2 * (counts.values.min() ?? 0)) }
  }
}
