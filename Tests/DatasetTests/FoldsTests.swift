import Dataset
import Storage
import Testing

@Suite struct FoldsTests {
  /// A set with a few large categories and many of a member or two.
  private func set(_ seed: UInt64, count: Int, categories: Int) -> (ids: [String], categories: [Int]) {
    var generator = SeededGenerator(seed: seed)
    let ids = (0..<count).map { "v\($0 * 7919)" }
    return (ids, ids.map { _ in generator.int(below: generator.int(below: categories) + 1) })
  }

  @Test(
    "Fold sizes differ by one at most, of each category and of all",
    arguments: [1, 2, 5, 10], [0, 1, 7, 10, 213])
  func balanced(folds: Int, count: Int) {
    let (ids, categories) = set(UInt64(folds * 1000 + count), count: count, categories: 60)
    let result = Folds.stratified(ids: ids, categories: categories, folds: folds, seed: 7)
    #expect(result.count == count && result.allSatisfy { (0..<folds).contains($0) })
    expectLevel(result, folds: folds)
    for category in Set(categories) {
      expectLevel(zip(result, categories).filter { $0.1 == category }.map(\.0), folds: folds)
    }
  }

  private func expectLevel(_ numbers: [Int], folds: Int) {
    let sizes = (0..<folds).map { fold in numbers.count { $0 == fold } }
    #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
  }

  @Test("Categories of one member do not all fall into the first folds")
  func rareCategories() {
    let ids = (0..<40).map(String.init)
    let result = Folds.stratified(ids: ids, categories: Array(0..<40), folds: 10, seed: 0)
    #expect(Set(result).count == 10)
  }

  @Test("A video's fold does not depend on the order of the file")
  func order() {
    let (ids, categories) = set(3, count: 100, categories: 9)
    let folds = Folds.stratified(ids: ids, categories: categories, folds: 5, seed: 11)
    var generator = SeededGenerator(seed: 5)
    let order = generator.shuffled(ids.indices)
    let other = Folds.stratified(
      ids: order.map { ids[$0] }, categories: order.map { categories[$0] }, folds: 5, seed: 11)
    #expect(other == order.map { folds[$0] })
  }

  @Test("The seed decides, always in the same way")
  func seeds() {
    let (ids, categories) = set(3, count: 100, categories: 9)
    let folds = { Folds.stratified(ids: ids, categories: categories, folds: 5, seed: $0) }
    #expect(folds(1) == folds(1))
    #expect(folds(1) != folds(2))
    #expect(
      Folds.stratified(ids: ["a", "b", "c", "d"], categories: [0, 0, 1, 1], folds: 2, seed: 0)
        == Folds.stratified(ids: ["a", "b", "c", "d"], categories: [5, 5, 9, 9], folds: 2, seed: 0))
  }
}

@Suite struct CategoriesTests {
  let annotations = [
    Annotation(id: "1", category: "0203"), Annotation(id: "2", category: "0100"),
    Annotation(id: "3", category: "0203"), Annotation(id: "4", category: "0200"), Annotation(id: "5"),
  ]

  @Test("Both levels come from the data, sorted")
  func levels() throws {
    let categories = Categories(of: annotations)
    #expect(categories.level2 == ["0100", "0200", "0203"])
    #expect(categories.level1 == ["01", "02"])
    #expect(categories.parents == [0, 1, 1])
    #expect(categories.index(of: "0203") == 2 && categories.index(of: "9999") == nil)
    let labels = try categories.labels(of: annotations.dropLast())
    #expect(labels == [2, 0, 2, 1])
    #expect(categories.counts(of: labels) == [1, 1, 2])
  }

  @Test("A category that is not in the table, or none, is refused with the id")
  func unknown() {
    let categories = Categories(["0100"])
    let unknown = #expect(throws: UnknownCategory.self) { try categories.labels(of: [annotations[0]]) }
    #expect(unknown?.description == "id \"1\", category_id: \"0203\" is none of the known categories")
    let absent = #expect(throws: UnknownCategory.self) { try categories.labels(of: [annotations[4]]) }
    #expect(absent?.description.contains("is missing") == true)
    #expect(absent?.kind == .badData)
  }
}
