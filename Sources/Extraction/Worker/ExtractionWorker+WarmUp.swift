import CSandbox
import Dataset
import Glibc
import Images
import Media
import Storage
import SystemPackage

extension ExtractionWorker {
  /// Has everything that libraries look up once, and open a file for, looked up before that is forbidden; and done what
  /// they do once, before it would be done in each process that is split off.
  static func warmUp() {
    // Turning a time of creation into text would read the time zone.
    setenv("TZ", "UTC0", 1)
    tzset()
    // libavformat's transport streams have names in these, and glibc keeps each in a file of its own, open from now on.
    let charsets = ["ISO6937", "UCS-2BE", "KSC_5601", "GB2312"] + (1...16).map { "ISO-8859-\($0)" }
    for charset in charsets { _ = iconv_open("UTF-8", charset) }
    // libjpeg-turbo asks what the processor can do.
    _ = try? JPEG.encode(
      RGBImage(width: 8, height: 8, pixels: [UInt8](repeating: 0, count: 192)), quality: 50)
    for subject in [VideoRequest.Subject.frames, .header] {
      let request = VideoRequest(subject, id: "", file: "", options: VideoReader.Options())
      let answer = failed(request, .empty, "\(1.5) \(Errno.noSuchFileOrDirectory)").parcel
      _ = (ExtractedVideo(answer), ProbedVideo(answer))
    }
    VideoReader.prepareDecoders()
    readOneVideo()
  }

  /// One of our own, of four grey pictures.
  private static func readOneVideo() {
    let pictures = (0..<4).map { number in
      RGBImage(width: 96, height: 64, pixels: [UInt8](repeating: UInt8(50 * number), count: 96 * 64 * 3))
    }
    let file = FileDescriptor(rawValue: fw_file_in_memory())
    guard file.rawValue >= 0, let video = try? VideoEncoder.encode(pictures, framesPerSecond: 2),
      (try? file.writeAll(video)) != nil
    else { return }
    var options = VideoReader.Options()
    options.shortSide = 32
    let request = VideoRequest(id: "x", file: "x.mp4", options: options)
    guard let received = VideoRequest(request.parcel) else { return }
    _ = ExtractedVideo(ExtractedVideo(reading: file, for: received).parcel)
  }
}
