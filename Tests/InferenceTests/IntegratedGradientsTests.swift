import Batching
import Dataset
import Models
import Records
import RunFixtures
import Storage
import SystemPackage
import Testing
import Text
import Torch

@testable import Inference

@Suite("What words and frames add") struct IntegratedGradientsTests {
  @Test(
    "The integral is exact for polynomials of twice as many degrees as it has places",
    arguments: [1, 2, 5, 32])
  func quadrature(_ count: Int) {
    let nodes = GaussLegendre.nodes(count)
    #expect(nodes.count == count && nodes.allSatisfy { (0...1).contains($0.place) && $0.weight > 0 })
    for degree in 0..<2 * count {
      let found = nodes.reduce(0) { sum, node in
        sum + node.weight * (0..<degree).reduce(1) { power, _ in power * node.place }
      }
      #expect(abs(found - 1 / Double(degree + 1)) < 1e-12, "x^\(degree)")
    }
  }

  private static let categories = ["0100", "0101", "0200", "0201"]
  private static let scales = ["0101": 1.8, "0201": 0.4]
  private static let floors = Calibration.FloorWeights(level1: 0.3, level2: 0.1)

  @Test(
    "The gradient of what is predicted is the slope of it, through temperature, scales and floor",
    arguments: [
      Calibration.none, Calibration(temperature: 1.7, scales: [:]),
      Calibration(temperature: 0.6, scales: scales),
      Calibration(temperature: 1, scales: [:], floorWeights: floors),
      Calibration(temperature: 1.7, scales: scales, floorWeights: floors, level1First: true),
    ])
  func calibration(_ calibration: Calibration) {
    let outcome = FinalProbabilities(
      calibration: calibration, floor: [0.1, 0.2, 0.3, 0.4], levels: FirstLevels(Self.categories),
      categories: Self.categories)
    let mean = [0.5, 0.05, 0.15, 0.3]
    for category in mean.indices {
      let gradient = outcome.gradient(of: category, at: mean)
      for place in mean.indices {
        var (more, less) = (mean, mean)
        more[place] += 1e-6
        less[place] -= 1e-6
        let slope = (outcome(more)[category] - outcome(less)[category]) / 2e-6
        #expect(abs(gradient[place] - slope) < 1e-6, "\(category) by \(place)")
      }
    }
  }

  private static let annotations = [
    Annotation(
      id: "v0", title: "ball game", speech: "the tea", onScreenText: [.init(time: 0, text: "cup")]),
    Annotation(id: "v1", title: "tea", speech: " \n"), Annotation(id: "gone", speech: "ball"),
    Annotation(id: "v3"), Annotation(id: "nothing"),
  ]

  private func explanations(
    _ ensemble: Ensemble, _ source: any VideoSource, _ annotations: [Annotation] = annotations,
    steps: Int = Ensemble.usualSteps
  ) throws -> [Explanation] {
    var explanations: [Explanation] = []
    try ensemble.explain(annotations, source: source, steps: steps) { explanations.append($0) }
    return explanations
  }

