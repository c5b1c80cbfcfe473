package import Dataset

/// The frames of videos with all that their source knows of them: shards know times, archives the order alone.
package struct FrameLookup {
  private let source: any VideoSource
  private let shards: ShardedFrames?

  package init(_ source: any VideoSource) {
    self.source = source
    shards = source as? ShardedFrames
  }

  package var quarantine: [QuarantineRow] { shards?.quarantine ?? [] }
  package var description: DatasetDescription? { shards?.description }

  /// - Parameter maximumFrames: as many are shown, chosen as inference chooses them.
  package func footage(of id: String, maximumFrames: Int) -> Footage {
    footage(of: id) { FrameSampling.spread(count: $0, room: maximumFrames) }
  }

  /// - Parameter numbers: of the frames that are shown, counted from 0 among the stored ones.
  package func footage(of id: String, numbers: [Int]) -> Footage {
    footage(of: id) { count in numbers.filter { 0..<count ~= $0 } }
  }

  /// - Parameter chosen: which of so many are shown.
  private func footage(of id: String, _ chosen: (Int) -> [Int]) -> Footage {
    guard let shards else {
      switch source.content(of: id) {
      case .frames(let jpegs): return Footage(jpegs: jpegs, sample: nil, chosen)
      case .features: return Footage(missing: "feature vectors, not pictures")
      case .missing(let reason): return Footage(missing: reason)
      }
    }
    switch shards.sample(id) {
    case .success(let (sample, jpegs)):
      return Footage(jpegs: jpegs, sample: sample, chosen)
    case .failure(let missing): return Footage(missing: missing.reason)
    }
  }
}

/// What there is to show of one video.
package struct Footage {
  package struct Frame {
    /// Counted from 0 among the stored ones.
    package var number: Int
    /// Seconds from the start; nil where the source does not say.
    package var time: Double?
    package var jpeg: [UInt8]
  }

  package var shown: [Frame] = []
  /// All frames, those that are not shown included.
  package var stored = 0
  package var sample: ShardSample?
  /// Why there is no frame.
  package var missing: String?

  init(missing: String) { self.missing = missing }

  init(jpegs: [[UInt8]], sample: ShardSample?, _ chosen: (Int) -> [Int]) {
    self.sample = sample
    stored = jpegs.count
    let times = sample?.timestamps
    shown = chosen(jpegs.count).map { number in
      Frame(number: number, time: times.map { $0[number] }, jpeg: jpegs[number])
    }
    if jpegs.isEmpty { missing = "not one frame is stored" }
  }
}
