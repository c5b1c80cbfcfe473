package import Dataset
import Pages
package import Records
import Storage
package import SystemPackage

/// The page that shows what came of a run, or of several beside each other: one HTML file that stands alone.
///
/// The same input gives the same bytes. However many videos and categories there are, what is listed is bounded: a page
/// takes a megabyte or so.
package struct ReportPage {
  private let runs: [RunRecord]
  private let looks: VideoLooks
  private let names: CategoryNames
  private let program: String

  /// - Parameters:
  ///   - runs: of several the first is what the others are compared with.
  ///   - program: what makes the page, with its version.
  /// - Throws: `NoRun`, `NoFinishedFold`, `JSONError` and `FileError` where a run cannot be read.
  package init(of runs: [RunFolder], looks: VideoLooks, names: CategoryNames, program: String) throws {
    precondition(!runs.isEmpty, "no run to report")
    let runNames = Self.names(of: runs.map(\.path))
    self.runs = try zip(runs, runNames).map { try RunRecord($0, name: $1) }
    self.looks = looks
    self.names = names
    self.program = program
  }

  /// The last parts of the paths; all of them where those are not different.
  private static func names(of paths: [FilePath]) -> [String] {
    let last = paths.map { Folder.resolved($0).lastComponent?.string ?? $0.string }
    let chosen = Set(last).count == last.count ? last : paths.map(\.string)
    return chosen.map { $0.cut(to: 80) }
  }

  package func write(to path: FilePath) throws { try AtomicFile.write(try html(), to: path) }

  func html() throws -> String {
    guard runs.count == 1 else {
      return ReportTemplates.all.render(
        "comparison",
        ComparisonView(
          pageTitle: "\(runs.map(\.name).joined(separator: ", ")): comparison",
          comparison: try Comparison(runs, looks, names), program: program))
    }
    let run = runs[0]
    return ReportTemplates.all.render(
      "report",
      RunView(
        pageTitle: "\(run.name): report", name: run.name, headline: Headline(run),
        curves: LearningCurves(run).charts,
        ledger: run.ledger.map { LedgerSection($0, videos: run.videos.count) },
        confusion: ConfusionSection(run.videos, names),
        table: CategoryTable(run.videos, run.scores, names), sureness: SurenessSection(run.videos),
        gallery: try Gallery(run.videos, looks, names), cost: Cost(run),
        origin: Origin(run, program: program)))
  }
}

/// What fills `report.mustache`.
private struct RunView: Sendable {
  let pageTitle: String
  let name: String
  let headline: Headline
  let curves: [Chart]
  let ledger: LedgerSection?
  let confusion: ConfusionSection
  let table: CategoryTable
  let sureness: SurenessSection
  let gallery: Gallery
  let cost: Cost
  let origin: Origin
}

/// What fills `comparison.mustache`.
private struct ComparisonView: Sendable {
  let pageTitle: String
  let comparison: Comparison
  let program: String
}
