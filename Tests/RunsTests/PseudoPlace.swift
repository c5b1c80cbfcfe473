import Dataset
import Records
import RunFixtures
import Runs
import Settings
import Storage
import SystemPackage
import Torch

/// A place for runs of the tiny data that learn from unlabelled videos, and for labels of these.
protocol PseudoPlace {
  var folder: TemporaryFolder { get }
  var data: TinyData { get }
}

extension PseudoPlace {
  func path(_ name: String) -> FilePath { folder.path.appending(name) }
  func run(_ name: String) -> RunFolder { RunFolder(path(name)) }

  /// Other videos, with the pictures of the labelled ones.
  var unlabelled: [Annotation] {
    (0..<6).map { number in
      Annotation(
        id: "u\(number)", title: number % 2 == 0 ? "ball game the" : "cup tea", speech: "v \(number)")
    } + [Annotation(id: "nothing")]
  }

  var pictures: MemorySource {
    MemorySource(
      contents: Dictionary(
        uniqueKeysWithValues: (0..<6).map { ("u\($0)", data.source.content(of: "v\($0)")) }))
  }

  func settings(_ change: (inout PseudoLabelSettings) -> Void = { _ in }) -> PseudoLabelSettings {
    var settings = PseudoLabelSettings()
    settings.nearDuplicates = nil
    change(&settings)
    return settings
  }

  func teachers(
    _ names: [String], models: Bool = true, floor: Bool = false, labeled: [Annotation]? = nil
  ) throws -> Teachers {
    try Teachers(
      runs: names.map { path($0) }, asksModels: models, asksFloor: floor,
      labeled: labeled ?? data.annotations, foldsWithoutRun: (2, 1), cores: Cores(1)
    ) { _ in }
  }

  /// Makes labels of the unlabelled videos.
  @discardableResult
  func label(
    by teachers: Teachers, to name: String, settings: PseudoLabelSettings? = nil, fullData: Bool = false,
    transductive: Bool = false
  ) throws -> PseudoLabelSummary {
    try PseudoLabeling(
      teachers, annotations: unlabelled, source: pictures, settings: settings ?? self.settings(),
      fullData: fullData, isTransductive: transductive, runtime: TinyData.runtime(), cacheBytes: 1 << 20
    ).write(to: path(name)) { _ in }
  }

  func labels(_ name: String) throws -> PseudoLabelFile {
    try PseudoLabelFile(reading: path(name), of: VideoIDs(unlabelled.map(\.id)))
  }

  /// What the labels of a fold say, by the place of the video.
  func said(_ name: String, fold: Int?) throws -> [Int: [Float]] {
    guard let table = try labels(name).table(fold) else { return [:] }
    return Dictionary(
      uniqueKeysWithValues: table.videos.map {
        ($0, table.distribution(of: $0, categories: 3)?.probabilities ?? [])
      })
  }

  func pseudo(_ name: String) throws -> PseudoVideos {
    try PseudoVideos(reading: path(name), annotations: unlabelled, source: pictures)
  }
}
