package import Dataset
import Images
package import Media
import Storage
package import SystemPackage

/// What extraction has of one video: a sample with its frames, a row of the ledger, or both where only a part
/// of the video could be read.
package struct ExtractedVideo: WorkerAnswer, Equatable {
  package var sample: ShardSample?
  /// One for each of the sample's timestamps.
  package var jpegs: [[UInt8]] = []
  package var quarantine: QuarantineRow?
  /// Whether `--retry-quarantined` had it read again; set by the supervisor.
  var isRetried = false

  /// A video without frames.
  package init(_ quarantine: QuarantineRow) { self.quarantine = quarantine }

  package init(sample: ShardSample?, jpegs: [[UInt8]], quarantine: QuarantineRow?) {
    self.sample = sample
    self.jpegs = jpegs
    self.quarantine = quarantine
  }

  init(sample: ShardSample?, jpegs: [[UInt8]], quarantine: QuarantineRow?, isRetried: Bool) {
    self.init(sample: sample, jpegs: jpegs, quarantine: quarantine)
    self.isRetried = isRetried
  }

  package static func failed(
    _ request: VideoRequest, _ reason: QuarantineRow.Reason, _ detail: String
  ) -> ExtractedVideo {
    ExtractedVideo(QuarantineRow(id: request.id, reason: reason, detail: detail, file: request.file))
  }

  package init(_ request: VideoRequest, _ error: MediaError) {
    self.init(QuarantineRow(request, error))
  }

  /// Reads the video that `descriptor` has open, and closes it. Whatever is wrong with it ends in the ledger.
  package init(reading descriptor: FileDescriptor, for request: VideoRequest) {
    do throws(MediaError) { try self.init(descriptor, request) } catch { self.init(request, error) }
  }

  private init(_ descriptor: FileDescriptor, _ request: VideoRequest) throws(MediaError) {
    let path = FilePath(request.file)
    let (outcome, frames) = try VideoReader.read(descriptor, path: path, options: request.options) {
      frame throws(MediaError) in
      do throws(JPEGError) {
        return TakenFrame(frame, jpeg: try JPEG.encode(frame.picture, quality: request.quality))
      } catch {
        throw MediaError(.undecodable, path, error.description)
      }
    }
    jpegs = frames.map(\.jpeg)
    guard jpegs.reduce(0, { $0 + $1.count }) <= Parcel.bodyLimit else {
      throw MediaError(.tooLarge, path, "its frames take more than \(Parcel.bodyLimit >> 20) MiB")
    }
    let source = outcome.source
    let duration = source.duration.toMicroseconds
    guard frames.allSatisfy({ Self.isMoment($0.timestamp) }), Self.isMoment(duration) else {
      throw MediaError(.undecodable, path, "its times are beyond any clock")
    }
    sample = ShardSample(
      id: request.id, timestamps: frames.map(\.timestamp),
      status: outcome.defect == nil ? .complete : .truncated, mode: .init(outcome.mode), codec: source.codec,
      duration: duration, rotation: source.rotation, sourceWidth: source.width,
      sourceHeight: source.height, frameWidth: frames.first?.width ?? 0,
      frameHeight: frames.first?.height ?? 0)
    quarantine = outcome.defect.map {
      QuarantineRow(id: request.id, reason: .truncated, detail: $0, file: request.file, frames: jpegs.count)
    }
  }
}

/// A frame as a shard holds it.
private struct TakenFrame {
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
