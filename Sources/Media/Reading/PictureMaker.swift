import CFFmpeg
import Images

/// Makes pictures of a stream's frames, and tells what the stream's frames are like. Not Sendable.
final class PictureMaker {
  private let demuxer: Demuxer
  private let options: VideoReader.Options
  private let scaler: FrameScaler

  init(_ demuxer: Demuxer, _ options: VideoReader.Options) {
    self.demuxer = demuxer
    self.options = options
    scaler = FrameScaler(shortSide: options.shortSide)
  }

  /// - Throws: `tooLarge` and `undecodable`, by what the header says; before anything is allocated for it.
  static func check(_ demuxer: Demuxer, _ options: VideoReader.Options) throws(MediaError) {
    if fw_needs_dolby_vision(demuxer.stream) { throw dolbyVision(demuxer) }
    guard let codec = demuxer.stream.pointee.codecpar?.pointee else { return }
    let (width, height) = (Int(codec.width), Int(codec.height))
    guard max(width, height) <= options.sideLimit, width * height <= options.pixelLimit else {
      throw MediaError(.tooLarge, demuxer.file.path, "\(width)×\(height)")
    }
  }

  func picture(of frame: UnsafeMutablePointer<AVFrame>) throws(MediaError) -> Picture {
    guard max(frame.pointee.width, frame.pointee.height) <= Int32(options.sideLimit) else {
      throw MediaError(.tooLarge, demuxer.file.path, "\(frame.pointee.width)×\(frame.pointee.height)")
    }
    if fw_frame_needs_dolby_vision(frame) { throw Self.dolbyVision(demuxer) }
    guard let picture = scaler.picture(of: frame, shownAs: geometry(of: frame)) else {
      let format = av_get_pix_fmt_name(AVPixelFormat(frame.pointee.format)).map { String(cString: $0) }
      let matrix = av_color_space_name(frame.pointee.colorspace).map { String(cString: $0) }
      throw MediaError(
        .undecodable, demuxer.file.path,
        "frames of \(format ?? "unknown format") in \(matrix ?? "unknown") colours cannot be converted")
    }
    return picture
  }

  private static func dolbyVision(_ demuxer: Demuxer) -> MediaError {
    MediaError(
      .undecodable, demuxer.file.path, "its colours are Dolby Vision's own, which cannot be converted")
  }

  /// - Parameters:
  ///   - frame: the first one.
  ///   - lastFrame: seconds from the first frame to the last.
  func source(
    _ frame: UnsafeMutablePointer<AVFrame>, codec: String, lastFrame: Double, survey: Survey
  ) -> VideoReader.Source {
    let last = max(0, lastFrame)
    // How long the last frame stays: as the file says, or as long as the others do.
    let stated = Double(survey.lastDuration) * av_q2d(demuxer.stream.pointee.time_base)
    let mean = survey.packets > 1 ? last / Double(survey.packets - 1) : 0
    let stays: [Double] = [stated, mean, demuxer.stream.nominalPeriod ?? 0]
    let stay = stays.first { $0 > 0 } ?? 1 / 25
    return VideoReader.Source(
      width: Int(frame.pointee.width), height: Int(frame.pointee.height), codec: codec,
      container: demuxer.containerNames[0], rotation: geometry(of: frame).rotation, duration: last + stay)
  }

  private func geometry(of frame: UnsafeMutablePointer<AVFrame>) -> DisplayGeometry {
    DisplayGeometry(
      matrix: fw_display_matrix(demuxer.stream),
      pixelAspect: av_guess_sample_aspect_ratio(demuxer.context, demuxer.stream, frame))
  }
}
