import Dataset
import Foundation
import Glibc
import Images
import Media
import Storage
import SystemPackage
import Testing

@testable import Extraction

@Suite("A worker that a video took over")
struct HostileWorkerTests {
  @Test("dies of what the sandbox forbids; its video is quarantined, and no other loses anything")
  func forbidden() throws {
    let place = try Workplace()
    let deeds = [
      "fine", "socket", "open", "fine", "create", "execute", "fork", "split", "outlive", "filter", "kill",
      "term", "signal", "fine",
    ]
    let summary = try place.hostile(deeds).run { _ in
    } notice: {
      Issue.record("\($0)")
    }
    #expect(summary.quarantined == ["crash": 11, "empty": 3])
    for (deed, row) in zip(deeds, try place.quarantine()) {
      #expect(row.reason == (deed == "fine" ? .empty : .crash), "\(deed)")
      #expect(row.detail == (deed == "fine" ? deed : "its reader tried what it may not do (SIGSYS)"))
    }
    #expect(!FileManager.default.fileExists(atPath: "/tmp/framewise-was-here"))
  }

  @Test("learns nothing of a file that it was not given")
  func looking() throws {
    let place = try Workplace()
    _ = try place.hostile(["look"]).run()
    #expect(try place.quarantine().map(\.detail) == ["refused"])
  }

  @Test("crashes, gives up, grows or hangs, and the ledger says which")
  func failures() throws {
    let place = try Workplace()
    _ = try place.hostile(["trap", "leave", "hang", "spin"]).run()
    let rows = try place.quarantine()
    #expect(rows.map(\.reason) == [.crash, .crash, .timeout, .timeout])
    #expect(rows[0].detail == "its reader crashed (SIGABRT)")
    #expect(rows[1].detail == "its reader gave up (exit code 3)")
  }

  @Test("grows until there is no more, and that is said, too")
  func growth() throws {
    let place = try Workplace()
    var extractor = try place.hostile(["grow"])
    extractor.memory = 1 << 30  // more than twice what the tests themselves take
    extractor.options.timeLimit = .seconds(60)
    #expect(try extractor.run().quarantined == ["memory": 1])
  }

  @Test(
    "gets no memory that its limit does not count: shared, growing like a stack, or addresses without end")
  func uncounted() throws {
    let place = try Workplace()
    _ = try place.hostile(["share", "stack", "reserve"]).run()
    let rows = try place.quarantine()
    #expect(rows.map(\.reason) == [.crash, .crash, .memory])
    #expect(rows.dropLast().allSatisfy { $0.detail == "its reader tried what it may not do (SIGSYS)" })
    #expect(rows[2].detail == "no room")
  }

  /// Bytes that a main thread's stack may grow to here, if somebody asks for it.
  private static var deepestStack: rlim_t {
    var limit = rlimit()
    return getrlimit(__rlimit_resource_t(3), &limit) == 0 ? limit.rlim_max : 0  // RLIMIT_STACK
  }

  @Test(
    "has a stack with a limit of its own, where stacks have none, too",
    .enabled("a stack of 128 MiB is needed") { deepestStack > 128 << 20 })
  func stack() throws {
    let place = try Workplace()
    _ = try place.hostile(["recurse"], on: "deep-stack").run()
    #expect(try place.quarantine().map(\.detail) == ["its reader crashed (SIGSEGV)"])
  }

  @Test("is not believed: an answer that is none, another video's or more than a line is a crash")
  func answers() throws {
    let place = try Workplace()
    _ = try place.hostile(["babble", "impersonate", "inject"]).run()
    let rows = try place.quarantine()
    #expect(rows.map(\.id) == ["v0", "v1", "v2"] && rows.allSatisfy { $0.reason == .crash })
    #expect(rows.allSatisfy { $0.detail == "its reader answered nonsense" })
  }

  @Test("gets a second try alone, when the others are done")
  func secondTry() throws {
    let place = try Workplace()
    var extractor = try place.hostile(["trap", "fine", "fine"])
    extractor.workers = 1
    _ = try extractor.run { progress in
      // By now the first one has failed once.
      if progress.videos == 2 { try? place.write(Data("calm".utf8), as: "v0.mp4") }
    }
    let details = try place.quarantine().map(\.detail)
    #expect(details == ["calm", "fine", "fine"])
  }

