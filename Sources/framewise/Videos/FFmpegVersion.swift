#if Videos
import Media
#endif

extension VersionReport {
  /// Of the libraries that read videos; nil in a build without them.
  static var ffmpegVersion: String? {
    #if Videos
    FFmpeg.version
    #else
    nil
    #endif
  }
}
