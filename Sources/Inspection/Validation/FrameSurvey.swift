import Dataset
import Images
import SystemPackage

/// Which annotated videos have frames, and how some of these look.
struct FrameSurvey {
  let path: FilePath
  let source: any VideoSource
  let ids: VideoIDs

  /// - Parameter limit: videos whose frames are read at most, spread over the annotations.
  /// - Parameter report: is told how many more of how many have been looked at.
  func run(limit: Int, report: (_ more: Int, _ total: Int) throws -> Void) throws -> ValidationReport.Frames {
    let stored = Set(source.ids)
    var present: [Int] = []
    var missing = Listing()
    for (place, id) in ids.enumerated() {
      if stored.contains(id) { present.append(place) } else { missing.add(id) }
    }
    var extra = Listing()
    for id in source.ids where !ids.contains(id) { extra.add(id) }
    var quarantined = Tally<String>()
    for row in (source as? ShardedFrames)?.quarantine ?? [] where ids.contains(row.id) {
      quarantined.add(row.reason.rawValue)
    }
    var frames = ValidationReport.Frames(
      folder: path.string, vectorSize: source.vectorSize, found: present.count,
      missing: missing.report, extra: extra.report, quarantined: quarantined.named(),
      problems: source.problems, probed: 0, perVideo: nil, sizes: [], damaged: Listing().report,
      undecodable: 0)
    try probe(
      FrameSampling.spread(count: present.count, room: limit).map { ids[present[$0]] }, &frames, report)
    return frames
  }

  private func probe(
    _ chosen: [String], _ frames: inout ValidationReport.Frames, _ report: (Int, Int) throws -> Void
  ) throws {
    var lengths = Tally<Int>()
    var sizes = Tally<String>()
    var damaged = Listing()
    for id in chosen {
      switch source.content(of: id) {
      case .missing(let reason): damaged.add("\(id): \(reason)")
      case .features(let values, let dimension): lengths.add(values.count / dimension)
      case .frames(let jpegs):
        lengths.add(jpegs.count)
        // All frames of a video have one size, but each may be damaged.
        for (number, jpeg) in jpegs.enumerated() {
          guard let size = try? JPEG.size(of: jpeg), (try? JPEG.decode(jpeg, minimumShortSide: 1)) != nil
          else {
            frames.undecodable += 1
            continue
          }
          if number == 0 { sizes.add("\(size.width)×\(size.height)") }
        }
      }
      try report(1, chosen.count)
    }
    frames.probed = chosen.count
    frames.perVideo = lengths.spread
    frames.sizes = sizes.named(limit: 8)
    frames.damaged = damaged.report
  }
}
