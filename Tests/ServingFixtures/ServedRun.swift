package import Dataset
import Extraction
import Foundation
import Inference
import Media
import Records
package import RunFixtures
package import Serving
import Storage
package import SystemPackage

/// A run of tiny models with what is asked of it, and a service that answers.
package final class ServedRun: Sendable {
  package let folder: TemporaryFolder
  package let run: FilePath
  package static let extraction = DatasetDescription.Extraction(
    framesPerSecond: 2, maximumFrames: 8, shortSide: 24, quality: 90)

  package init(_ settings: String...) throws {
    folder = try TemporaryFolder()
    run = folder.path.appending("run")
    let data = try TinyData(in: folder.path)
    _ = try data.fit(try TinyData.configuration(["training.epochs=1"] + settings), in: run)
  }

  /// Small videos that the repository has.
  package static func video(_ name: String) throws -> [UInt8] {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return Array(try Data(contentsOf: tests.appending(path: "ExtractionTests/Fixtures/\(name)")))
  }

  package func settings(_ change: (inout ServeSettings) -> Void = { _ in }) -> ServeSettings {
    var settings = ServeSettings(
      run: run.string, modelName: "tiny", program: "framewise test",
      address: .init(host: "127.0.0.1", port: 0), extraction: Self.extraction,
      computing: .init(precision: .fp32, device: "cpu", threads: 2, threadsPerPart: 1, memory: nil), jobs: 2,
      spool: folder.path.string)
    // However busy the machine is.
    (settings.limits.requestSeconds, settings.limits.readingSeconds) = (3600, 600)
    change(&settings)
    return settings
  }

  /// The program of the test's own processes lies elsewhere than that of readers.
  package func service(
    program: FilePath = Extractor.programBesideThis, _ change: (inout ServeSettings) -> Void = { _ in }
  ) throws -> ClassificationService {
    try ClassificationService(settings(change), program: program) { _ in }
  }

  package func spooled(_ bytes: [UInt8]) throws -> SpooledVideo {
    let video = try SpooledVideo(in: try Spool(folder.path, most: 1 << 30))
    try video.append(bytes)
    return video
  }

  /// What `infer` says of the same videos after `extract`.
  package func inferred(
    _ annotations: [Annotation], videos: [String: [UInt8]]
  ) throws -> (predictions: [Prediction], explanations: [Explanation]) {
    let place = folder.path.appending("infer-\(UUID().uuidString)")
    try Folder.create(place.appending("videos"))
    for (id, bytes) in videos { try AtomicFile.write(bytes, to: place.appending("videos/\(id).mp4")) }
    try AnnotationFile.write(annotations, to: place.appending("test.json"))
    var extractor = Extractor(
      videos: place.appending("videos"), annotations: place.appending("test.json"),
      output: place.appending("frames"))
    extractor.options.framesPerSecond = Self.extraction.framesPerSecond
    extractor.options.maximumFrames = Self.extraction.maximumFrames
    extractor.options.shortSide = Self.extraction.shortSide
    extractor.quality = Self.extraction.quality
    _ = try extractor.run()
    let source = try VideoSources.open(place.appending("frames"))
    let ensemble = try Ensemble(reading: run, runtime: TinyData.runtime())
    var explanations: [Explanation] = []
    try ensemble.explain(annotations, source: source) { explanations.append($0) }
    return (try ensemble.predictions(of: annotations, source: source), explanations)
  }
}
