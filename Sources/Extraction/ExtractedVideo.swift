import Dataset
import Images
import Media
import Storage
import SystemPackage

/// What extraction has of one video: a sample with its frames, a row of the ledger, or both where only a part
/// of the video could be read.
struct ExtractedVideo: Sendable {
  var sample: ShardSample?
  /// One for each of the sample's timestamps.
  var jpegs: [[UInt8]] = []
  var quarantine: QuarantineRow?

  /// Reads the video of `id` in `folder`. Whatever is wrong with it ends in the ledger.
  init(_ id: String, in folder: VideoFolder, options: VideoReader.Options, quality: Int) {
    guard let file = folder.file(of: id) else {
      quarantine = QuarantineRow(id: id, reason: .missing, detail: "no file has this id as its name")
      return
    }
    do throws(MediaError) {
      try read(id, file, at: folder.path.appending(file), options, quality)
    } catch {
      (sample, jpegs) = (nil, [])
      quarantine = QuarantineRow(
        id: id, reason: .init(error.trouble),
        detail: error.detail.isEmpty ? error.trouble.explanation : error.detail,
        file: file)
    }
  }

  private mutating func read(
    _ id: String, _ file: String, at path: FilePath, _ options: VideoReader.Options, _ quality: Int
  ) throws(MediaError) {
    let (outcome, frames) = try VideoReader.read(path, options: options) { frame throws(MediaError) in
      do throws(JPEGError) {
        return StoredFrame(frame, jpeg: try JPEG.encode(frame.picture, quality: quality))
      } catch {
        throw MediaError(.undecodable, path, error.description)
      }
    }
    jpegs = frames.map(\.jpeg)
    let source = outcome.source
    sample = ShardSample(
      id: id, timestamps: frames.map(\.timestamp), status: outcome.defect == nil ? .complete : .truncated,
      mode: .init(outcome.mode), codec: source.codec, duration: source.duration.toMicroseconds,
      rotation: source.rotation, sourceWidth: source.width, sourceHeight: source.height,
      frameWidth: frames.first?.width ?? 0, frameHeight: frames.first?.height ?? 0)
    if let defect = outcome.defect {
      quarantine = QuarantineRow(id: id, reason: .truncated, detail: defect, file: file, frames: jpegs.count)
    }
  }
}

/// A frame as a shard holds it.
private struct StoredFrame {
  var timestamp: Double
  var width: Int
  var height: Int
  var jpeg: [UInt8]

  init(_ frame: VideoReader.Frame, jpeg: [UInt8]) {
    timestamp = frame.time.toMicroseconds
    (width, height) = (frame.picture.width, frame.picture.height)
    self.jpeg = jpeg
  }
}

extension ExtractionMode {
  init(_ mode: VideoReader.Mode) {
    self =
      switch mode {
      case .exact: .exact
      case .keyframes: .keyframes
      }
  }
}

extension Double {
  /// No container is finer; more digits would only be rounding errors of ours.
  fileprivate var toMicroseconds: Double { (self * 1e6).rounded() / 1e6 }
}

extension QuarantineRow.Reason {
  fileprivate init(_ trouble: MediaTrouble) {
    self =
      switch trouble {
      case .missing: .missing
      case .notAFile: .notAFile
      case .empty: .empty
      case .notMedia: .notMedia
      case .noVideoStream: .noVideoStream
      case .undecodable: .undecodable
      case .tooLarge: .tooLarge
      case .timeout: .timeout
      case .memory: .undecodable
      }
  }
}

extension MediaTrouble {
  /// For a ledger row where the trouble has no details of its own.
  fileprivate var explanation: String {
    switch self {
    case .missing: "the file cannot be opened"
    case .notAFile: "not a plain file"
    case .empty: "the file is empty"
    case .notMedia: "no container that is read"
    case .noVideoStream: "there is nothing to see in it"
    case .undecodable: "no frame can be decoded"
    case .tooLarge: "the pictures are too large"
    case .timeout: "reading took longer than the limit"
    case .memory: "there was not enough memory"
    }
  }
}
