import CFFmpeg
import SystemPackage
import Testing

@testable import Media

/// A transport stream, to be joined and moved in time as files and recorders do it.
private struct TransportStream {
  private static let size = 188
  var bytes: [UInt8]

  private var packets: [Range<Int>] {
    stride(from: 0, to: bytes.count, by: Self.size).map { $0..<($0 + Self.size) }
  }

  /// Both, one after the other, with the counters of their packets going on.
  static func + (one: TransportStream, other: TransportStream) -> TransportStream {
    var sum = TransportStream(bytes: one.bytes + other.bytes)
    var counters: [UInt16: UInt8] = [:]
    for packet in sum.packets {
      let start = packet.lowerBound
      let stream = UInt16(sum.bytes[start + 1] & 0x1F) << 8 | UInt16(sum.bytes[start + 2])
      // Packets without a payload repeat the counter.
      let step: UInt8 = sum.bytes[start + 3] & 0x10 != 0 ? 1 : 0
      let counter = counters[stream].map { ($0 + step) & 15 } ?? sum.bytes[start + 3] & 15
      counters[stream] = counter
      sum.bytes[start + 3] = sum.bytes[start + 3] & 0xF0 | counter
    }
    return sum
  }

  /// All presentation and decoding times later by so many seconds; they begin anew at 2³³ ticks.
  func later(by seconds: Double) -> TransportStream {
    var moved = self
    for packet in packets {
      let start = packet.lowerBound
      guard bytes[start + 1] & 0x40 != 0, bytes[start + 3] & 0x10 != 0 else { continue }
      let header = start + 4 + (bytes[start + 3] & 0x20 != 0 ? 1 + Int(bytes[start + 4]) : 0)
      guard bytes[header...].starts(with: [0, 0, 1]), bytes[header + 3] & 0xF0 == 0xE0 else { continue }
      if bytes[header + 7] & 0x80 != 0 { moved.add(Int(seconds * 90_000), at: header + 9) }
      if bytes[header + 7] & 0x40 != 0 { moved.add(Int(seconds * 90_000), at: header + 14) }
    }
    return moved
  }

  /// Three, fifteen and fifteen bits, each with another one after it.
  private mutating func add(_ ticks: Int, at place: Int) {
    let old = bytes[place..<(place + 5)].map { Int($0) }
    let time = (old[0] >> 1 & 7) << 30 | old[1] << 22 | (old[2] >> 1) << 15 | old[3] << 7 | old[4] >> 1
    let new = (time + ticks) & (1 << 33 - 1)
    bytes[place] = UInt8(old[0] & 0xF1 | (new >> 30) << 1)
    bytes[place + 1] = UInt8(new >> 22 & 255)
    bytes[place + 2] = UInt8((new >> 15 & 127) << 1 | 1)
    bytes[place + 3] = UInt8(new >> 7 & 255)
    bytes[place + 4] = UInt8((new & 127) << 1 | 1)
  }
}

@Suite("Clocks that break")
struct BrokenClockTests {
  @Test(
    "what was joined is shown one after the other, whatever time the second part begins at",
    arguments: [0, -2, 1, 9, 1000, 50_000, -1000, 95_440])
  func joined(later: Double) throws {
    let part = TransportStream(bytes: try bytes(of: "offset.ts"))
    try withFile((part + part.later(by: later)).bytes, named: "video.ts") { path in
      let reading = try Reading(path)
      #expect(reading.outcome.defect == nil)
      // A gap of some seconds may be one.
      let gap = later > 3.4 && later < 10 ? later - 3.4 : 0
      #expect(abs(reading.outcome.source.duration - 7 - gap) < 0.2)
      if gap == 0 {
        #expect(reading.numbers() == [0, 10, 20, 30, 5, 15, 25])
        #expect(reading.times == [0, 1, 2, 3, 4, 5, 6])
      }
    }
  }

  @Test("many parts are as good as two")
  func many() throws {
    let part = TransportStream(bytes: try bytes(of: "offset.ts"))
    let parts = [0.0, 700, 3, -40, 9000].map { part.later(by: $0) }
    try withFile(parts.dropFirst().reduce(parts[0], +).bytes, named: "video.ts") { path in
      let numbers = try Reading(path).numbers()
      #expect(numbers == (0..<18).map { $0 * 10 % 35 })
    }
  }

