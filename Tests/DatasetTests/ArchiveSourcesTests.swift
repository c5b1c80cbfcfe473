import CZip
import Storage
import SystemPackage
import Testing

@testable import Dataset

@Suite struct FeatureArchiveTests {
  let folder: TemporaryFolder
  var zip: FilePath { folder.path.appending("labeled.zip") }

  init() throws { folder = try TemporaryFolder() }

  @Test("Vectors come back under their ids, whatever folder of the zip they lie in")
  func values() throws {
    try writeZip(
      zip,
      [
        ("1.npy", npy(shape: "(2, 2)", body: halves([1, 2, 3, 4]))),
        ("labeled/2.npy", npy(type: "<f4", shape: "(1, 2)", body: singles([5, 6]))),
        ("readme.txt", [1]), ("__MACOSX/._1.npy", [1]),
      ])
    let source = try VideoSources.open(zip)
    #expect(source.vectorSize == 2)
    #expect(source.ids == ["1", "2"])
    #expect(source.content(of: "1") == .features([1, 2, 3, 4], dimension: 2))
    #expect(source.content(of: "2") == .features([5, 6], dimension: 2))
    #expect(source.content(of: "3") == .missing(reason: "not in the archive"))
  }

  @Test("What is wrong with one video is said of it alone")
  func damaged() throws {
    try writeZip(
      zip,
      [
        ("good.npy", npy(shape: "(1, 2)", body: halves([1, 2]))), ("bad.npy", [1, 2, 3]),
        ("wide.npy", npy(shape: "(1, 3)", body: halves([1, 2, 3]))),
        ("none.npy", npy(shape: "(0, 2)", body: [])),
        ("nan.npy", npy(shape: "(1, 2)", body: halves([1, .nan]))),
        ("a/twice.npy", npy(shape: "(1, 2)", body: halves([1, 2]))),
        ("b/twice.npy", npy(shape: "(1, 2)", body: halves([3, 4]))),
      ])
    let source = try FeatureArchive([zip])
    #expect(source.content(of: "good") == .features([1, 2], dimension: 2))
    for (id, words) in [
      ("bad", "no npy file"), ("wide", "have 3 numbers"), ("none", "no frames"), ("nan", "not finite"),
      ("twice", "stored twice"),
    ] {
      #expect(source.content(of: id).reason?.contains(words) == true, "\(id)")
    }
  }

  @Test("A member that unpacks to more than any vector needs is not unpacked")
  func bomb() throws {
    try writeZip(
      zip,
      [
        ("good.npy", npy(shape: "(1, 2)", body: halves([1, 2]))),
        ("bomb.npy", [UInt8](repeating: 0, count: 1 << 25)),
      ])
    #expect(try FeatureArchive([zip]).content(of: "bomb").reason?.contains("claims 33554432 bytes") == true)
  }

  @Test("Members are stored or deflated; what else libzip would unpack is refused by name")
  func methods() throws {
    let vectors = npy(shape: "(50, 2)", body: halves([Float16](repeating: 1, count: 100)))
    for method in [ZIP_CM_STORE, ZIP_CM_DEFLATE] {
      try writeZip(zip, [("a.npy", vectors)], method: method)
      #expect(try FeatureArchive([zip]).content(of: "a").reason == nil)
    }
    for method in [ZIP_CM_BZIP2, ZIP_CM_XZ] where zip_compression_method_supported(method, 1) != 0 {
      try writeZip(zip, [("a.npy", vectors)], method: method)
      let archive = try ZipArchive(zip, maximumMembers: 1)
      let error = #expect(throws: ZipError.self) {
        try archive.content(of: archive.members[0], limit: 1 << 20)
      }
      #expect(error?.description.contains("packed by method \(method)") == true)
    }
  }

  @Test("A member whose bytes do not fit its checksum is damaged")
  func checksum() throws {
    let body = halves((0..<200).map { Float16($0) * 0.37 })
    try writeZip(
      zip,
      [
        ("a.npy", npy(shape: "(2, 2)", body: halves([1, 2, 3, 4]))),
        ("b.npy", npy(shape: "(100, 2)", body: body)),
      ])
    var bytes = try Files.read(zip)
    let start = try #require(bytes.firstRange(of: Array("b.npy".utf8))).upperBound
    bytes[start + 100] ^= 0xFF
    try folder.file("labeled.zip", bytes)
    let source = try FeatureArchive([zip])
    #expect(source.content(of: "a") == .features([1, 2, 3, 4], dimension: 2))
    #expect(source.content(of: "b").reason != nil)
  }

  @Test("What is no zip, or has no vectors, is refused by name")
  func refused() throws {
    try folder.file("labeled.zip", "PK\u{3}\u{4} but no more")
    #expect(throws: DatasetError.self) { try FeatureArchive([zip]) }
    try folder.file("labeled.zip", "")
    #expect(throws: DatasetError.self) { try FeatureArchive([zip]) }
    try writeZip(zip, [("a.txt", [1])])
    let error = #expect(throws: DatasetError.self) { try FeatureArchive([zip]) }
    #expect(error?.description.contains("holds no feature vectors") == true)
    #expect(error?.kind == .badData)
  }

  @Test("Many threads read one archive without disturbing each other")
  func concurrent() async throws {
    try writeZip(
      zip,
      (0..<8).map { ("\($0).npy", npy(shape: "(1, 2)", body: halves([Float16($0), Float16($0 * $0)]))) })
    let source = try FeatureArchive([zip])
    await withTaskGroup { group in
      for number in 0..<200 {
        group.addTask {
          let value = Float(number % 8)
          return source.content(of: "\(number % 8)") == .features([value, value * value], dimension: 2)
        }
      }
      for await isEqual in group { #expect(isEqual) }
    }
  }
}

