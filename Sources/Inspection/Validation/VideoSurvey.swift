import Dataset
import Dispatch
import Extraction
import Media
import Synchronization
import SystemPackage

/// Which annotated videos have a file, and what the headers of some of these files say.
struct VideoSurvey {
  private let folder: VideoFolder
  private let ids: [String]

  init(_ path: FilePath, ids: [String]) throws {
    self.ids = ids
    folder = try VideoFolder(path, ids: ids)
  }

  /// - Parameter limit: files whose headers are read at most, spread over the annotations.
  /// - Parameter report: is told how many more of how many have been looked at.
  func run(limit: Int, report: (_ more: Int, _ total: Int) throws -> Void) throws -> ValidationReport.Videos {
    var missing = Listing()
    var present: [String] = []
    for id in ids {
      if folder.file(of: id) != nil { present.append(id) } else { missing.add(id) }
    }
    var ambiguous = Listing()
    for (id, files) in folder.ambiguous { ambiguous.add("\(id): \(files.joined(separator: ", "))") }
    return .init(
      folder: folder.path.string, found: present.count, missing: missing.report,
      extra: .init(count: folder.strangers.count, first: folder.strangers.first),
      ambiguous: ambiguous.report,
      probe: try probe(
        FrameSampling.spread(count: present.count, room: limit).map { present[$0] }, report: report))
  }

  private func probe(
    _ chosen: [String], report: (Int, Int) throws -> Void
  ) throws -> ValidationReport.Probe {
    var survey = ProbeSurvey()
    let batch = 64
    for start in stride(from: 0, to: chosen.count, by: batch) {
      let batchIDs = chosen[start..<min(start + batch, chosen.count)]
      let found = Mutex<[Int: Result<VideoProbe, MediaError>]>([:])
      DispatchQueue.concurrentPerform(iterations: batchIDs.count) { offset in
        guard let file = folder.file(of: batchIDs[start + offset]) else { return }
        let path = folder.path.appending(file)
        let result = Result { () throws(MediaError) in try VideoProbe(path) }
        found.withLock { $0[offset] = result }
      }
      for (_, result) in found.withLock({ $0 }).sorted(by: { $0.key < $1.key }) { survey.add(result) }
      try report(batchIDs.count, chosen.count)
    }
    return survey.report
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

  mutating func add(_ result: Result<VideoProbe, MediaError>) {
    files += 1
    switch result {
    case .success(let probe):
      containers.add(probe.container)
      codecs.add(probe.codec)
      sizes.add(probe.width > 0 && probe.height > 0 ? "\(probe.width)×\(probe.height)" : "not said")
      let place = probe.duration.flatMap { duration in Self.bins.firstIndex { duration < $0.end } }
      durations[place ?? Self.bins.count - 1] += 1
      bytes += probe.bytes
    case .failure(let error):
      unreadable.add(error.trouble.rawValue)
      firstUnreadable.add(error.description)
    }
  }

  var report: ValidationReport.Probe {
    .init(
      files: files, containers: containers.named(), codecs: codecs.named(), sizes: sizes.named(limit: 8),
      durations: zip(Self.bins, durations).filter { $1 > 0 }.map { .init(name: $0.name, count: $1) },
      unreadable: unreadable.named(), firstUnreadable: firstUnreadable.first, bytes: bytes)
  }
}
