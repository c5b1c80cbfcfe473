import Dataset
import RunFixtures
import Storage
import Testing

@testable import Batching

@Suite struct CoverageTests {
  private let annotations = [Annotation(id: "a", title: "tea"), Annotation(id: "b", speech: " \n")]
  private let frames = VideoContent.frames([])

  @Test("Frames of another dataset are refused, unless nobody looks at them")
  func otherDataset() throws {
    let other = MemorySource(contents: ["x": frames, "y": frames])
    for modality in [Modality.both, .video] {
      expectError(.badData, saying: "none of the 2", "2 in --frames") {
        _ = try Coverage(of: annotations, by: other, modality: modality)
      }
    }
    #expect(try Coverage(of: annotations, by: other, modality: .text).warnings.count == 1)
  }

  @Test("What is missing is counted, as far as the model would look at it")
  func warnings() throws {
    let one = MemorySource(contents: ["a": frames])
    #expect(
      try Coverage(of: annotations, by: one, modality: .both).warnings == [
        "1 of 2 videos have no frames; they are judged by their text alone",
        "1 of 2 videos have no text; they are judged by their frames alone",
      ])
    #expect(
      try Coverage(of: annotations, by: one, modality: .video).warnings == [
        "1 of 2 videos have no frames; nothing tells their category"
      ])
    let all = MemorySource(contents: ["a": frames, "b": frames])
    #expect(try Coverage(of: [annotations[0]], by: all, modality: .both).warnings == [])
  }

  @Test("Where there is nothing to learn from, nobody trains")
  func nothing() throws {
    let none = MemorySource()
    let mute = [annotations[1]]
    expectError(.badData, saying: "none of the 2 videos has frames", "--modality text") {
      try Coverage(of: annotations, by: none, modality: .both).requireInput()
    }
    try Coverage(of: annotations, by: none, modality: .text).requireInput()
    expectError(.badData, saying: "no video has frames or text") {
      try Coverage(of: mute, by: none, modality: .both).requireInput()
    }
    expectError(.badData, saying: "no video has frames", "--modality video") {
      try Coverage(of: annotations, by: none, modality: .video).requireInput()
    }
    expectError(.badData, saying: "no video has text", "--modality text") {
      try Coverage(of: mute, by: MemorySource(contents: ["b": frames]), modality: .text).requireInput()
    }
  }
}
