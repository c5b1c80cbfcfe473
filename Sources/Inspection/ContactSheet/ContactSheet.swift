package import Dataset
import Pages
package import Storage
package import SystemPackage

/// Thumbnails of a dataset's frames with ids and times, and what is missing with its reason, as one HTML file: so that
/// people see what the model will see.
///
/// The file stands alone (pictures inside, no script, nothing fetched), and the same input gives the same bytes.
package struct ContactSheet {
  package struct Options: Sendable {
    package var selection = SheetSelection.page(1)
    /// Videos on one sheet at most.
    package var limit = 100
    /// Frames of one video at most, those that inference takes when it has room for as many.
    package var maximumFrames = 8
    /// Of a thumbnail, in pixels; smaller pictures stay as they are.
    package var longSide = 144
    /// JPEG quality of the thumbnails, 1…100.
    package var quality = 75

    package init() {}
  }

  /// What is on a sheet; `--json` prints it.
  package struct Summary: Codable, Sendable, Equatable {
    /// Those on the sheet.
    package var videos = 0
    /// Those that there are to choose from.
    package var total = 0
    package var thumbnails = 0
    /// Videos on the sheet without a frame.
    package var withoutFrames = 0
    /// Frames on the sheet that no decoder takes, and which the model therefore does not get.
    package var undecodable = 0
    /// Rows of the quarantine ledger, of all videos to choose from.
    package var quarantined = 0
    /// Of the file.
    package var bytes = 0
    /// The number of this page and of the last; nil where videos were named or drawn.
    package var page: Int?
    package var pages: Int?

    enum CodingKeys: String, CodingKey {
      case videos, total, thumbnails
      case withoutFrames = "without_frames"
      case undecodable, quarantined, bytes, page, pages
    }
  }

  /// As the user named it.
  private let frames: FilePath
  private let archive: FrameLookup
  private let annotations: [String: Annotation]
  private let population: [String]
  private let quarantine: [QuarantineRow]
  private let options: Options

  /// - Parameter annotations: give titles and categories; if there are any, the sheet is about their videos.
  /// - Throws: `ContactSheetError` where there are no pictures to look at, or no such page.
  package init(
    of frames: FilePath, _ source: any VideoSource, annotations: [Annotation]?, options: Options
  ) throws(ContactSheetError) {
    if let size = source.vectorSize { throw .vectors(frames, size: size) }
    self.frames = frames
    self.options = options
    archive = FrameLookup(source)
    let described = Dictionary((annotations ?? []).map { ($0.id, $0) }) { $1 }
    self.annotations = described
    let ledger = archive.quarantine
    if let annotations {
      population = annotations.map(\.id)
      quarantine = ledger.filter { described[$0.id] != nil }
    } else {
      let stored = Set(source.ids)
      population = source.ids + ledger.map(\.id).filter { !stored.contains($0) }
      quarantine = ledger
    }
    if case .page(let page) = options.selection {
      let pages = SheetSelection.pages(of: population.count, limit: options.limit)
      guard (1...pages).contains(page) else { throw .noSuchPage(page, pages: pages) }
    }
  }

  /// Videos that `write` will put on the sheet.
  package var count: Int { chosen.count }

  private var chosen: [String] { options.selection.choose(from: population, limit: options.limit) }

  /// - Parameter report: is told after each video.
  package func write(to path: FilePath, report: () throws -> Void) throws -> Summary {
    let chosen = chosen
    let rows = quarantine(besides: chosen)
    var summary = Summary(videos: chosen.count, total: population.count, quarantined: rows.count)
    if case .page(let page) = options.selection {
      summary.page = page
      summary.pages = SheetSelection.pages(of: population.count, limit: options.limit)
    }
    let page = SheetPage(
      options: options, dataset: frames.string, extraction: archive.description?.extraction)
    var output = try Output(path)
    let reasons = Dictionary(rows.map { ($0.id, $0) }) { $1 }
    try output.put(page.beginning(summary, rows))
    for id in chosen {
      let footage = archive.footage(of: id, maximumFrames: options.maximumFrames)
      let card = VideoCard(id, footage, annotations[id], reasons[id], options: options)
      summary.thumbnails += card.thumbnails
      summary.undecodable += card.undecodable
      if footage.shown.isEmpty { summary.withoutFrames += 1 }
      try output.put(page.card(card))
      try report()
    }
    try output.put(page.end(summary))
    summary.bytes = output.bytes
    try output.commit()
    return summary
  }

  /// The ledger's rows of all videos to choose from; of those alone that were named, where videos were named.
  private func quarantine(besides chosen: [String]) -> [QuarantineRow] {
    guard case .ids = options.selection else { return quarantine }
    let named = Set(chosen)
    return quarantine.filter { named.contains($0.id) }
  }
}

/// The page in the making, a video at a time.
private struct Output: ~Copyable {
  private let file: AtomicFile
  private(set) var bytes = 0

  init(_ path: FilePath) throws(FileError) { file = try AtomicFile(path) }

  mutating func put(_ text: String) throws(FileError) {
    bytes += text.utf8.count
    try file.write(text)
  }

  consuming func commit() throws(FileError) { try file.commit() }
}

/// What keeps a sheet from being made.
package enum ContactSheetError: ReportableError {
  case vectors(FilePath, size: Int)
  case noSuchPage(Int, pages: Int)

  package var kind: ErrorKind {
    switch self {
    case .vectors: .badData
    case .noSuchPage: .usage
    }
  }

  package var description: String {
    switch self {
    case .vectors(let path, let size):
      "\(path): holds feature vectors of \(size) numbers, not pictures: there is nothing to look at"
    case .noSuchPage(let page, let pages):
      "--page: is \(page), there \(pages == 1 ? "is 1 page" : "are \(pages) pages")"
    }
  }
}
