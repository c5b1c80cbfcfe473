import Dataset
import Extraction
import Media
import SystemPackage
import Testing

@Suite("Keyframes instead of exact frames")
struct ModeTests {
  @Test("the dataset says what was asked for, and each sample what its frames are")
  func labels() throws {
    let place = try Workplace()
    try place.add("plain.mp4", as: "a.mp4")
    var extractor = try place.extractor(["a"])
    extractor.options.mode = .keyframes
    let summary = try extractor.run()
    #expect(summary.mode == .keyframes)
    // The video has keyframes at 0 and 1.9 s, and moments at 0, 1, 2 and 3 s.
    #expect(summary.frames == 2)
    let output = place.path.appending("out")
    #expect(try DatasetDescription.read(fromFolder: output).extraction.mode == .keyframes)
    let sample = try ShardedFrames(output).sample("a").get().sample
    #expect(sample.mode == .keyframes)
    #expect(sample.timestamps == [0, 1.9])
  }

  @Test("exact frames and keyframes are different datasets")
  func different() throws {
    let place = try Workplace()
    try place.add("plain.mp4", as: "a.mp4")
    var extractor = try place.extractor(["a"])
    _ = try extractor.run()
    extractor.options.mode = .keyframes
    let error = #expect(throws: DatasetError.self) { try extractor.run() }
    #expect(error?.description.contains("other settings") == true)
  }
}
