import Baselines
import Batching
package import Dataset
package import Inference
import Models
package import Records
import Storage
package import SystemPackage
import Text
import Torch

/// Makes labels of what teachers say of unlabelled videos: for each fold by those alone that never saw the videos that it
/// holds out and were not chosen by them, so that scores out of fold stay what they say.
package struct PseudoLabeling {
  private let teachers: Teachers
  private let annotations: [Annotation]
  private let source: any VideoSource
  private let settings: PseudoLabelSettings
  private let isTransductive: Bool
  private let runtime: Runtime
  private let cacheBytes: Int
  /// The folds that get labels, nil standing for the model of all videos.
  private let parts: [Int?]

  /// - Parameters:
  ///   - annotations: of the unlabelled videos; a category that one has is not looked at.
  ///   - homes: the files that these were read from, for messages.
  ///   - fullData: whether the model of all videos gets labels, too.
  ///   - isTransductive: whether these are the videos that are to be predicted in the end.
  ///   - cacheBytes: memory for decoded frames, which several models look at.
  /// - Throws: `FurtherVideosError` where a video is labelled as well, or no fold is finished.
  package init(
    _ teachers: Teachers, annotations: [Annotation], from homes: AnnotationHomes = AnnotationHomes(),
    source: any VideoSource, settings: PseudoLabelSettings, fullData: Bool, isTransductive: Bool,
    runtime: Runtime, cacheBytes: Int
  ) throws {
    self.teachers = teachers
    self.annotations = annotations
    self.source = source
    self.settings = settings
    self.isTransductive = isTransductive
    self.runtime = runtime
    self.cacheBytes = cacheBytes
    try FurtherVideosError.requireUnlabelled(
      annotations, in: homes, besides: teachers.labeled, in: teachers.labeledPath)
    try source.requireUnseenVectors()
    let finished = teachers.finished
    guard !finished.isEmpty else { throw NoFinishedFold(path: teachers.runs[0].folder.path) }
    parts = finished + (fullData ? [nil] : [])
    if fullData { _ = try teachers.models(of: nil) }
  }

  /// What `write` tells of on its way: videos, each as often as somebody is asked about it.
  package func work() throws -> Int {
    try parts.reduce(0) { sum, part in
      try sum + (teachers.models(of: part).count + (teachers.floor == nil ? 0 : 1)) * annotations.count
    }
  }

  /// Makes the labels and writes them, as a whole or not at all.
  /// - Parameter report: is told how many more videos somebody was asked about.
  /// - Throws: `CancellationError` once the task is cancelled.
  package func write(to path: FilePath, report: (Int) throws -> Void) throws -> PseudoLabelSummary {
    let duplicates = nearDuplicates()
    let isTransductive = isTransductive || teachers.areTransductive
    var summary = PseudoLabelSummary(
      videos: annotations.count, categories: teachers.categories.count, round: teachers.round,
      transductive: isTransductive)
    var (tables, full): ([Int: PseudoLabelTable], PseudoLabelTable?) = ([:], nil)
    var readers = Readers(annotations: annotations, source: source, cacheBytes: cacheBytes)
    let selection = LabelSelection(settings: settings, categories: teachers.categories.level2)
    for part in parts {
      let opinions = try opinions(part, &readers, report)
      let (table, excluded) = selection.labels(
        opinions, duplicates: duplicates.map { folds in part.map { folds.contains($0) } ?? false })
      if let part { tables[part] = table } else { full = table }
      summary.parts.append(told(part, table, excluded))
    }
    let labels = summary.parts.reduce(0) { $0 + $1.labels }
    guard labels > 0 else {
      throw FurtherVideosError(
        reason: "not one label is left of \(annotations.count) videos: \(summary.parts[0].excluded.text)")
    }
    let header = PseudoLabelHeader(
      teachers: teachers.speakers.map(\.teacher), floor: teachers.floor != nil,
      categories: teachers.categories.level2,
      heldOut: PseudoLabelHeader.heldOut(teachers.labeled, teachers.places, count: teachers.folds),
      folds: tables.keys.sorted(), full: full != nil, videos: annotations.count,
      annotations: PseudoLabelHeader.unlabelled(annotations),
      labels: labels, round: teachers.round,
      transductive: isTransductive, settings: settings)
    try PseudoLabelFile(header, folds: tables, full: full)
      .write(to: path, ids: annotations.map(\.id))
    return summary
  }

  private func told(
    _ part: Int?, _ table: PseudoLabelTable, _ excluded: PseudoLabelSummary.Excluded
  ) -> PseudoLabelSummary.Part {
    var (counts, sum): ([String: Int], Double) = ([:], 0)
    for row in 0..<table.count {
      guard let best = table.label(row).max(by: { $0.probability < $1.probability }) else { continue }
      counts[teachers.categories.level2[best.category], default: 0] += 1
      sum += Double(best.probability)
    }
    return PseudoLabelSummary.Part(
      fold: part, labels: table.count, meanProbability: table.count > 0 ? sum / Double(table.count) : 0,
      perCategory: counts, excluded: excluded)
  }

  /// Of each unlabelled video the folds that hold out one that says nearly the same.
  private func nearDuplicates() -> [Set<Int>] {
    guard let threshold = settings.nearDuplicates else { return annotations.map { _ in [] } }
    let index = NearDuplicates(of: teachers.labeled, threshold: threshold)
    return annotations.map { annotation in Set(index.like(annotation).map { teachers.places[$0] }) }
  }

  private func opinions(
    _ part: Int?, _ readers: inout Readers, _ report: (Int) throws -> Void
  ) throws -> Opinions {
    var opinions = Opinions(categories: teachers.categories.level2, videos: annotations.count)
    for speaker in try teachers.models(of: part) {
      let path = speaker.path
      let model = try catchingOutOfMemory {
        try ModelFolder(reading: path, as: runtime.computeType, on: runtime.device)
      }
      guard model.description.categories == teachers.categories.level2 else {
        throw FurtherVideosError(reason: "\(path): has other categories than --labeled")
      }
      try model.requirePictures(of: source)
      opinions.beginModel()
      try Predictor(
        models: [model.model], weights: [1], preparation: model.preparation, runtime: runtime
      ).predict(Array(annotations.indices), reader: readers.reader(for: model)) { samples in
        try Task.checkCancellation()
        for sample in samples.lazy.map(model.description.settled) {
          opinions.add(
            sample.index, sample.status == .prior ? nil : speaker.unadjusted(sample.probabilities))
        }
        try report(samples.count)
      }
    }
    if let floor = try teachers.linearModels(of: part) {
      try Task.checkCancellation()
      opinions.addFloor(
        annotations.map { annotation in
          let answer = floor.answer(annotation, source: source)
          return answer.status == .prior ? nil : answer.probabilities
        })
      try report(annotations.count)
    }
    return opinions
  }

  /// The reader of the last model: one that prepares its input alike goes on with what is decoded.
  private struct Readers {
    let annotations: [Annotation]
    let source: any VideoSource
    let cacheBytes: Int
    var last: (preparation: InputPreparation, tokenizer: TokenizerFile, reader: SampleReader)?

    mutating func reader(for model: ModelFolder) -> SampleReader {
      if let last, last.preparation == model.preparation, last.tokenizer == model.tokenizer {
        return last.reader
      }
      let reader = SampleReader(
        annotations: annotations, source: source, tokenizer: model.tokenizer.tokenizer,
        preparation: model.preparation, targets: Array(repeating: nil, count: annotations.count),
        cacheBytes: cacheBytes)
      last = (model.preparation, model.tokenizer, reader)
      return reader
    }
  }
}
