#if Videos
import ArgumentParser
import Dataset
import Media
import Serving
import SystemPackage
import Terminal

/// How frames are taken out of uploads.
struct FrameOptions: ParsableArguments {
  @Option(
    help: "Frames for each second of video. (default for this and the next four: as the run's were extracted)"
  )
  var framesPerSecond: Double?

  @Option(help: "Frames of one video at most.")
  var maxFrames: Int?

  @Option(help: "Short side of the frames in pixels.")
  var shortSide: Int?

  @Option(help: "JPEG quality, 1 to 100.")
  var quality: Int?

  @Option(help: "exact or keyframes, as for extract.")
  var mode: VideoReader.Mode?

  func validate() throws {
    func require(_ holds: Bool, _ rule: String) throws {
      if !holds { throw ValidationError(rule) }
    }
    let rate = framesPerSecond ?? 1
    try require(rate > 0 && rate <= 1000, "--frames-per-second is above 0, up to 1000.")
    try require(1...1000 ~= maxFrames ?? 1, "--max-frames is 1 to 1000.")
    try require(1...4096 ~= shortSide ?? 1, "--short-side is 1 to 4096.")
    try require(1...100 ~= quality ?? 1, "--quality is 1 to 100.")
  }

  /// As the frames were extracted that a run was trained on, where nothing else is said.
  func extraction(ofRun run: FilePath, _ console: Console) throws -> DatasetDescription.Extraction {
    let trained = try DatasetDescription.Extraction(ofRun: run)
    let isSaid =
      framesPerSecond != nil && maxFrames != nil && shortSide != nil && quality != nil && mode != nil
    var extraction = trained ?? .usual
    extraction.framesPerSecond = framesPerSecond ?? extraction.framesPerSecond
    extraction.maximumFrames = maxFrames ?? extraction.maximumFrames
    extraction.shortSide = shortSide ?? extraction.shortSide
    extraction.quality = quality ?? extraction.quality
    if let mode { extraction.mode = mode == .keyframes ? .keyframes : .exact }
    if trained == nil, !isSaid {
      console.message(
        "the frames that the run was trained on are not there to ask how they were extracted; uploads give "
          + "\(extraction.framesPerSecond) a second, \(extraction.maximumFrames) at most, with a short side of "
          + "\(extraction.shortSide) pixels")
    }
    return extraction
  }
}
#endif
