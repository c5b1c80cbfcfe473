import Dataset
import Extraction
import Foundation
import Storage
import SystemPackage
import Testing

@Suite("Finding videos by id")
struct VideoFolderTests {
  func folder(_ files: [String], ids: VideoIDs) throws -> VideoFolder {
    let place = try Workplace()
    for file in files { try place.write(Data([0]), as: file) }
    return try VideoFolder(place.path.appending("videos"), ids: ids)
  }

  @Test("with any extension or none, in the folder or one below, dots in ids included")
  func places() throws {
    let folder = try folder(
      ["a.mp4", "b.unheard-of", "c", "xyz/wxyz.mkv", "clip.1.mp4", "deep/er/d.mp4"],
      ids: ["a", "b", "c", "wxyz", "clip.1", "d", "e"])
    #expect(
      ["a", "b", "c", "wxyz", "clip.1"].map(folder.file(of:)) == [
        "a.mp4", "b.unheard-of", "c", "xyz/wxyz.mkv", "clip.1.mp4",
      ])
    #expect(folder.file(of: "d") == nil && folder.file(of: "e") == nil)
    #expect(folder.ambiguous.isEmpty)
  }

  @Test("a video wins over what lies beside it; among several the first by name, and they are named")
  func ambiguity() throws {
    let folder = try folder(
      ["a.json", "a.jpg", "a.webm", "b.webm", "b.mp4", "b/b.avi", "c/x.mp4"], ids: ["a", "b", "c"])
    #expect(folder.file(of: "a") == "a.webm")
    #expect(folder.file(of: "b") == "b.mp4")
    // A folder with the name of an id is no video.
    #expect(folder.file(of: "c") == nil)
    #expect(folder.ambiguous.map(\.id) == ["b"])
    #expect(folder.ambiguous.first?.files == ["b.mp4", "b.webm", "b/b.avi"])
  }

  @Test("A folder in it that cannot be listed to its end is an error, not so many videos that are missing")
  func brokenListing() throws {
    // The `net` of a process that has ended, but was not waited for: it can be opened, and then not be read.
    var process = pid_t()
    var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("true"), nil]
    defer { free(arguments[0]) }
    try #require(posix_spawnp(&process, "true", nil, nil, &arguments, nil) == 0)
    defer { waitpid(process, nil, 0) }
    var end = siginfo_t()
    try #require(waitid(P_PID, id_t(process), &end, WEXITED | WNOWAIT) == 0)
    let error = #expect(throws: FileError.self) {
      try VideoFolder(FilePath("/proc/\(process)"), ids: ["a"])
    }
    #expect(error?.operation == .read && error?.path.lastComponent == "net")
  }

  @Test(
    "Nothing found at all is an error that says what was looked for and what is there; nothing is made",
    arguments: [
      ([], "it is empty"), (["x.mp4", "y"], "it holds x.mp4, y"), (Array("abcd").map { "\($0)0" }, "4 files"),
    ])
  func wrongFolder(files: [String], saying: String) throws {
    let place = try Workplace()
    for file in files { try place.write(Data([0]), as: file) }
    let extractor = try place.extractor(["v0", "v1"])
    let error = #expect(throws: DatasetError.self) { try extractor.run() }
    #expect(error?.kind == .badData)
    for part in ["any of the 2 ids", "v0.<extension>", saying] {
      #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
    }
    #expect(!Folder.exists(extractor.output))
  }

  @Test("Videos that were missing and have a file now are counted, also where nothing is done")
  func foundLater() throws {
    let place = try Workplace()
    let ids = try place.addVideos(4)
    place.removeVideos(["v1", "v2"])
    let extractor = try place.extractor(ids)
    #expect(try extractor.run().found == 0)
    _ = try place.addVideos(2)
    let again = try extractor.run()
    #expect(again.wasComplete && again.found == 1)
    var retry = extractor
    retry.retryQuarantined = true
    #expect(try retry.run().quarantined == ["missing": 1, "no-video-stream": 1])
  }
}
