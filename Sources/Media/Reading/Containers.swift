import CFFmpeg

/// The containers that are opened, by libavformat's names. What a file is follows from its content alone: its
/// name is never shown to libavformat.
///
/// The list holds formats that carry their own pictures. Left out, besides the exotic, is everything that
/// names other files or addresses (HLS, DASH, concat, SDP, image sequences): such a file would have the
/// program open what its author chose.
enum Containers {
  static let withVideo: Set<String> = [
    "mov", "mp4", "m4a", "3gp", "3g2", "mj2",  // one demuxer: ISO media and QuickTime
    "matroska", "webm",
    "avi", "flv", "asf", "ogg", "rm", "ivf", "gif",
    "mpegts", "mpeg",  // transport and program streams
    "h264", "hevc", "m4v", "mpegvideo", "obu",  // elementary streams without a container
  ]

  /// Those that give each packet its own presentation time, which is to be believed. AVI has none, and streams
  /// without a container neither.
  static let withExactTimes: Set<String> = ["mov", "matroska", "mpegts", "flv"]

  /// Those whose header tells all that a decoder needs to know.
  static let withFullHeader: Set<String> = ["mov", "matroska"]

  /// Those whose header is written when recording ends, so that the duration in it is to be believed.
  static let withKnownEnd: Set<String> = ["matroska", "avi", "flv", "asf"]

  /// Formats of sound alone: a file in one of them is sound media, but there is nothing to see in it.
  static let soundOnly: Set<String> = ["aac", "ac3", "aiff", "amr", "ape", "caf", "flac", "mp3", "wav"]

  /// libavformat gives a demuxer's names as one comma-separated list.
  static func names(of format: UnsafePointer<AVInputFormat>) -> [String] {
    String(cString: format.pointee.name).split(separator: ",").map(String.init)
  }
}
