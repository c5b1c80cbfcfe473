import Testing

@testable import Dataset

@Suite struct PredictionTableTests {
  private let categories = ["0100", "0101", "0200"]

  private func table(_ rows: [([Float], PredictionStatus)]) -> PredictionTable {
    var table = PredictionTable(categories: categories, count: rows.count)
    for (video, row) in rows.enumerated() { table.set(video, to: row.0, status: row.1) }
    return table
  }

  @Test(
    "A line that is read back is the line that was written, the first of equal probabilities being the category"
  )
  func lines() {
    let table = table([([0.25, 0.5, 0.25], .complete), ([0.4, 0.2, 0.4], .noText)])
    let lines = (0..<2).map { table.prediction($0, id: "v\($0)") }
    #expect(lines.map(\.category) == ["0101", "0100"] && lines.map(\.probability) == [0.5, 0.4])
    #expect(lines[1].probabilities == ["0100": 0.4, "0101": 0.2, "0200": 0.4] && lines[1].status == .noText)
    var again = PredictionTable(categories: categories, count: 2)
    #expect(again.set(0, to: lines[0]) && again.set(1, to: lines[1]))
    #expect(again == table)
  }

  @Test(
    "A line of other categories is none of these",
    arguments: [["0100", "0101"], ["0100", "0101", "0300"], ["0100", "0101", "0200", "0300"]])
  func otherCategories(names: [String]) {
    let line = Prediction(
      id: "a", category: "0100", probability: 1,
      probabilities: Dictionary(uniqueKeysWithValues: names.map { ($0, 0.25) }), status: .complete)
    var table = table([([0.25, 0.5, 0.25], .complete)])
    let before = table
    #expect(!table.set(0, to: line) && table == before)
  }

  @Test("The mean of several members is that of their probabilities; where one has no numbers, the prior")
  func mean() {
    let first = table([
      ([0.25, 0.5, 0.25], .complete), ([0.5, 0.25, 0.25], .complete), ([0.25, 0.25, 0.5], .prior),
    ])
    let second = table([
      ([0.75, 0, 0.25], .complete), ([0.125, 0.375, 0.5], .prior), ([1, 0, 0], .complete),
    ])
    var mean = PredictionTable.Mean(first)
    mean.add(second)
    #expect(
      mean.result()
        == table([
          ([0.5, 0.25, 0.25], .complete), ([0.125, 0.375, 0.5], .prior), ([0.25, 0.25, 0.5], .prior),
        ]))
    #expect(PredictionTable.Mean(second).result() == second)
  }
}