  @Test(
    "Words and frames that the models see add up to the difference from masked words and no frames, calibrated or not",
    arguments: [
      nil,
      #"{"temperature": 0.5, "scales": {"0101": 2}, "floor_weights": {"level1": 0.4, "level2": 0.2}, "level1_first": true}"#,
    ])
  func completeness(_ calibration: String?) throws {
    let folder = try TemporaryFolder()
    let data = try TinyData(in: folder.path)
    let run = RunFolder(folder.path.appending("run"))
    _ = try data.fit(
      try TinyData.configuration("training.epochs=6", "calibration.floor=true"), in: run.path)
    if let calibration {
      try AtomicFile.write(calibration, to: run.calibration)
    } else {
      try Folder.removeFile(run.calibration)
    }
    let ensemble = try Ensemble(reading: run.path, runtime: TinyData.runtime())
    #expect(ensemble.models.count == 2)
    let found = try explanations(ensemble, data.source)
    let seen = found.map { $0.evidence?.words.map { "\($0.part.rawValue) \($0.text)" } }
    #expect(
      seen == [
        ["title ball", "title game", "speech the", "speech tea", "on-screen-text cup"], ["title tea"],
        ["speech ball"], [], nil,
      ])
    let shown = FrameSampling.spread(count: 3, room: 2)
    #expect(found.map { $0.evidence?.frames.map(\.number) } == [shown, shown, [], shown, nil])
    let exact = try explanations(ensemble, data.source, steps: 200)
    for (explanation, exact) in zip(found, exact) {
      guard let evidence = explanation.evidence, let more = exact.evidence else { continue }
      let sum = (evidence.words.map(\.value) + evidence.frames.map(\.value)).reduce(0, +)
      #expect(abs(sum - (explanation.probability - evidence.baseline)) < 1e-4, "\(explanation)")
      #expect(abs(evidence.gap) < 1e-4 && evidence.warning == nil && evidence.steps == 32)
      #expect(evidence.words.contains { abs($0.value) > 1e-5 } || evidence.words.isEmpty)
      for (one, other) in zip(evidence.words, more.words) { #expect(abs(one.value - other.value) < 1e-4) }
      for (one, other) in zip(evidence.frames, more.frames) { #expect(abs(one.value - other.value) < 1e-4) }
    }
  }

  @Test("Of several models the values are the weighted mean, whatever the memory that they are computed in")
  func members() throws {
    let folder = try TemporaryFolder()
    let data = try TinyData(in: folder.path)
    let run = RunFolder(folder.path.appending("run"))
    _ = try data.fit(try TinyData.configuration("training.epochs=3"), in: run.path)
    let ensemble = try Ensemble(reading: run.path, runtime: TinyData.runtime())
    let models = ensemble.models.map(\.model)
    let reader = SampleReader(
      annotations: Self.annotations, source: data.source, tokenizer: data.tokenizer.tokenizer,
      preparation: ensemble.preparation, targets: Self.annotations.map { _ in nil }, cacheBytes: 0)
    let sample = reader.sample(0)
    let special = data.tokenizer.tokenizer.special
    let masked = sample.tokens.map {
      $0 == special.classification || $0 == special.separator ? $0 : special.mask
    }
    let outcome = FinalProbabilities(
      calibration: .none, floor: nil, levels: FirstLevels(ensemble.models[0].description.categories),
      categories: ensemble.models[0].description.categories)
    func values(_ weights: [Double]) throws -> IntegratedGradients.Values {
      try IntegratedGradients(
        models: models, weights: weights,
        destination: InputDestination(
          ensemble.preparation.frames, vectorSize: models[0].configuration.encoder.vectorSize, type: .float32,
          on: .cpu), steps: 16
      )(of: sample, masked: masked, category: 1, id: "v0", outcome)
    }
    let (first, second, both) = (try values([1, 0]), try values([0, 1]), try values([0.25, 0.75]))
    func all(_ values: IntegratedGradients.Values) -> [Double] {
      values.tokens + values.frames + [values.baseline, values.probability]
    }
    for (both, (first, second)) in zip(all(both), zip(all(first), all(second))) {
      #expect(abs(both - (0.25 * first + 0.75 * second)) < 1e-5)
    }
    #expect(zip(sample.tokens, both.tokens).allSatisfy { $0 != special.separator || $1 == 0 })
  }

  @Test("Frames are called by their place among the stored ones, those included that cannot be decoded")
  func numbers() throws {
    let folder = try TemporaryFolder()
    let data = try TinyData(in: folder.path)
    let run = RunFolder(folder.path.appending("run"))
    _ = try data.fit(try TinyData.configuration("training.maximum_steps=1"), in: run.path, only: 0)
    let good = try jpeg(picture([red, blue]))
    let source = MemorySource(contents: ["v0": .frames([[1, 2], good, [3], good, good])])
    let ensemble = try Ensemble(reading: run.model(0), runtime: TinyData.runtime())
    let found = try explanations(ensemble, source, [Annotation(id: "v0", title: "tea")])
    #expect(
      found[0].evidence?.frames.map(\.number)
        == FrameSampling.spread(count: 3, room: 2).map { [1, 3, 4][$0] })
  }
}