@Suite struct FrameArchivesTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try archive(
      "labeled/678/12345678.zip",
      [
        ("00002.jpg", jpeg(2)), ("00010.JPEG", jpeg(10)), ("00001.jpg", jpeg(1)),
        ("__MACOSX/._00001.jpg", [0]),
      ])
    try archive("labeled/9/9.zip", [("f/1.jpg", jpeg(3))])
    try archive("test/abc/abc.zip", [("1.jpg", jpeg(4))])
  }

  private func archive(_ name: String, _ members: [(name: String, content: [UInt8])]) throws {
    let path = folder.path.appending(name)
    try Folder.create(path.removingLastComponent())
    try writeZip(path, members)
  }

  @Test("Frames come in the order of their names, from one split or from all")
  func order() throws {
    let all = try VideoSources.open(folder.path)
    #expect(all.vectorSize == nil)
    #expect(Set(all.ids) == ["12345678", "9", "abc"])
    #expect(all.content(of: "12345678") == .frames([jpeg(1), jpeg(2), jpeg(10)]))
    let split = try VideoSources.open(folder.path.appending("labeled"))
    #expect(split.ids == ["12345678", "9"])
    #expect(split.content(of: "9") == .frames([jpeg(3)]))
    #expect(split.content(of: "abc") == .missing(reason: "not in the frame archives"))
  }

  @Test("What is wrong with one video is said of it alone")
  func damaged() throws {
    try archive("labeled/bad/bad.zip", [("1.jpg", jpeg(1)), ("2.jpg", [1, 2, 3])])
    try archive("labeled/pty/empty.zip", [("1.txt", [1])])
    try folder.file("labeled/zip/nozip.zip", "no zip")
    try archive("labeled/xxx/misplaced.zip", [("1.jpg", jpeg(1))])
    try archive("test/9/9.zip", [("1.jpg", jpeg(5))])
    let source = try FrameArchives(folder.path)
    #expect(source.content(of: "bad").reason?.contains("\"2.jpg\" is no JPEG") == true)
    #expect(source.content(of: "empty").reason?.contains("no JPEG files") == true)
    #expect(source.content(of: "nozip").reason?.contains("no sound zip") == true)
    #expect(source.content(of: "misplaced") == .missing(reason: "not in the frame archives"))
    #expect(source.content(of: "9").reason?.contains("stored twice") == true)
    #expect(source.content(of: "abc") == .frames([jpeg(4)]))
  }

  @Test("Of very many frames as many as can be decoded at once are taken, evenly")
  func many() throws {
    try archive("labeled/ong/long.zip", (0..<1024).map { ("\(10_000 + $0).jpg", jpeg($0)) })
    guard case .frames(let frames) = try FrameArchives(folder.path).content(of: "long") else {
      return _ = Issue.record("no frames")
    }
    #expect(frames.count == 512)
    #expect(frames.first == jpeg(0) && frames.last == jpeg(1022))
  }

  @Test("An id cannot lead out of the folder")
  func outside() throws {
    let source = try FrameArchives(folder.path.appending("test"))
    #expect(source.content(of: "../../labeled/9/9").reason == "not in the frame archives")
  }
}

@Suite struct VideoSourcesTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("A finished dataset is opened as what it is")
  func shards() throws {
    try writeDataset(folder.path, [samples])
    #expect(try VideoSources.open(folder.path) is ShardedFrames)
  }

  @Test("Shards without a description say that extract did not finish")
  func unfinished() throws {
    try writeShard(folder.path.appending("shard-000000.tar"), samples)
    let error = #expect(throws: DatasetError.self) { try VideoSources.open(folder.path) }
    #expect(error?.description.contains("did not finish") == true)
  }

  @Test("A folder of videos, an empty folder and another file say what was expected")
  func nothing() throws {
    try folder.file("videos/a.mp4", [1])
    try folder.file("empty/x/y/z", [1])
    for path in ["videos", "empty", "videos/a.mp4"] {
      let error = #expect(throws: DatasetError.self) { try VideoSources.open(folder.path.appending(path)) }
      #expect(error?.description.contains("extract --out?") == true)
      #expect(error?.kind == .badData)
    }
    let error = #expect(throws: DatasetError.self) { try VideoSources.open(folder.path.appending("none")) }
    #expect(error?.kind == .missingInput)
  }
}
