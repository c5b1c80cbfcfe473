#if Videos
import ArgumentParser
import Foundation
import Synthesis
import SystemPackage
import Terminal

struct SynthCommand: AsyncParsableCommand, FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "synth",
    abstract: "Draw a small labelled video set to try everything on.",
    discussion: """
      Writes DIR/videos/<id>.mp4, DIR/labeled.json, DIR/test.json and DIR/truth.csv. The videos show moving \
      shapes, the text is about a topic, and a category is a topic and a shape: neither the pictures nor the \
      text tell it alone. The same options give the same bytes.

      Examples:
        framewise synth --out demo --videos 200 --classes 12
        framewise synth --out demo --videos 60 --classes 6 --seconds 1...3 \\
          --test 20 --broken 3 --json
      """)

  @Option(help: ArgumentHelp("The folder to write to.", valueName: "dir"))
  var out: OutputFolder

  @Option(help: "How many videos, those for testing included.")
  var videos = SynthesisOptions().videos

  @Option(help: "How many level-2 categories, 4…64; a few have many videos, most have few.")
  var classes = SynthesisOptions().classes

  @Option(help: "Another seed gives another set.")
  var seed = SynthesisOptions().seed

  @Option(help: "The share of the videos that is for testing.")
  var testFraction: Double?

  @Option(help: "How many videos are for testing, instead of a share. (default: a fifth)")
  var test: Int?

  @Option(help: ArgumentHelp("The shortest and the longest duration.", valueName: "from...to"))
  var seconds = SecondsRange(bounds: SynthesisOptions().seconds)

  @Option(help: "How many of the files are damaged: cut short, empty, or no video.")
  var broken = SynthesisOptions().broken

  @OptionGroup var overwriting: OverwriteOptions
  @OptionGroup var results: ResultOptions

  func validate() throws {
    if test != nil && testFraction != nil {
      throw ValidationError("Give --test or --test-fraction, not both.")
    }
  }

  var files: CommandFiles {
    get throws {
      var files = CommandFiles()
      let videos = try SyntheticDataset(options).presentVideos(in: out.path)
      for file in SyntheticDataset.tables(in: out.path) + videos {
        files.make("--out", file, existing: .asked(overwrite: overwriting.overwrite), hasFolder: true)
      }
      return files
    }
  }

  func run() async throws {
    let dataset = try SyntheticDataset(options)
    let progress = ProgressDisplay("drawing", total: videos)
    let summary = try await dataset.write(to: out.path) { progress.advance() }
    progress.finish()
    if results.json {
      try Console.standard.result(json: summary)
    } else {
      try Console.standard.result(
        """
        \(summary.labeled) labelled and \(summary.test) test videos of \(summary.categories.count) categories \
        in \(out.path)\(summary.broken.isEmpty ? "" : ", broken: \(summary.broken.joined(separator: " "))")
        """)
    }
  }

  private var options: SynthesisOptions {
    var options = SynthesisOptions()
    options.videos = videos
    options.classes = classes
    options.seed = seed
    if let testFraction { options.test = .share(testFraction) }
    if let test { options.test = .count(test) }
    options.seconds = seconds.bounds
    options.broken = broken
    return options
  }
}

/// `2...6`, or `4` for just that.
struct SecondsRange: ExpressibleByArgument {
  var bounds: ClosedRange<Double>

  init(bounds: ClosedRange<Double>) { self.bounds = bounds }

  init?(argument: String) {
    let parts = argument.components(separatedBy: "...").map(Double.init)
    guard let first = parts.first ?? nil, let last = parts.last ?? nil, parts.count <= 2, first <= last else {
      return nil
    }
    bounds = first...last
  }

  var defaultValueDescription: String { "\(bounds.lowerBound)...\(bounds.upperBound)" }
}
#endif
