import Dataset
import Extraction
import Media
import Storage
import SystemPackage

/// Which annotated videos have a file, and what the headers of some of these files say.
struct VideoSurvey {
  private let folder: VideoFolder
  private let ids: VideoIDs

  init(_ path: FilePath, ids: VideoIDs) throws {
    self.ids = ids
    folder = try VideoFolder(path, ids: ids)
  }

  /// - Parameters:
  ///   - limit: files whose headers are read at most, spread over the annotations.
  ///   - probing: reads them.
  ///   - notice: called with what the user should know, a line each.
  ///   - report: is told how many more of how many have been looked at.
  func run(
    limit: Int, by probing: VideoProbing, notice: @escaping (String) -> Void,
    report: (_ more: Int, _ total: Int) throws -> Void
  ) throws -> ValidationReport.Videos {
    var missing = Listing()
    var present: [Int] = []
    for (place, id) in ids.enumerated() {
      if folder.file(of: id) != nil { present.append(place) } else { missing.add(id) }
    }
    var ambiguous = Listing()
    for (id, files) in folder.ambiguous { ambiguous.add("\(id): \(files.joined(separator: ", "))") }
    let chosen = FrameSampling.spread(count: present.count, room: limit).map { ids[present[$0]] }
    var survey = ProbeSurvey()
    try withoutActuallyEscaping(report) { report in
      try probing.run(chosen, in: folder, notice: notice) { video in
        let path = folder.path.appending(folder.file(of: video.id) ?? video.id)
        survey.add(video, path, bytes: try Folder.size(of: path) ?? 0)
        try report(1, chosen.count)
      }
    }
    return .init(
      folder: folder.path.string, found: present.count, missing: missing.report,
      extra: .init(count: folder.strangers.count, first: folder.strangers.first),
      ambiguous: ambiguous.report, probe: survey.report)
  }
}

private struct ProbeSurvey {
  private var containers = Tally<String>()
  private var codecs = Tally<String>()
  private var sizes = Tally<String>()
  private var durations: [Int] = Array(repeating: 0, count: Self.bins.count)
  private var unreadable = Tally<String>()
  private var firstUnreadable = Listing()
  private var files = 0
  private var bytes = 0

  /// Ends of the classes of duration in seconds, with their names.
  private static let bins: [(end: Double, name: String)] = [
    (1, "under 1 s"), (5, "1 to 5 s"), (15, "5 to 15 s"), (60, "15 to 60 s"), (300, "1 to 5 min"),
    (1800, "5 to 30 min"), (.infinity, "30 min and longer"), (.nan, "not said"),
  ]

  mutating func add(_ video: ProbedVideo, _ path: FilePath, bytes: Int) {
    files += 1
    if let probe = video.probe {
      containers.add(probe.container)
      codecs.add(probe.codec)
      sizes.add(probe.width > 0 && probe.height > 0 ? "\(probe.width)×\(probe.height)" : "not said")
      let place = probe.duration.flatMap { duration in Self.bins.firstIndex { duration < $0.end } }
      durations[place ?? Self.bins.count - 1] += 1
      self.bytes += bytes
    } else if let row = video.quarantine {
      unreadable.add(row.reason.rawValue)
      firstUnreadable.add("\(path): \(row.reason.rawValue): \(row.detail)")
    }
  }

  var report: ValidationReport.Probe {
    .init(
      files: files, containers: containers.named(), codecs: codecs.named(), sizes: sizes.named(limit: 8),
      durations: zip(Self.bins, durations).filter { $1 > 0 }.map { .init(name: $0.name, count: $1) },
      unreadable: unreadable.named(), firstUnreadable: firstUnreadable.first, bytes: bytes)
  }
}
