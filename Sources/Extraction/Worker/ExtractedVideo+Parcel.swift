import Dataset
import Images
import Media
import Storage

extension ExtractedVideo {
  /// The header of a parcel with a video.
  struct Header: Codable, Equatable {
    var sample: ShardSample?
    var quarantine: QuarantineRow?
    /// Bytes of each JPEG, in the order of the body.
    var jpegs: [Int]
    var isRetried: Bool

    enum CodingKeys: String, CodingKey {
      case sample, quarantine, jpegs
      case isRetried = "is_retried"
    }
  }

  package var parcel: Parcel {
    let header = Header(
      sample: sample, quarantine: quarantine, jpegs: jpegs.map(\.count), isRetried: isRetried)
    var body: [UInt8] = []
    body.reserveCapacity(header.jpegs.reduce(0, +))
    for jpeg in jpegs { body += jpeg }
    return Parcel(header: JSONText.encode(header), body: body)
  }

  /// Nil where the parts do not fit together.
  package init?(_ parcel: Parcel) {
    guard let header = try? JSONText.decode(Header.self, from: parcel.header) else { return nil }
    var rest = parcel.body[...]
    var jpegs: [[UInt8]] = []
    for count in header.jpegs {
      guard count >= 0, count <= rest.count else { return nil }
      jpegs.append(Array(rest.prefix(count)))
      rest = rest.dropFirst(count)
    }
    guard rest.isEmpty, header.sample?.timestamps.count ?? 0 == jpegs.count else { return nil }
    self.init(
      sample: header.sample, jpegs: jpegs, quarantine: header.quarantine, isRetried: header.isRetried)
  }

  /// Whether this can be the answer to `request`. A worker that a hostile file took over can say what it likes; it
  /// must not get into another video's place, nor break what reads the shards.
  package func answers(_ request: VideoRequest) -> Bool {
    let options = request.options
    let isSound = isSound(
      for: request.id, shortSide: options.shortSide, maximumFrames: options.maximumFrames,
      mode: .init(options.mode))
    return isSound && quarantine.map { $0.file.map { VideoID.areSame($0, request.file) } ?? false } ?? true
  }

  /// Whether this can be kept as what became of video `id`: all that writes and reads shards and the ledger relies on
  /// holds of it.
  ///
  /// - Parameters:
  ///   - shortSide: of the frames, in pixels.
  ///   - mode: as asked for.
  func isSound(for id: String, shortSide: Int, maximumFrames: Int, mode: ExtractionMode) -> Bool {
    if let sample {
      guard VideoID.areSame(sample.id, id), !jpegs.isEmpty, jpegs.count <= maximumFrames,
        sample.timestamps.count == jpegs.count, sample.timestamps.allSatisfy(Self.isMoment),
        zip(sample.timestamps, sample.timestamps.dropFirst()).allSatisfy({ $0 <= $1 }),
        sample.mode == .exact || sample.mode == mode,
        [0, 90, 180, 270].contains(sample.rotation), sample.duration.map(Self.isMoment) ?? true,
        [sample.sourceWidth, sample.sourceHeight, sample.frameWidth, sample.frameHeight].allSatisfy({
          1...(1 << 20) ~= $0
        }), sample.codec.isLibraryName,
        jpegs.allSatisfy({ StoredFrame.problem(with: $0, shortSide: shortSide) == nil }),
        let first = try? JPEGHeader(jpegs[0]), first.width == sample.frameWidth,
        first.height == sample.frameHeight
      else { return false }
    }
    guard let row = quarantine else { return sample?.status == .complete }
    guard VideoID.areSame(row.id, id), row.isOneLine else { return false }
    guard let sample else { return row.frames == 0 && row.reason != .truncated }
    return row.reason == .truncated && sample.status == .truncated && row.frames == jpegs.count
  }

  /// Seconds, up to some thirty years: whoever makes whole numbers of them need not look again.
  static func isMoment(_ time: Double) -> Bool { 0...1e9 ~= time }
}

extension QuarantineRow {
  /// Whether a line of the ledger, and of a terminal, can hold the detail.
  var isOneLine: Bool {
    detail.utf8.count <= 1000
      && detail.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.properties.generalCategory != .control }
  }
}

extension String {
  /// Whether it can be what a library calls a codec or a container.
  var isLibraryName: Bool { 1...64 ~= utf8.count && utf8.allSatisfy { 0x21...0x7E ~= $0 } }
}