  @Test("has at least its limits where the kernel does not filter, and that is said once")
  func unfiltered() throws {
    let place = try Workplace()
    var notices: [String] = []
    _ = try place.hostile(["fine", "socket", "trap"], on: "unfiltered").run { _ in
    } notice: {
      notices.append($0)
    }
    #expect(notices.count == 1 && notices.first?.contains("limits alone") == true)
    let rows = try place.quarantine()
    #expect(rows.map(\.reason) == [.empty, .empty, .crash])
  }

  @Test("that is not there, or never ready, ends the run with its name")
  func unusable() throws {
    let place = try Workplace()
    var extractor = try place.hostile(["fine"])
    extractor.program = "/nowhere/framewise-extract-worker"
    #expect(throws: WorkerError.missing(extractor.program)) { try extractor.run() }
    #expect(!Folder.exists(extractor.output))
    extractor.program = "/bin/false"
    let error = #expect(throws: WorkerError.self) { try extractor.run() }
    #expect(error?.kind == .internal && error?.description.contains("/bin/false") == true)
  }
}

@Suite("The sandbox")
struct SandboxTests {
  @Test("stands in the way of no video: each comes out of a worker as it comes out of this process")
  func transparent() throws {
    let folder = FilePath(#filePath).removingLastComponent().removingLastComponent().appending(
      "MediaTests/Fixtures")
    let files = try Folder.names(in: folder).filter { !$0.hasSuffix(".sh") }
    let place = try Workplace()
    var extractor = try place.extractor(files)
    extractor.videos = folder
    _ = try extractor.run()
    let rows = try place.quarantine()
    let shard = try StoredShard(extractor.output.appending(ShardName.tar(0)))
    #expect(files.count > 20 && shard.ids.count > 20)
    for file in files {
      let request = VideoRequest(id: file, file: file, options: extractor.options, quality: extractor.quality)
      let here = ExtractedVideo(reading: try VideoReader.open(folder.appending(file)), for: request)
      let stored = shard.ids.firstIndex(of: file).flatMap {
        shard.sample(at: $0, shortSide: extractor.options.shortSide)
      }
      #expect(stored?.sample == here.sample && stored?.jpegs ?? [] == here.jpegs, "\(file)")
      #expect(rows.first { $0.id == file } == here.quarantine, "\(file)")
    }
  }

  @Test("gives a video no more memory than the limit")
  func memory() throws {
    let place = try Workplace()
    let side = 5984  // 54 MB for each decoded picture
    let picture = RGBImage(width: side, height: side, pixels: [UInt8](repeating: 90, count: side * side * 3))
    try place.write(Data(VideoEncoder.encode([picture], framesPerSecond: 1)), as: "large.mp4")
    try place.add("plain.mp4", as: "small.mp4")
    var extractor = try place.extractor(["large", "small"])
    extractor.memory = 64 << 20
    let summary = try extractor.run()
    #expect(summary.quarantined == ["memory": 1] && summary.extracted == 1)
    extractor.memory = 2 << 30
    extractor.retryQuarantined = true
    #expect(try extractor.run().extracted == 2)
  }
}

@Suite("A worker's process")
struct WorkerProcessTests {
  /// The process that each video was read by, in order; nil for those without frames.
  private func readers(of deeds: [String]) throws -> [String?] {
    let place = try Workplace()
    var extractor = try place.hostile(deeds)
    extractor.workers = 1
    extractor.options.timeLimit = .seconds(20)
    _ = try extractor.run()
    let shard = try StoredShard(extractor.output.appending(ShardName.tar(0)))
    return deeds.indices.map { number in
      shard.ids.firstIndex(of: "v\(number)").flatMap {
        shard.sample(at: $0, shortSide: extractor.options.shortSide)?.sample.codec
      }
    }
  }

