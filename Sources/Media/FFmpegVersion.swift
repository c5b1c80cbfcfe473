import CFFmpeg

package enum FFmpeg {
  /// The release that the loaded libraries belong to, such as `5.1.6-0+deb12u1`, in the words of who built them.
  package static var version: String { String(cString: av_version_info()) }
}
