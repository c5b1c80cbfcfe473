#if Videos
import ArgumentParser
import Dataset
import Extraction
import Foundation
import Media
import Storage
import SystemPackage
import Terminal

struct ExtractCommand: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "extract",
    abstract: "Take frames out of videos and put them into shards.",
    discussion: """
      For each annotation the video is found by its id (<id>.<extension>, in the folder or one level below). \
      Frames are taken at regular moments, as JPEG, into shard-000000.tar and so on. A video that could not be \
      read in full is listed with its reason in quarantine.jsonl; it does not stop the others. Videos are read in \
      processes of their own that can do nothing else.

      The same command goes on where it was stopped, and adds what was added at the end of the annotations. \
      Started by torchrun, mpirun or srun on machines that share the folder, each process makes its part.

      Examples:
        framewise extract --videos videos --annotations labeled.json \\
          --out frames/labeled
        framewise extract --videos videos --annotations labeled.json \\
          --out frames/small --max-frames 16 --short-side 224
        framewise extract --videos videos --annotations labeled.json \\
          --out frames/labeled --retry-quarantined
        srun --ntasks 8 framewise extract --videos videos \\
          --annotations labeled.json --out frames/labeled
      """)

  @Option(help: "The folder with the video files.")
  var videos: FilePath

  @Option(
    help: "The annotation file that names the videos (JSON or JSON Lines, .gz or not); - is standard input.")
  var annotations: InputFile

  @Option(help: "The folder for the shards; made where it is missing.")
  var out: OutputFolder

  @Option(help: "Frames for each second of video.")
  var framesPerSecond = 1.0

  @Option(help: "Frames of one video at most; those of a longer one are spread over all of it.")
  var maxFrames = 32

  @Option(help: "Short side of the frames in pixels.")
  var shortSide = 256

  @Option(
    help: """
      exact takes the frame on the screen at each moment; keyframes the keyframe nearest to it, each once, which is \
      several times as fast.
      """)
  var mode = VideoReader.Mode.exact

  @Option(help: "JPEG quality, 1 to 100.")
  var quality = 90

  @Option(help: "Videos that are read at the same time. (default: the processors that it may run on)")
  var workers: Int?

  @Option(help: "Memory for each of them, in MiB.")
  var memoryLimit = 4096

  @Option(help: "Seconds after which a video is given up.")
  var timeLimit = 120.0

  @Option(help: "Videos for each shard.")
  var shardSize = 500

  @Option(
    help: ArgumentHelp(
      "Make only the shards from a on, before b; the dataset is complete when all are there.",
      valueName: "a:b"))
  var shardRange: ShardRange?

  @Flag(help: "Read again what an earlier run quarantined, and nothing else.")
  var retryQuarantined = false

  @Flag(help: "Replace a dataset of other videos or settings, and make the same one anew.")
  var overwrite = false

  @OptionGroup var results: ResultOptions

  func validate() throws {
    func require(_ holds: Bool, _ rule: String) throws {
      if !holds { throw ValidationError(rule) }
    }
    try require(framesPerSecond > 0 && framesPerSecond <= 1000, "--frames-per-second is above 0, up to 1000.")
    try require(1...1000 ~= maxFrames, "--max-frames is 1 to 1000.")
    try require(1...4096 ~= shortSide, "--short-side is 1 to 4096.")
    try require(1...100 ~= quality, "--quality is 1 to 100.")
    try require(1...1024 ~= workers ?? 1, "--workers is 1 to 1024.")
    try require(64...(1 << 20) ~= memoryLimit, "--memory-limit is 64 to 1048576.")
    try require(timeLimit > 0 && timeLimit <= 1e6, "--time-limit is above 0, up to 1000000.")
    try require(DatasetDescription.shardSizes ~= shardSize, "--shard-size is 1 to 1000000.")
    try require(
      !(overwrite && retryQuarantined), "--overwrite makes all anew; --retry-quarantined keeps what is good.")
  }

  var files: CommandFiles {
    var files = CommandFiles()
    files.read("--videos", videos)
    files.read("--annotations", annotations.path)
    return files
  }

  func run() throws {
    let environment = ProcessInfo.processInfo.environment
    let share = try shardRange.map { .range($0.bounds) } ?? ShardShare(environment: environment)
    if overwrite && share != .all {
      throw ValidationError("--overwrite is not for several processes at once; remove the folder before.")
    }
    var extractor = Extractor(videos: videos, annotations: annotations.path, output: out.path)
    extractor.options.framesPerSecond = framesPerSecond
    extractor.options.maximumFrames = maxFrames
    extractor.options.shortSide = shortSide
    extractor.options.mode = mode
    extractor.options.timeLimit = .seconds(timeLimit)
    extractor.quality = quality
    extractor.workers =
      workers ?? max(1, Processors.available / ShardShare.localProcesses(environment: environment))
    extractor.memory = memoryLimit << 20
    extractor.share = share
    extractor.retryQuarantined = retryQuarantined
    extractor.shardSize = shardSize
    extractor.overwrite = overwrite

    var display: ProgressDisplay?
    let summary = try extractor.run { progress in
      let note = progress.quarantined > 0 ? "\(progress.quarantined) quarantined" : nil
      if let display {
        display.update(completed: progress.videos, note: note)
      } else {
        display = ProgressDisplay("extracting", total: progress.total)
        display?.start(at: progress.resumed)
      }
    } notice: {
      Console.standard.warning($0)
    }
    display?.finish()
    if let first = summary.ambiguous.min(by: { $0.key < $1.key }) {
      Console.standard.warning(
        "\(summary.ambiguous.count) ids have several files; the first by name is taken, "
          + "\(first.value[0]) for \(first.key), say")
    }
    if summary.found > 0 {
      Console.standard.warning(
        "\(summary.found) videos in quarantine as missing have a file now; --retry-quarantined reads them")
    }
    if results.json {
      try Console.standard.result(json: summary)
    } else {
      try Console.standard.result(summary.text(output: out.path))
    }
  }
}

extension VideoReader.Mode: ExpressibleByArgument {}

extension Extractor.Summary {
  /// `1998 of 2000 videos, 9412 frames in 4 shards: frames/labeled`, and a line for the quarantine.
  fileprivate func text(output: FilePath) -> String {
    let files = shards == 1 ? "1 shard" : "\(shards) shards"
    let kind = mode == .keyframes ? "keyframes" : "frames"
    var text = "\(extracted) of \(videos) videos, \(frames) \(kind) in \(files): \(output)"
    if !isComplete { text += "\nthe dataset is complete when the other shards are there, too" }
    if wasComplete {
      let retry = quarantined.isEmpty ? "" : "--retry-quarantined reads again what is in quarantine, "
      text += " (complete already; \(retry)--overwrite makes it anew)"
    }
    if !quarantined.isEmpty {
      let reasons = quarantined.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
        "\($0.value) \($0.key)"
      }
      text +=
        "\nin quarantine: \(reasons.joined(separator: ", ")); \(isComplete ? "see \(output.appending("quarantine.jsonl"))" : "to be listed then")"
    }
    return text
  }
}

/// `0:4`, the shards 0 to 3.
struct ShardRange: ExpressibleByArgument {
  var bounds: Range<Int>

  init?(argument: String) {
    let ends = argument.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
    guard ends.count == 2, let first = ends[0], let end = ends[1], 0 <= first, first < end else { return nil }
    bounds = first..<end
  }
}
#endif
