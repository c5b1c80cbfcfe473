import Foundation
import Glibc
import Images
import Media
import SystemPackage

/// Extracts frames of one video after the other, as a worker of `framewise extract` does, and says what each cost.
/// Reads lines `<mode> TAB <video> TAB <folder for the frames>` and answers each with one line of JSON.

struct Report: Codable {
  /// Of this process, user and system, in milliseconds.
  var cpu: Double
  var frames: Int
  /// Packets that went through the decoder.
  var decoded: Int
  /// How the frames were chosen in the end.
  var mode: String
}

func cpuMilliseconds() -> Double {
  var usage = rusage()
  getrusage(RUSAGE_SELF.rawValue, &usage)
  let parts = [usage.ru_utime, usage.ru_stime]
  return parts.reduce(0) { $0 + Double($1.tv_sec) * 1e3 + Double($1.tv_usec) / 1e3 }
}

while let line = readLine() {
  let parts = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
  guard parts.count == 3, let mode = VideoReader.Mode(rawValue: parts[0]) else {
    FileHandle.standardError.write(Data("expected: mode TAB video TAB folder\n".utf8))
    exit(64)
  }
  var options = VideoReader.Options()
  options.mode = mode
  options.maximumFrames = 1000
  let folder = parts[2]
  let before = cpuMilliseconds()
  do {
    var number = 0
    let (outcome, jpegs) = try VideoReader.read(FilePath(parts[1]), options: options) {
      frame throws(MediaError) in
      do throws(JPEGError) { return try JPEG.encode(frame.picture, quality: 90) } catch {
        throw MediaError(.undecodable, FilePath(parts[1]), error.description)
      }
    }
    for jpeg in jpegs {
      // Not `Data.write`, which waits for the disk, as nobody else here does.
      let file = try FileDescriptor.open(
        FilePath(folder).appending("\(number).jpg"), .writeOnly, options: [.create, .truncate],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
      _ = try file.closeAfter { try file.writeAll(jpeg) }
      number += 1
    }
    let report = Report(
      cpu: cpuMilliseconds() - before, frames: jpegs.count, decoded: outcome.decodedPackets,
      mode: outcome.mode.rawValue)
    print(String(decoding: try JSONEncoder().encode(report), as: UTF8.self))
    fflush(nil)
  } catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(65)
  }
}
