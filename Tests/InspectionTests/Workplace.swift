import CZip
import Dataset
import Foundation
import Images
import Storage
import SystemPackage
import Testing

/// A folder of a test's own, gone when the test is over, with what the tests look at.
final class Workplace: Sendable {
  let path: FilePath

  init() throws {
    path = FilePath(NSTemporaryDirectory()).appending("inspection-\(UUID().uuidString)")
    try Folder.create(path)
  }

  deinit { try? FileManager.default.removeItem(atPath: path.string) }

  @discardableResult
  func write(_ bytes: [UInt8], as name: String) throws -> FilePath {
    let file = path.appending(name)
    try Folder.create(file.removingLastComponent())
    try AtomicFile.write(bytes, to: file)
    return file
  }

  @discardableResult
  func write(_ text: String, as name: String) throws -> FilePath { try write(Array(text.utf8), as: name) }

  func text(_ name: String) throws -> String {
    String(decoding: try Files.read(path.appending(name)), as: UTF8.self)
  }

  /// A finished dataset in `frames`: the videos in one shard, half a second between their frames.
  @discardableResult
  func dataset(
    _ videos: KeyValuePairs<String, [[UInt8]]>, mode: ExtractionMode = .exact,
    quarantine: [QuarantineRow] = []
  ) throws -> ShardedFrames {
    let folder = path.appending("frames")
    try Folder.create(folder)
    var writer = try ShardWriter(folder.appending(ShardName.tar(0)))
    for (id, jpegs) in videos {
      try writer.append(
        ShardSample(
          id: id, timestamps: jpegs.indices.map { Double($0) / 2 }, status: .complete, mode: mode,
          codec: "h264",
          duration: 61.25, rotation: 90, sourceWidth: 1280, sourceHeight: 720, frameWidth: 90,
          frameHeight: 160),
        jpegs: jpegs)
    }
    try QuarantineRow.write(quarantine, toFolder: folder)
    try DatasetDescription(
      extraction: .init(framesPerSecond: 2, maximumFrames: 32, shortSide: 256, quality: 90),
      annotations: "", videos: videos.count, shardSize: 500, quarantined: quarantine.count,
      shards: [try writer.finish()]
    ).write(toFolder: folder)
    return try ShardedFrames(folder)
  }

  /// A zip of frames where the challenge has it.
  func archive(of id: String, _ jpegs: [[UInt8]]) throws {
    let folder = path.appending("zip_frames/labeled/\(id.suffix(3))")
    try Folder.create(folder)
    var code: Int32 = 0
    let zip = try #require(zip_open(folder.appending("\(id).zip").string, ZIP_CREATE | ZIP_TRUNCATE, &code))
    var buffers: [UnsafeMutableRawBufferPointer] = []
    defer { for buffer in buffers { buffer.deallocate() } }
    for (number, jpeg) in jpegs.enumerated() {
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: jpeg.count, alignment: 1)
      buffer.copyBytes(from: jpeg)
      buffers.append(buffer)
      let source = try #require(zip_source_buffer(zip, buffer.baseAddress, UInt64(jpeg.count), 0))
      try #require(zip_file_add(zip, "\(number).jpg", source, zip_flags_t(ZIP_FL_ENC_UTF_8)) >= 0)
    }
    try #require(zip_close(zip) == 0)
  }
}

typealias Colour = (red: UInt8, green: UInt8, blue: UInt8)

/// A picture of one colour as a JPEG file.
func jpeg(_ colour: Colour, width: Int = 90, height: Int = 160) throws -> [UInt8] {
  let pixels = (0..<width * height).flatMap { _ in [colour.red, colour.green, colour.blue] }
  return try JPEG.encode(RGBImage(width: width, height: height, pixels: pixels), quality: 95)
}

/// With the header and both ends of a JPEG file, which is all that shards look at, and nothing that a decoder takes.
let noPicture: [UInt8] =
  [0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8, 0, 160, 0, 90, 1, 1, 0x11, 0, 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0]
  + [UInt8](repeating: 7, count: 100) + [0xFF, 0xD9]
