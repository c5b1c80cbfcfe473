#if Videos
import ArgumentParser
import Dataset
import Inspection
import Storage
import SystemPackage
import Terminal

struct ContactSheetCommand: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "contact-sheet",
    abstract: "Show the extracted frames on a page.",
    discussion: """
      Writes one HTML file that stands alone and can be mailed: thumbnails with ids and times, and what is in \
      quarantine with the reason. A page has 100 videos, the first ones unless others are asked for.

      Examples:
        framewise contact-sheet --frames frames/labeled --out sheet.html
        framewise contact-sheet --frames frames/labeled \\
          --annotations labeled.json --sample 200 --out sheet.html
        framewise contact-sheet --frames zip_frames \\
          --ids 7705250034,4410963 --out two.html
      """)

  @Option(help: "Where framewise extract wrote, or a folder of frame archives (zip_frames).")
  var frames: FilePath

  @Option(help: "Annotations: the sheet is about their videos, with titles and categories.")
  var annotations: InputFile?

  @Option(help: "The page, an .html file; - is standard output.")
  var out: OutputFile

  @OptionGroup var overwriting: OverwriteOptions

  @Option(help: "Videos on a page.")
  var limit = ContactSheet.Options().limit

  @Option(help: "Which page, counted from 1.")
  var page: Int?

  @Option(help: "So many videos drawn at random instead of a page.")
  var sample: Int?

  @Option(help: "Seed of --sample.")
  var seed: UInt64 = 1

  @Option(help: "These videos alone, separated by commas.")
  var ids: String?

  @Option(help: "Frames of one video at most, chosen as inference chooses them.")
  var maxFrames = ContactSheet.Options().maximumFrames

  @Option(help: "Long side of a thumbnail in pixels.")
  var thumbnail = ContactSheet.Options().longSide

  @OptionGroup var results: ResultOptions

  func validate() throws {
    func require(_ holds: Bool, _ rule: String) throws {
      if !holds { throw ValidationError(rule) }
    }
    try require(1...10_000_000 ~= limit, "--limit is 1 to 10000000.")
    try require(1...10_000_000 ~= sample ?? 1, "--sample is 1 to 10000000.")
    try require(1...Int.max ~= page ?? 1, "--page is 1 or more.")
    try require(1...1000 ~= maxFrames, "--max-frames is 1 to 1000.")
    try require(16...2048 ~= thumbnail, "--thumbnail is 16 to 2048.")
    try require(
      [page != nil, sample != nil, ids != nil].count { $0 } <= 1, "Give one of --page, --sample and --ids.")
    try require(
      ["html", "htm"].contains(out.path.extension?.lowercased()) || !out.isRegular,
      "--out is an .html file; for a picture, print it from a browser.")
    try require(ids == nil || !named.isEmpty, "--ids names no video.")
  }

  var files: CommandFiles {
    var files = CommandFiles()
    files.printsJSON = results.json
    files.read("--frames", frames)
    files.read("--annotations", annotations?.path)
    files.make("--out", out.path, existing: .asked(overwrite: overwriting.overwrite))
    return files
  }

  func run() throws {
    var options = ContactSheet.Options()
    options.limit = limit
    options.maximumFrames = maxFrames
    options.longSide = thumbnail
    options.selection =
      if let sample {
        .sample(sample, seed: seed)
      } else if ids != nil {
        .ids(named)
      } else {
        .page(page ?? 1)
      }
    let described = try annotations.map { try AnnotationFile.read($0.path, warn: Console.standard.warning) }
    let source = try VideoSources.open(frames)
    for problem in source.problems { Console.standard.warning(problem) }
    let sheet = try ContactSheet(of: frames, source, annotations: described, options: options)
    let progress = ProgressDisplay("contact sheet", total: sheet.count)
    let summary = try sheet.write(to: out.path) {
      try Task.checkCancellation()
      progress.advance()
    }
    progress.finish()
    if results.json {
      try Console.standard.result(json: summary)
    } else {
      try Console.standard.conclude(summary.text(out.path), after: files)
    }
  }

  private var named: [String] { (ids ?? "").split(separator: ",").map(String.init) }
}

extension ContactSheet.Summary {
  /// `100 of 3600 videos, 731 thumbnails, 2.9 MB: sheet.html (page 1 of 36)`
  fileprivate func text(_ path: FilePath) -> String {
    let size = bytes < 1_000_000 ? "\((bytes + 999) / 1000) kB" : "\((Double(bytes) / 1e5).rounded() / 10) MB"
    var text = "\(videos) of \(total) videos, \(thumbnails) thumbnails, \(size): \(path)"
    if let page, let pages, pages > 1 { text += " (page \(page) of \(pages))" }
    if withoutFrames > 0 { text += "\n\(withoutFrames) of them have no frames" }
    if undecodable > 0 {
      text += "\n\(undecodable) frames cannot be decoded; training and inference leave them out"
    }
    return text
  }
}
#endif
