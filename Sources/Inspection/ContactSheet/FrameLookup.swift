import Dataset

/// The frames of videos with all that their source knows of them: shards know times, archives the order alone.
struct FrameLookup {
  private let source: any VideoSource
  private let shards: ShardedFrames?

  init(_ source: any VideoSource) {
    self.source = source
    shards = source as? ShardedFrames
  }

  var quarantine: [QuarantineRow] { shards?.quarantine ?? [] }
  var description: DatasetDescription? { shards?.description }

  /// - Parameter maximumFrames: as many are shown, chosen as inference chooses them.
  func footage(of id: String, maximumFrames: Int) -> Footage {
    guard let shards else {
      switch source.content(of: id) {
      case .frames(let jpegs): return Footage(jpegs: jpegs, sample: nil, maximumFrames: maximumFrames)
      case .features: return Footage(missing: "feature vectors, not pictures")
      case .missing(let reason): return Footage(missing: reason)
      }
    }
    switch shards.sample(id) {
    case .success(let (sample, jpegs)):
      return Footage(jpegs: jpegs, sample: sample, maximumFrames: maximumFrames)
    case .failure(let missing): return Footage(missing: missing.reason)
    }
  }
}

/// What there is to show of one video.
struct Footage {
  struct Frame {
    /// Counted from 0 among the stored ones.
    var number: Int
    /// Seconds from the start; nil where the source does not say.
    var time: Double?
    var jpeg: [UInt8]
  }

  var shown: [Frame] = []
  /// All frames, those that are not shown included.
  var stored = 0
  var sample: ShardSample?
  /// Why there is no frame.
  var missing: String?

  init(missing: String) { self.missing = missing }

  init(jpegs: [[UInt8]], sample: ShardSample?, maximumFrames: Int) {
    self.sample = sample
    stored = jpegs.count
    let times = sample?.timestamps
    shown = FrameSampling.spread(count: jpegs.count, room: maximumFrames).map { number in
      Frame(number: number, time: times.map { $0[number] }, jpeg: jpegs[number])
    }
    if jpegs.isEmpty { missing = "not one frame is stored" }
  }
}
