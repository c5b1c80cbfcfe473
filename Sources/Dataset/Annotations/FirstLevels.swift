/// The first level of each of some level-2 categories, and what follows from the probabilities of these for it.
package struct FirstLevels: Sendable {
  /// For each category the number of its first level.
  package let parents: [Int]
  /// How many first levels there are.
  package let count: Int

  /// - Parameter categories: of level 2, in the order of the probabilities.
  package init(_ categories: [String]) {
    let names = Set(categories.map(CategoryID.level1)).sorted()
    let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    parents = categories.map { numbers[CategoryID.level1(of: $0), default: 0] }
    count = names.count
  }

  /// The probability of each first level: the sum of its categories'.
  package func sums<Number: BinaryFloatingPoint>(of probabilities: some Sequence<Number>) -> [Number] {
    var sums = [Number](repeating: 0, count: count)
    for (parent, probability) in zip(parents, probabilities) { sums[parent] += probability }
    return sums
  }

  /// The most probable category of the most probable first level, which need not be the most probable category: a first
  /// level may share its probability among many. The first of several.
  package func best<Number: BinaryFloatingPoint>(of probabilities: some Sequence<Number>) -> Int {
    let sums = sums(of: probabilities)
    let first = sums.indices.reduce(0) { sums[$1] > sums[$0] ? $1 : $0 }
    var best: (category: Int, probability: Number)?
    for (category, probability) in probabilities.enumerated() where parents[category] == first {
      if probability > best?.probability ?? -1 { best = (category, probability) }
    }
    return best?.category ?? 0
  }

  /// `P(first level) · P(category | first level)`, with the two from different sources.
  /// - Parameter level1: the probability of each first level.
  /// - Parameter level2: of each category, in whatever proportion the first levels are; where it has nothing for any
  ///   category of a first level, these share alike.
  package func combined(level1: [Double], level2: [Double]) -> [Double] {
    let sums = sums(of: level2)
    let members = parents.reduce(into: [Double](repeating: 0, count: count)) { $0[$1] += 1 }
    return level2.indices.map { category in
      let parent = parents[category]
      return level1[parent]
        * (sums[parent] > 0 ? level2[category] / sums[parent] : 1 / members[parent])
    }
  }
}
