import CFFmpeg
package import SystemPackage

/// What the header of a video file says, without going through the file: the duration is the header's word, and a file
/// that looks well here may still turn out cut short or damaged when it is read. Safe from any thread.
package struct VideoProbe: Codable, Sendable, Equatable {
  /// libavformat's name, such as `matroska`.
  package var container: String
  /// libavcodec's name, such as `h264`.
  package var codec: String
  /// Pixels of the stored picture; 0 where only decoding would tell.
  package var width: Int
  package var height: Int
  /// Seconds; nil where the header does not say, or says what no video has: more than some thirty years.
  package var duration: Double?

  package init(container: String, codec: String, width: Int, height: Int, duration: Double?) {
    (self.container, self.codec) = (container, codec)
    (self.width, self.height, self.duration) = (width, height, duration)
  }

  /// - Parameters:
  ///   - descriptor: of the file, as `VideoReader.open` opens it; closed at the end, whatever it is.
  ///   - path: only names the file in errors.
  /// - Throws: `MediaError`, with the trouble that reading the video would meet at once.
  package init(
    _ descriptor: FileDescriptor, path: FilePath, timeLimit: Duration = .seconds(10)
  ) throws(MediaError) {
    VideoReader.quietly()
    let file = try LocalFile(descriptor, path: path, deadline: Deadline(after: timeLimit))
    let demuxer = try Demuxer(file, analysis: .whereNeeded)
    let parameters = demuxer.stream.pointee.codecpar.pointee
    container = demuxer.containerNames[0]
    codec = String(cString: avcodec_get_name(parameters.codec_id))
    width = max(0, Int(parameters.width))
    height = max(0, Int(parameters.height))
    let length = demuxer.context.pointee.duration
    let seconds = Double(length) / Double(AV_TIME_BASE)
    duration = 0...1e9 ~= seconds ? seconds : nil
  }
}