  @Test("reads so many videos and no more")
  func several() throws {
    let readers = try readers(of: Array(repeating: "who", count: 70)).map { try #require($0) }
    let most = WorkerSlot<Int>.videosForWorker
    // A machine that does hardly anything may have spent the seconds before.
    #expect(Set(readers).count >= 3)
    #expect(Dictionary(grouping: readers) { $0 }.values.allSatisfy { $0.count <= most })
  }

  @Test("reads nothing after a video that was not as it should be, or that it computed on for long")
  func unclean() throws {
    let readers = try readers(of: ["who", "fine", "who", "who 300", "who", "trap", "who"]).compactMap(\.self)
    #expect(readers.count == 5)
    #expect(readers[0] != readers[1] && readers[1] == readers[2])
    #expect(Set([readers[0], readers[2], readers[3], readers[4]]).count == 4)
  }

  @Test("is understood by a supervisor that looks only when greeting and answer are both there")
  func together() throws {
    let place = try Workplace()
    try place.add("plain.mp4", as: "a.mp4")
    let extractor = try place.extractor(["a"])
    let request = VideoRequest(id: "a", file: "a.mp4", options: extractor.options, quality: 90)
    let file = try VideoReader.open(extractor.videos.appending("a.mp4"))
    defer { try? file.close() }
    let parent = try WorkerParent(extractor.program, memory: 1 << 30)
    let worker = try #require(WorkerProcess(of: parent))
    #expect(worker.send(request, file: file, processorTime: 60))
    // A greeting is below a hundred bytes, an answer with frames far above a thousand.
    var bytes = [UInt8](repeating: 0, count: 1000)
    var count = 0
    while count < bytes.count {
      count = recv(worker.descriptor, &bytes, bytes.count, Int32(MSG_PEEK))
      try #require(count > 0)
      usleep(1000)
    }
    usleep(100_000)
    guard case .greeting = worker.receive() else { return _ = Issue.record("no greeting") }
    guard case .answer(let parcel) = worker.receive(), let video = ExtractedVideo(parcel) else {
      return _ = Issue.record("no answer")
    }
    #expect(video.answers(request) && video.sample != nil)
    guard case .nothing = worker.receive() else { return _ = Issue.record("it says more") }
  }
}

/// A small JPEG file.
///
/// - Parameter marker: 0xC0 for baseline, 0xC2 for progressive coding.
private func frame(_ width: UInt8, _ height: UInt8, marker: UInt8 = 0xC0) -> [UInt8] {
  [0xFF, 0xD8, 0xFF, marker, 0, 11, 8, 0, height, 0, width, 1, 1, 0x11, 0]
    + [0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0, 1, 2, 3, 0xFF, 0xD9]
}

@Suite("Parcels")
struct ParcelTests {
  let video = ExtractedVideo(
    sample: ShardSample(
      id: "a", timestamps: [0, 1], status: .truncated, codec: "h264", duration: 2.5, rotation: 90,
      sourceWidth: 64,
      sourceHeight: 48, frameWidth: 43, frameHeight: 32),
    jpegs: [frame(43, 32), frame(43, 32)],
    quarantine: QuarantineRow(id: "a", reason: .truncated, detail: "half", file: "a.mp4", frames: 2))
  let request = VideoRequest(id: "a", file: "a.mp4", options: VideoReader.Options(), quality: 90)

  @Test("come back as they were sent")
  func roundTrip() throws {
    let parcel = try #require(Parcel(video.parcel.bytes[...]))
    #expect(ExtractedVideo(parcel) == video && video.answers(request))
  }

  @Test("with any byte changed, or cut anywhere, are none")
  func damage() throws {
    let bytes = video.parcel.bytes
    for position in bytes.indices {
      var changed = bytes
      changed[position] ^= 0x10
      #expect(Parcel(changed[...]) == nil, "byte \(position)")
      #expect(Parcel(bytes[..<position]) == nil, "cut at \(position)")
    }
  }

  @Test("that promise more than a limit are refused before anything is read")
  func limits() {
    var bytes = video.parcel.bytes
    for place in 8..<16 { bytes[place] = 0xFF }
    #expect(Parcel.Prefix(bytes.prefix(Parcel.prefixBytes)) == nil)
  }

  @Test(
    "answer only what was asked",
    arguments: [
      { $0.sample?.id = "b" }, { $0.quarantine?.id = "b" }, { $0.quarantine?.file = "b.mp4" },
      { $0.quarantine?.detail = "two\nlines" }, { $0.sample?.timestamps = [1, 0] },
      { $0.sample?.timestamps = [0, .infinity] }, { $0.sample?.rotation = 45 },
      { $0.sample?.frameWidth = 0 }, { $0.sample?.codec = "h264\n" }, { $0.jpegs[1] = [1, 2, 3, 4, 5, 6] },
      { $0.jpegs[1] = [0xFF, 0xD8, 1, 0xFF, 0xD9] }, { $0.jpegs[1] = frame(43, 32, marker: 0xC2) },
      { $0.jpegs[0] = frame(44, 32) }, { $0.jpegs[1][9] = 0x40 },
      { $0.quarantine = nil }, { $0.sample = nil }, { $0.quarantine?.frames = 7 },
      { $0.quarantine?.reason = .empty },
    ] as [@Sendable (inout ExtractedVideo) -> Void])
  func validation(change: @Sendable (inout ExtractedVideo) -> Void) {
    var changed = video
    change(&changed)
    #expect(!changed.answers(request))
  }
}
