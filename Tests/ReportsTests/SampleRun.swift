import Dataset
import Foundation
import Images
import Metrics
import Records
import Storage
import SystemPackage

@testable import Reports

/// A run folder as `fit` leaves one, written by hand: no model is trained for a page.
final class SampleRun: Sendable {
  struct Video: Sendable {
    var id: String
    var truth: String
    /// By category; the rest shares what is left.
    var probabilities: [String: Float]
    var fold: Int
  }

  let path: FilePath

  init() throws {
    path = FilePath(NSTemporaryDirectory()).appending("reports-\(UUID().uuidString)")
    try Folder.create(path)
  }

  deinit { try? FileManager.default.removeItem(atPath: path.string) }

  func run(_ name: String = "run") -> RunFolder { RunFolder(path.appending(name)) }

  /// Twelve videos of three categories in two folds: `v4` and `v8` are errors, `v8` the surer one.
  static let videos: [Video] = (0..<12).map { number in
    let truth = ["0100", "0101", "0200"][number % 3]
    let said: [String: Float] =
      switch number {
      case 4: ["0200": 0.6]
      case 8: ["0100": 0.9]
      default: [truth: 0.5 + Float(number) * 0.04]
      }
    return Video(id: "v\(number)", truth: truth, probabilities: said, fold: number % 2)
  }

  /// - Parameters:
  ///   - finished: the folds that have predictions.
  ///   - settings: further lines of the configuration.
  @discardableResult
  func write(
    _ videos: [Video] = videos, to name: String = "run", finished: [Int]? = nil, epochs: Int = 3,
    settings: String = "", frames: FilePath? = nil, annotations: FilePath? = nil
  ) throws -> RunFolder {
    let run = run(name)
    let folds = Set(videos.map(\.fold)).sorted()
    let categories = Set(videos.map(\.truth)).sorted()
    try Folder.create(run.path)
    try AtomicFile.write(
      "seed: 1\nfolds: \(folds.count)\ntraining:\n  epochs: \(epochs)\n\(settings)", to: run.configuration)
    try JSONText.write(
      RunInputs(
        videos: videos.count, annotations: "00112233aabbccdd", tokenizer: "99887766aabbccdd",
        frames: frames == nil ? nil : "0123456789abcdef", framesPath: frames?.string,
        annotationsPath: annotations?.string, vectorSize: nil, backbone: nil), to: run.inputs)
    try JSONLines.write(
      videos.map { FoldRow(id: $0.id, fold: $0.fold, category: $0.truth) }, to: run.folds)
    for fold in finished ?? folds {
      let held = videos.filter { $0.fold == fold }
      try Folder.create(run.fold(fold))
      try JSONLines.write(
        held.map { Self.prediction($0, categories) }, to: run.predictions(fold))
      try JSONLines.write(Self.events(fold, held, of: videos.count, epochs), to: run.events(fold))
    }
    return run
  }

  private static func prediction(_ video: Video, _ categories: [String]) -> Prediction {
    let others = categories.filter { video.probabilities[$0] == nil }
    let rest = (1 - video.probabilities.values.reduce(0, +)) / Float(max(others.count, 1))
    let all = Dictionary(
      uniqueKeysWithValues: categories.map { ($0, video.probabilities[$0] ?? rest) })
    let best = categories.max { (all[$0] ?? 0, $1) < (all[$1] ?? 0, $0) } ?? ""
    return Prediction(
      id: video.id, category: best, probability: all[best] ?? 0, probabilities: all, status: .complete)
  }

  private static func events(
    _ fold: Int, _ held: [Video], of count: Int, _ epochs: Int
  ) -> [FitEvent] {
    let scores = Scores(truth: held.map(\.truth), predicted: held.map(\.truth))
    var events: [FitEvent] = [
      .start(
        .init(
          videos: count, categories: 3, parameters: 12_345, folds: [fold], totalSteps: epochs * 2,
          device: "cpu", precision: "fp32", threads: 2,
          invocation: Invocation(
            program: "framewise 9.8, libtorch 1.13.1", command: "framewise fit --out 'a b'")))
    ]
    for epoch in 1...epochs {
      for step in [epoch * 2 - 1, epoch * 2] {
        events.append(
          .step(
            .init(
              fold: fold, epoch: epoch, step: step, loss: 3 / Double(step), gradientNorm: 1,
              learningRates: [
                "backbone": 1e-4, "backbone, norms and biases": 1e-4, "fusion": 1e-3, "head": 1e-3,
                "fusion, 1 layer below the top": 5e-4,
              ], videosPerSecond: 6)))
      }
      events.append(
        .epoch(
          EpochResult(
            fold: fold, epoch: epoch, loss: 3 / Double(epoch), skippedSteps: 0, EpochScores(scores)),
          EpochCost(videosPerSecond: 6, trainingSeconds: 60, validationSeconds: 15, peakMemory: 3 << 30)))
    }
    return events + [.warning(.init(message: "1 frame cannot be decoded: v1"))]
  }

  /// Frames of videos as `extract` stores them, in a folder of their own.
  func frames(_ videos: KeyValuePairs<String, [[UInt8]]>) throws -> FilePath {
    let folder = path.appending("frames")
    try Folder.create(folder)
    var writer = try ShardWriter(folder.appending(ShardName.tar(0)))
    for (id, jpegs) in videos {
      try writer.append(
        ShardSample(
          id: id, timestamps: jpegs.indices.map { Double($0) }, status: .complete, mode: .exact,
          codec: "h264", duration: 61.25, rotation: 0, sourceWidth: 1280, sourceHeight: 720,
          frameWidth: 90, frameHeight: 160),
        jpegs: jpegs)
    }
    try QuarantineRow.write([], toFolder: folder)
    try DatasetDescription(
      extraction: .init(framesPerSecond: 1, maximumFrames: 32, shortSide: 256, quality: 90),
      annotations: "", videos: videos.count, shardSize: 500, quarantined: 0,
      shards: [try writer.finish()]
    ).write(toFolder: folder)
    return folder
  }

  static func jpeg(_ red: UInt8) throws -> [UInt8] {
    let pixels = [[UInt8]](repeating: [red, 60, 60], count: 90 * 160).flatMap(\.self)
    return try JPEG.encode(RGBImage(width: 90, height: 160, pixels: pixels), quality: 95)
  }

  /// With the header and both ends of a JPEG file, and nothing that a decoder takes.
  static let noPicture: [UInt8] =
    [0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8, 0, 160, 0, 90, 1, 1, 0x11, 0, 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0]
    + [UInt8](repeating: 7, count: 100) + [0xFF, 0xD9]
}

/// The page of runs.
func page(
  _ runs: RunFolder..., looks: VideoLooks? = nil, names: [String: String] = [:]
) throws -> String {
  try ReportPage(
    of: runs, looks: looks ?? VideoLooks(nil) { _ in [:] }, names: CategoryNames(names),
    program: "framewise test"
  ).html()
}