  @Test(
    "a recorder's clock that leaps in Flash Video, with pictures in order and without",
    arguments: [Int32(0), 2])
  func flash(bFrames: Int32) throws {
    let video = EncodedVideo(
      encoder: "libx264", container: "flv", options: ["preset": "fast"], bFrames: bFrames)
    try withFile([], named: "video.flv") { path in
      guard video.write(to: path) else { return }
      let whole = try bytes(of: path)
      // Tags: kind, three bytes of size, three of time and one more above them, three of nothing, content, size again.
      for first in [1, 20] {
        var bytes = whole
        var (position, number) = (13, 0)
        while position + 15 < bytes.count {
          let size = bytes[(position + 1)...(position + 3)].reduce(0) { $0 << 8 | Int($1) }
          if bytes[position] == 9 { number += 1 }
          if number > first { bytes[position + 7] = 1 }  // 2²⁴ ms
          position += 15 + size
        }
        try withFile(bytes, named: "video.flv") { leaping in
          let (good, bad) = (try Reading(path), try Reading(leaping))
          #expect(bad.outcome.defect == nil)
          #expect(bad.times == good.times)
          #expect(bad.frames.map(\.picture) == good.frames.map(\.picture))
        }
      }
    }
  }

  @Test("where times may not go back they are damage, also by a few seconds", arguments: [300, 175])
  func damagedTimes(frames: Int64) throws {
    var video = EncodedVideo(encoder: "mpeg4", container: "mkv")
    video.frames = frames
    try withFile([], named: "video.mkv") { path in
      guard video.write(to: path) else { return }
      #expect(try Reading(path).outcome.defect == nil)
      var bytes = try bytes(of: path)
      // A cluster: identifier, eight bytes of size, and its time first.
      let cluster = try #require(bytes.lastIndex(ofPattern: [0x1F, 0x43, 0xB6, 0x75]))
      #expect(bytes[cluster + 12] == 0xE7)
      let size = Int(bytes[cluster + 13] & 0x7F)
      for place in 0..<size { bytes[cluster + 14 + place] = 0 }
      try withFile(bytes, named: "video.mkv") { path in
        let defect = try Reading(path).outcome.defect
        #expect(defect == "its times go back")
      }
    }
  }

  private func clock(_ body: (inout ContinuousTime, UnsafeMutablePointer<AVStream>) -> Void) throws {
    var context = avformat_alloc_context()
    defer {
      avformat_free_context(context)
      context = nil
    }
    let stream = try #require(avformat_new_stream(context, nil))
    stream.pointee.time_base = AVRational(num: 1, den: 10)
    var clock = ContinuousTime(stream)
    body(&clock, stream)
  }

  /// What becomes of decoding times in tenths of a second.
  private func corrected(_ times: [Int64]) throws -> [Int64] {
    var result: [Int64] = []
    try clock { clock, _ in
      for time in times {
        var packet = AVPacket()
        (packet.dts, packet.pts) = (time, time)
        clock.correct(&packet)
        #expect(packet.dts == packet.pts)
        result.append(packet.dts)
      }
    }
    return result
  }

  @Test("pauses are kept, leaps and steps back are closed, and a single wrong time changes little")
  func corrections() throws {
    #expect(try corrected([5, 6, 7, 106, 107]) == [5, 6, 7, 106, 107])
    #expect(try corrected([5, 6, 8, 109, 110]) == [5, 6, 8, 10, 11])
    #expect(try corrected([5, 6, 7, 7, 6, 7, 8]) == [5, 6, 7, 7, 6, 7, 8])  // a tenth of a second
    #expect(try corrected([5, 6, 7, 1, 2, 3]) == [5, 6, 7, 8, 9, 10])
    #expect(try corrected([5, 6, 7, 9000, 9, 10]) == [5, 6, 7, 8, 9, 10])
    #expect(try corrected([5, 6, FW_NO_TIME, 1, 2]) == [5, 6, FW_NO_TIME, 7, 8])
    // Nonsense must not trap.
    _ = try corrected([.max, .min + 1, 0, .max - 1, .min + 2, 3])
  }

  @Test("as long as another stream goes on, nothing has leapt")
  func others() throws {
    try clock { clock, stream in
      var packet = AVPacket()
      for time: Int64 in [0, 600] {
        packet.dts = time - 50
        clock.note(&packet, of: stream)
        (packet.dts, packet.pts) = (time, time)
        clock.correct(&packet)
        #expect(packet.dts == time)
      }
    }
  }
}
