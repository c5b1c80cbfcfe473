import Batching
import Dataset
import Foundation
import JSONSchema
import Records
import RunFixtures
import Storage
import SystemPackage
import Testing

@testable import Inference

@Suite("What a prediction rests on") struct ExplanationTests {
  @Test("Schema, example and type say the same")
  func format() throws {
    #expect(try FileFormat("explanation").problems(as: Explanation.self) == [])
    #expect(
      try FileFormat("explanation").schema["$defs"]?["part"]?["enum"]?.elements?.compactMap(\.text)
        == Explanation.Part.allCases.map(\.rawValue))
  }

  /// The same by its definition: what a player adds, averaged over all orders.
  private func byOrders(_ worth: [Double]) -> [Double] {
    let players = worth.count.trailingZeroBitCount
    func orders(_ rest: [Int]) -> [[Int]] {
      rest.isEmpty ? [[]] : rest.flatMap { first in orders(rest.filter { $0 != first }).map { [first] + $0 } }
    }
    let all = orders(Array(0..<players))
    var sums = [Double](repeating: 0, count: players)
    for order in all {
      var set = 0
      for player in order {
        sums[player] += worth[set | 1 << player] - worth[set]
        set |= 1 << player
      }
    }
    return sums.map { $0 / Double(all.count) }
  }

  @Test("Shapley values are what a part adds, averaged over all orders", arguments: 0...4)
  func shapley(_ players: Int) {
    var generator = SeededGenerator(seed: 7)
    let worth = (0..<1 << players).map { _ in Double(generator.int(below: 1000)) / 1000 }
    let values = ShapleyValues.values(of: worth)
    #expect(zip(values, byOrders(worth)).allSatisfy { abs($0 - $1) < 1e-12 } && values.count == players)
    #expect(abs(values.reduce(0, +) - (worth[worth.count - 1] - worth[0])) < 1e-12)
  }

  @Test("Who adds nothing gets nothing, and who adds the same gets the same")
  func fairness() {
    // Two that reach 1 together only, and one that does nothing.
    let worth = (0..<8).map { $0 & 3 == 3 ? 1.0 : 0 }
    #expect(ShapleyValues.values(of: worth) == [0.5, 0.5, 0])
  }

  @Test("The parts add up to the difference from nothing at all, and all of them are the prediction of infer")
  func ensemble() throws {
    let folder = try TemporaryFolder()
    let data = try TinyData(in: folder.path)
    let run = RunFolder(folder.path.appending("run"))
    _ = try data.fit(try TinyData.configuration("training.epochs=2"), in: run.path)
    let ensemble = try Ensemble(reading: run.path, runtime: TinyData.runtime())
    let annotations = [
      Annotation(
        id: "v0", title: "ball game", speech: "the tea", onScreenText: [.init(time: 0, text: "cup")]),
      Annotation(id: "v1", title: "tea", speech: " \n"), Annotation(id: "gone", speech: "ball"),
      Annotation(id: "nothing"),
    ]
    var explanations: [Explanation] = []
    try ensemble.explain(annotations, source: data.source) { explanations.append($0) }
    let predictions = try ensemble.predictions(of: annotations, source: data.source)
    #expect(explanations.map(\.id) == annotations.map(\.id))
    #expect(
      explanations.map { $0.shares.map(\.part) } == [
        [.title, .speech, .onScreenText, .frames], [.title, .frames], [.speech], [],
      ])
    for (explanation, prediction) in zip(explanations, predictions) {
      #expect(explanation.category == prediction.category && explanation.status == prediction.status)
      #expect(abs(explanation.probability - Double(prediction.probability)) < 1e-4)
      let sum = explanation.shares.reduce(0) { $0 + $1.value }
      #expect(abs(sum - (explanation.probability - explanation.without)) < 1e-4, "\(explanation)")
    }
    let prior = try #require(ensemble.models.first?.description.prior)
    for explanation in explanations {
      let place = try #require(ensemble.models[0].description.categories.firstIndex(of: explanation.category))
      #expect(abs(explanation.without - Double(prior[place])) < 1e-6, "nothing is seen of the empty one")
    }
    #expect(explanations[0].shares.contains { abs($0.value) > 1e-6 })
  }

  @Test("A model of text alone is not asked about frames")
  func textAlone() throws {
    let folder = try TemporaryFolder()
    let data = try TinyData(in: folder.path)
    let run = RunFolder(folder.path.appending("run"))
    _ = try data.fit(
      try TinyData.configuration("training.epochs=1", "modality=text", "training.maximum_steps=1"),
      in: run.path)
    let ensemble = try Ensemble(reading: run.path, runtime: TinyData.runtime())
    try ensemble.explain([Annotation(id: "v0", title: "tea")], source: data.source) {
      #expect($0.shares.map(\.part) == [.title] && $0.evidence == nil)
    }
  }
}
