import Extraction
import Foundation
import SystemPackage
import Testing

@Suite("Finding videos by id")
struct VideoFolderTests {
  func folder(_ files: [String], ids: [String]) throws -> VideoFolder {
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
}
