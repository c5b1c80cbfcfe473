package import Dataset
package import Extraction
import Storage
package import SystemPackage
package import Text

/// Looks at what a long run would be started on, before it is.
///
/// The annotations are gone through entry by entry, so that a million of them take the memory of their ids; of videos
/// and frames a part is looked at, spread over all.
package struct Validator {
  package var annotations: FilePath
  /// The folder with the videos' files, if these are there.
  package var videos: FilePath?
  /// Extracted frames, or an archive of frames or vectors, if these are there.
  package var frames: (path: FilePath, source: any VideoSource)?
  package var composer: TextComposer
  /// What the tokenizer is called in the report.
  package var tokenizer: String
  package var folds = 10
  /// Videos whose headers, or frames, are read at most.
  package var probe = 1000
  /// Has the headers read, in processes that can do nothing else.
  package var probing = VideoProbing()

  package init(annotations: FilePath, composer: TextComposer, tokenizer: String) {
    self.annotations = annotations
    self.composer = composer
    self.tokenizer = tokenizer
  }

  package enum Stage: String, Sendable {
    case annotations, videos, frames
  }

  /// - Parameters:
  ///   - notice: called with what the user should know, a line each.
  ///   - report: is told how many more are done, and of how many where that is known.
  /// - Throws: `DatasetError` where the annotations cannot be read at all, `FileError` where the videos' folder cannot,
  ///   `WorkerError` where nobody can look at videos.
  package func run(
    notice: @escaping (String) -> Void = { _ in },
    report: (Stage, _ more: Int, _ total: Int?) throws -> Void = { _, _, _ in }
  ) throws -> ValidationReport {
    var entries = 0
    var labelled = 0
    var faulty = Listing()
    var repeated = Listing()
    var text = TextSurvey(composer, tokenizer: tokenizer)
    var categories = Tally<String>()
    let (ids, unknown) = try AnnotationFile.visit(annotations) { entry in
      entries += 1
      switch entry {
      case .faulty(let error): faulty.add(error.description)
      case .repeated(let error): repeated.add(error.description)
      case .annotation(let annotation):
        text.add(annotation)
        if let category = annotation.category {
          labelled += 1
          categories.add(category)
        }
      }
      try report(.annotations, 1, nil)
    }
    var result = ValidationReport(
      annotations: .init(
        file: annotations.string, entries: entries, labelled: labelled, faulty: faulty.report,
        repeated: repeated.report,
        unknownKeys: unknown.keys.map { .init(name: $0.name, entries: $0.entries, nearest: $0.nearest) }))
    guard !ids.isEmpty else { return result.judged() }
    result.text = text.report
    if labelled > 0 { result.categories = Self.histogram(categories, folds: folds) }
    if let videos {
      result.videos = try VideoSurvey(videos, ids: ids).run(limit: probe, by: probing, notice: notice) {
        try report(.videos, $0, $1)
      }
    }
    if let frames {
      result.frames = try FrameSurvey(path: frames.path, source: frames.source, ids: ids)
        .run(limit: probe) { try report(.frames, $0, $1) }
    }
    return result.judged()
  }

  private static func histogram(_ tally: Tally<String>, folds: Int) -> ValidationReport.Categories {
    var level1 = Tally<String>()
    for (category, count) in tally.counts { level1.add(CategoryID.level1(of: category), times: count) }
    func inOrder(_ tally: Tally<String>) -> [ValidationReport.Count] {
      tally.counts.sorted { $0.key < $1.key }.map { .init(name: $0.key, count: $0.value) }
    }
    let level2 = inOrder(tally)
    return .init(
      level1: inOrder(level1), level2: level2, folds: folds,
      fewerThanFolds: level2.filter { $0.count < folds }.map(\.name))
  }
}
