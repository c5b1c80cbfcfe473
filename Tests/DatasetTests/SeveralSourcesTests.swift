import Storage
import SystemPackage
import Testing

@testable import Dataset

@Suite("Videos and annotations of several sources") struct SeveralSourcesTests {
  private struct Source: VideoSource {
    var vectorSize: Int?
    var path: FilePath?
    var contents: [String: VideoContent]
    var ids: [String] { contents.keys.sorted() }
    var problems: [String] { ["\(path?.string ?? "") is damaged"] }

    func content(of id: String) -> VideoContent { contents[id] ?? .missing(reason: "not there") }
    func fingerprint(of ids: some Sequence<String>) -> String {
      var fingerprint = Fingerprint()
      for id in ids { fingerprint.add("\(id) \(content(of: id))") }
      return fingerprint.text
    }
  }

  private func source(_ path: FilePath, _ ids: String..., width: Int? = nil) -> Source {
    let contents = ids.map { id in
      (
        id,
        width.map { VideoContent.features([Float](repeating: 1, count: $0), dimension: $0) } ?? .frames([])
      )
    }
    return Source(vectorSize: width, path: path, contents: Dictionary(uniqueKeysWithValues: contents))
  }

  @Test("Each video is found in the source that has it, in whatever order they are given")
  func found() throws {
    let (one, other) = (source("one", "a", "b", width: 2), source("other", "c", width: 2))
    let joined = try JoinedVideos([one, other])
    #expect(joined.ids == ["a", "b", "c"] && joined.vectorSize == 2 && joined.problems.count == 2)
    #expect(
      joined.content(of: "c") == other.content(of: "c") && joined.content(of: "a") == one.content(of: "a"))
    guard case .missing = joined.content(of: "d") else {
      Issue.record("d is nowhere")
      return
    }
    // What tells the pictures apart is the pictures.
    let ids = ["a", "c"]
    #expect(try JoinedVideos([one]).fingerprint(of: ids) == one.fingerprint(of: ids))
    let changed = try JoinedVideos([one, source("other", "c", "d", width: 2)])
    #expect(try joined.fingerprint(of: ids) == changed.fingerprint(of: ids))
    #expect(try joined.fingerprint(of: ids) != joined.fingerprint(of: ["a"]))
  }

  @Test("A video in two sources, and frames beside vectors, are named")
  func strange() {
    let twice = #expect(throws: DatasetError.self) {
      try JoinedVideos([source("one", "a", "b"), source("other", "b")])
    }
    #expect(twice?.description == "other, id \"b\": is in one, too")
    let mixed = #expect(throws: DatasetError.self) {
      try JoinedVideos([source("one", "a"), source("other", "b", width: 3)])
    }
    #expect(mixed?.description == "other: holds vectors of 3 numbers, and one frames")
  }

  @Test("Annotations of several files are one list; an id in two of them, and an empty file, are named")
  func annotations() throws {
    let folder = try TemporaryFolder()
    let one = try folder.file("one.json", #"[{"id": "a", "category_id": "0100"}, {"id": "b"}]"#)
    let other = try folder.file("other.json", #"[{"id": "c", "title": "x"}]"#)
    let (annotations, homes) = try AnnotationFiles.read([one, other], warn: { _ in })
    #expect(annotations.map(\.id) == ["a", "b", "c"])
    #expect(["b", "c", "d"].map { homes.path(of: $0) } == [one, other, nil])
    let twice = #expect(throws: DatasetError.self) {
      try AnnotationFiles.read([one, other, other], warn: { _ in })
    }
    #expect(twice?.description == "\(other), id \"c\", id: is already that of a video in \(other)")
    let empty = try folder.file("empty.json", "[]")
    let nothing = #expect(throws: DatasetError.self) {
      try AnnotationFiles.read([one, empty], warn: { _ in })
    }
    #expect(nothing?.description == "\(empty): has no annotations")
  }
}
